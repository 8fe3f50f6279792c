"""Moves gathers and reshapes behind what acts on single values, and lets neighbours cancel.

A convolution over sequences, or over images with their channels first, is a plain one between two rearrangements. Once
those stand behind the ReLUs, the second one of a layer and the first one of the next undo each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch

import numpy as np

from ..ir import Add, Gather, Graph, Node, Relu, Reshape, Scale, fresh_name, size
from .fold_batch_norm import per_channel
from .gathers import are_disjoint, channel_map, composed, keeps_channels, keeps_order
from .rewrite import bypass, rewrite


def order_gathers(graph: Graph) -> Graph:
    """f(g(x)) = g(f(x)) for a rearrangement g and a ReLU or a scaling per channel f; the same where branches join.

    Rearrangements in a row become one, ones that change nothing disappear. The last node of each change carries the
    name of the one whose value it has.
    """
    changed = True
    while changed:
        changed = False
        for node in graph.nodes:
            replacement = _replacement(node, graph)
            if replacement is not None:
                graph = rewrite(graph, {node.name: replacement})
                changed = True
        graph = _without_idle(graph)
    return graph


def _without_idle(graph: Graph) -> Graph:
    """The graph without reshapes to the same shape and without rearrangements that nothing reads."""
    same = [node.name for node in graph.nodes if isinstance(node, Reshape) and node.shape == _source(node, graph).shape]
    graph = bypass(graph, same)
    read = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs)
    unread = [node.name for node in graph.nodes if isinstance(node, Gather | Reshape) and node.name not in read]
    return _without_idle(rewrite(graph, dict.fromkeys(unread, ()))) if unread else graph


def _source(node: Node, graph: Graph) -> Node:
    return graph[node.inputs[0]]


@singledispatch
def _replacement(node: Node, graph: Graph) -> Sequence[Node] | None:
    """Nodes that take the node's place, the last one with its value; None where nothing is to be done."""
    return None


@_replacement.register
def _(node: Reshape, graph: Graph) -> Sequence[Node] | None:
    before = _source(node, graph)
    if isinstance(before, Reshape):
        return (replace(node, inputs=before.inputs),)
    if isinstance(before, Gather):
        return (replace(before, name=node.name, index=before.index.reshape(node.shape)),)
    return None


@_replacement.register
def _(node: Gather, graph: Graph) -> Sequence[Node] | None:
    if keeps_order(node):
        return (Reshape(name=node.name, layer=node.layer, inputs=node.inputs, shape=node.shape),)
    before = _source(node, graph)
    if isinstance(before, Reshape):
        return (replace(node, inputs=before.inputs),)
    return (composed(before, node),) if isinstance(before, Gather) else None


@_replacement.register
def _(node: Relu, graph: Graph) -> Sequence[Node] | None:
    before = _source(node, graph)
    if _may_wait(before, graph):
        return _exchanged(node, before, graph)
    branches = _joined_branches(before, graph)
    return _in_branches(node, before, branches, graph, [node] * len(branches)) if branches else None


@_replacement.register
def _(node: Scale, graph: Graph) -> Sequence[Node] | None:
    before = _source(node, graph)
    if not per_channel(node):
        return None
    if _keeps_channels(before, graph):
        return _exchanged(node, before, graph)
    branches = _joined_branches(before, graph)
    parts = [_part_of_scale(node, branch) for branch in branches]
    if not branches or any(part is None for part in parts) or not _fill_everything(branches):
        return None
    return _in_branches(node, before, branches, graph, [part for part in parts if part is not None])


def _exchanged(node: Node, before: Node, graph: Graph) -> Sequence[Node]:
    """The operation, then the rearrangement that stood before it, under the operation's name."""
    inner = replace(node, name=graph.fresh_name(f"{node.name}.moved"), inputs=before.inputs)
    return (inner, replace(before, name=node.name, inputs=(inner.name,)))


def _keeps_channels(node: Node, graph: Graph) -> bool:
    """Whether a rearrangement leaves every value in its own channel."""
    if isinstance(node, Gather):
        return keeps_channels(node)
    return isinstance(node, Reshape) and node.shape[-1:] == _source(node, graph).shape[-1:]


def _may_wait(node: Node, graph: Graph) -> bool:
    """Whether a ReLU should go first: never over more values than before, and never to take an image from a reader."""
    if isinstance(node, Gather):
        return size(node.shape) >= size(node.source)
    return isinstance(node, Reshape) and len(_source(node, graph).shape) == 3


def _joined_branches(node: Node, graph: Graph) -> list[Gather]:
    """The gathers whose values an Add puts side by side; empty where it adds anything else."""
    if not isinstance(node, Add):
        return []
    branches = [part for part in (graph[name] for name in node.inputs) if isinstance(part, Gather)]
    return branches if len(branches) == len(node.inputs) and are_disjoint(branches) else []


def _fill_everything(branches: Sequence[Gather]) -> bool:
    return bool(np.all(sum((branch.index >= 0).astype(np.int64) for branch in branches) == 1))


def _part_of_scale(scale: Scale, branch: Gather) -> Scale | None:
    """The factors and shifts of a branch's own channels."""
    channels = channel_map(branch)
    if channels is None:
        return None
    there = np.flatnonzero(channels >= 0)
    factors, shifts = np.ones(branch.source[-1]), np.zeros(branch.source[-1])
    factors[channels[there]] = np.broadcast_to(scale.scale, len(channels))[there]
    shifts[channels[there]] = np.broadcast_to(scale.shift, len(channels))[there]
    return replace(scale, scale=factors, shift=shifts)


def _in_branches(
    node: Node, join: Node, branches: Sequence[Gather], graph: Graph, operations: Sequence[Node]
) -> list[Node]:
    """The operation on each branch, its gather, and the sum of all under the node's name."""
    nodes: list[Node] = []
    parts: list[str] = []
    taken = set(graph.index)
    for branch, operation in zip(branches, operations, strict=True):
        inner = replace(operation, name=_fresh(f"{node.name}.{branch.inputs[0]}", taken), inputs=branch.inputs)
        place = replace(branch, name=_fresh(f"{node.name}.{branch.name}", taken), inputs=(inner.name,))
        nodes += [inner, place]
        parts.append(place.name)
    return [*nodes, replace(join, name=node.name, inputs=tuple(parts))]


def _fresh(wanted: str, taken: set[str]) -> str:
    name = fresh_name(wanted, taken)
    taken.add(name)
    return name
