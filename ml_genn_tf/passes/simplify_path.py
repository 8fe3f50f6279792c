"""Fewer and plainer operations on a linear path: factors go into weights, padding into convolutions.

All rules assume operations without constants (`without_constant`), which is what makes them exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import singledispatch

import numpy as np

from .. import ir
from ..ir import Node, Shape
from ..stages import Path
from .fold_batch_norm import merge_scale, per_channel
from .fold_padding import add_padding
from .gather_rules import AFTER_GATHER, BEFORE_GATHER, Rule
from .gathers import keeps_order


@singledispatch
def without_constant(node: Node) -> Node:
    """The node's linear part: the same operation with bias or shift zero."""
    return node


@without_constant.register(ir.Dense)
@without_constant.register(ir.Convolution)
@without_constant.register(ir.ConvolutionTranspose)
def _(node: ir.Dense | ir.Convolution | ir.ConvolutionTranspose) -> Node:
    return replace(node, bias=np.zeros_like(node.bias))


@without_constant.register
def _(node: ir.Scale) -> Node:
    return replace(node, shift=np.zeros(1))


def simplify_path(path: Path, source_shape: Shape) -> Path:
    """The same linear map with factors multiplied into the following weights, else into the ones before."""
    ops = _apply(_apply(path.ops, FORWARD), BACKWARD)
    kept: list[Node] = []
    name, shape = path.source, source_shape
    for op in ops:
        op = replace(op, inputs=(name,), shape=tuple(op.output_shape([shape])))
        if not _does_nothing(op, shape):
            kept.append(op)
            name, shape = op.name, op.shape
    return Path(path.source, tuple(kept))


def _apply(ops: Sequence[Node], rules: Mapping[tuple[type[Node], type[Node]], Rule]) -> list[Node]:
    remaining = list(ops)
    at = 0
    while at + 1 < len(remaining):
        first, second = remaining[at], remaining[at + 1]
        rule = rules.get((type(first), type(second)))
        merged = rule(first, second) if rule else None
        if merged is None:
            at += 1
        else:
            remaining[at : at + 2] = merged
            at = max(at - 1, 0)
    return remaining


@singledispatch
def _does_nothing(op: Node, shape: Shape) -> bool:
    """Whether the operation gives back a value of this shape as it is."""
    return False


@_does_nothing.register
def _(op: ir.Scale, shape: Shape) -> bool:
    return bool((op.scale == 1).all())


@_does_nothing.register
def _(op: ir.Reshape, shape: Shape) -> bool:
    return op.shape == shape


@_does_nothing.register
def _(op: ir.Gather, shape: Shape) -> bool:
    return op.shape == shape and keeps_order(op)


def _scale_into_dense(scale: ir.Scale, dense: ir.Dense) -> Sequence[Node]:
    factors = np.broadcast_to(scale.scale, scale.shape)
    return (replace(dense, weight=factors[:, None] * dense.weight),)


def _scale_into_convolution(scale: ir.Scale, convolution: ir.Convolution) -> Sequence[Node] | None:
    if not per_channel(scale):
        return None
    block = convolution.kernel.shape[2]
    factors = np.broadcast_to(scale.scale, scale.shape[-1:]).reshape(convolution.groups, block)
    of_filter = np.repeat(factors.T, convolution.kernel.shape[3] // convolution.groups, axis=1)
    return (replace(convolution, kernel=of_filter * convolution.kernel),)


def _scale_into_transpose(scale: ir.Scale, convolution: ir.ConvolutionTranspose) -> Sequence[Node] | None:
    if not per_channel(scale):
        return None
    return (replace(convolution, kernel=scale.scale * convolution.kernel),)


def _scale_behind_reshape(scale: ir.Scale, reshape: ir.Reshape) -> Sequence[Node]:
    if per_channel(scale) and reshape.shape[-1] == scale.shape[-1]:
        return (reshape, replace(scale, shape=reshape.shape))
    factors = np.broadcast_to(scale.scale, scale.shape).reshape(reshape.shape)
    return (reshape, replace(scale, scale=factors, shape=reshape.shape))


def _scale_behind(scale: ir.Scale, other: Node) -> Sequence[Node] | None:
    return (other, replace(scale, shape=other.shape)) if per_channel(scale) else None


def _scale_before(other: Node, scale: ir.Scale) -> Sequence[Node] | None:
    return (scale, other) if per_channel(scale) else None


def _merged(before: Node, scale: ir.Scale) -> Sequence[Node] | None:
    node = merge_scale(before, scale)
    return None if node is None else (node,)


def _padding_into_convolution(pad: ir.ZeroPad, convolution: ir.Convolution) -> Sequence[Node]:
    return (replace(convolution, padding=add_padding(pad.padding, convolution.padding)),)


def _second_only(first: Node, second: Node) -> Sequence[Node]:
    return (second,)


FORWARD: Mapping[tuple[type[Node], type[Node]], Rule] = {
    (ir.ZeroPad, ir.Convolution): _padding_into_convolution,
    (ir.Reshape, ir.Reshape): _second_only,
    (ir.Scale, ir.Scale): _merged,
    (ir.Scale, ir.Dense): _scale_into_dense,
    (ir.Scale, ir.Convolution): _scale_into_convolution,
    (ir.Scale, ir.ConvolutionTranspose): _scale_into_transpose,
    (ir.Scale, ir.Reshape): _scale_behind_reshape,
    (ir.Scale, ir.AveragePool): _scale_behind,
    (ir.Scale, ir.ZeroPad): _scale_behind,
    **BEFORE_GATHER,
    **AFTER_GATHER,
}
BACKWARD: Mapping[tuple[type[Node], type[Node]], Rule] = {
    (ir.Dense, ir.Scale): _merged,
    (ir.Convolution, ir.Scale): _merged,
    (ir.ConvolutionTranspose, ir.Scale): _merged,
    (ir.AveragePool, ir.Scale): _scale_before,
    (ir.ZeroPad, ir.Scale): _scale_before,
}
