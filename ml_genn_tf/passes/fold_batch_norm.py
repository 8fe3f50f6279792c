"""A Scale right after a weighted layer becomes part of its weights and bias."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

import numpy as np

from ..ir import Convolution, ConvolutionTranspose, Dense, Graph, Node, Scale
from .rewrite import rewrite


def fold_batch_norm(graph: Graph) -> Graph:
    """s (W x + b) + t = (s W) x + (s b + t); the merged layer carries the Scale's name, whose value it has.

    Two Scales in a row become one. A Scale that follows anything else stays, and is folded forward when paths between
    populations are simplified.
    """
    for node in graph.nodes:
        if not isinstance(node, Scale) or graph.only_consumer(node.inputs[0]) is not node:
            continue
        merged = merge_scale(graph[node.inputs[0]], node)
        if merged is not None:
            return fold_batch_norm(rewrite(graph, {node.inputs[0]: (), node.name: (merged,)}))
    return graph


@singledispatch
def merge_scale(before: Node, scale: Scale) -> Node | None:
    """One node that computes scale(before(x)) under the Scale's name and the first one's layer, or None."""
    return None


@merge_scale.register
def _(before: Dense, scale: Scale) -> Node | None:
    bias = before.bias * scale.scale + scale.shift
    return replace(before, name=scale.name, weight=before.weight * scale.scale, bias=bias)


@merge_scale.register
def _(before: Convolution, scale: Scale) -> Node | None:
    if not per_channel(scale):
        return None
    bias = before.bias * scale.scale + scale.shift
    return replace(before, name=scale.name, kernel=before.kernel * scale.scale, bias=bias)


@merge_scale.register
def _(before: ConvolutionTranspose, scale: Scale) -> Node | None:
    if not per_channel(scale):
        return None
    factors = np.broadcast_to(scale.scale, before.bias.shape)
    bias = before.bias * factors + scale.shift
    return replace(before, name=scale.name, kernel=before.kernel * factors[:, None], bias=bias)


@merge_scale.register
def _(before: Scale, scale: Scale) -> Node | None:
    shift = before.shift * scale.scale + scale.shift
    return replace(before, name=scale.name, scale=before.scale * scale.scale, shift=shift)


def per_channel(scale: Scale) -> bool:
    """Whether factor and shift depend on the last axis only."""
    return scale.scale.ndim <= 1 and scale.shift.ndim <= 1
