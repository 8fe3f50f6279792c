"""Gives every max-pooling one population to pool: the ReLU it follows, or one put in between."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..ir import Graph, Input, MaxPool, Node, Padding, Relu, Reshape, ZeroPad
from .fold_padding import add_padding
from .rewrite import rewrite
from .signs import never_negative


def separate_max_pooling(graph: Graph, signed_inputs: Collection[str] = ()) -> Graph:
    """Where values that are never negative are pooled: max(x) = max(relu(x)), zeros around them never win.

    A ZeroPad before the pooling becomes part of its padding, if every window keeps a cell of the image. Pooling of
    something that is no population (a sum, an average), or one of another shape (a sequence), gets a Relu in between,
    which changes nothing.
    """
    certain = never_negative(graph, signed_inputs)
    for node in graph.nodes:
        if not isinstance(node, MaxPool) or node.inputs[0] not in certain:
            continue
        before = graph[node.inputs[0]]
        if isinstance(before, ZeroPad) and graph.only_consumer(before.name) is node:
            padding = add_padding(before.padding, node.padding)
            if _every_window_sees_image(graph[before.inputs[0]], node, padding):
                pool = replace(node, inputs=before.inputs, padding=padding)
                return separate_max_pooling(rewrite(graph, {before.name: (), node.name: (pool,)}), signed_inputs)
        source = _behind_reshapes(graph, before)
        if not isinstance(source, Input | Relu | MaxPool) or source.shape != before.shape:
            name = graph.fresh_name(f"{node.name}.input")
            relu = Relu(name=name, layer=node.layer, inputs=node.inputs)
            pool = replace(node, inputs=(name,))
            return separate_max_pooling(rewrite(graph, {node.name: (relu, pool)}), signed_inputs)
    return graph


def _behind_reshapes(graph: Graph, node: Node) -> Node:
    while isinstance(node, Reshape):
        node = graph[node.inputs[0]]
    return node


def _every_window_sees_image(image: Node, pool: MaxPool, padding: Padding) -> bool:
    """Whether no window lies in the padding alone: the first and the last one along each axis decide."""
    for axis in range(2):
        last_start = (pool.shape[axis] - 1) * pool.strides[axis] - padding[axis][0]
        if padding[axis][0] >= pool.pool[axis] or last_start >= image.shape[axis]:
            return False
    return True
