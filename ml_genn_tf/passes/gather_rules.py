"""What a gather and its neighbour on a linear path become: weights for what is read, and nothing for what is not.

As in `simplify_path`, operations are without constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import ir
from ..ir import Node, Weights
from .gathers import Indices, channel_gather, channel_map, composed

Rule = Callable[[Any, Any], Sequence[Node] | None]
"""Takes two neighbours, gives what replaces them, or None if it does not apply."""


def _into_dense(gather: ir.Gather, dense: ir.Dense) -> Sequence[Node]:
    weight = np.zeros((ir.size(gather.source), dense.weight.shape[1]))
    there = gather.index >= 0
    np.add.at(weight, gather.index[there], dense.weight[there])
    flat = ir.Reshape(name=gather.name, layer=gather.layer, shape=(len(weight),))
    return (flat, replace(dense, weight=weight))


def _into_convolution(gather: ir.Gather, convolution: ir.Convolution) -> Sequence[Node] | None:
    channels = channel_map(gather)
    if channels is None or convolution.groups > 1:
        return None
    kernel = np.einsum("uvco,cs->uvso", convolution.kernel, _chosen(channels, gather.source[-1]))
    return (replace(convolution, kernel=kernel),)


def _into_transpose(gather: ir.Gather, convolution: ir.ConvolutionTranspose) -> Sequence[Node] | None:
    channels = channel_map(gather)
    if channels is None:
        return None
    kernel = np.einsum("uvoc,cs->uvos", convolution.kernel, _chosen(channels, gather.source[-1]))
    return (replace(convolution, kernel=kernel),)


def _chosen(channels: Indices, count: int) -> Weights:
    """1 where channel c of the result is channel s of `count`, else 0; shape (c, s)."""
    return np.asarray(channels[:, np.newaxis] == np.arange(count), np.float64)


def _behind_pooling(gather: ir.Gather, pool: ir.AveragePool) -> Sequence[Node] | None:
    channels = channel_map(gather)
    if channels is None:
        return None
    pooled = (*pool.shape[:2], gather.source[2])
    return (replace(pool, shape=pooled), channel_gather(gather, channels, pooled))


def _both(first: ir.Gather, second: ir.Gather) -> Sequence[Node]:
    return (composed(first, second),)


def _reshaped(gather: ir.Gather, reshape: ir.Reshape) -> Sequence[Node]:
    return (replace(gather, name=reshape.name, index=gather.index.reshape(reshape.shape)),)


def _second_only(reshape: ir.Reshape, gather: ir.Gather) -> Sequence[Node]:
    return (gather,)


def _scale_behind_gather(scale: ir.Scale, gather: ir.Gather) -> Sequence[Node]:
    factors = np.broadcast_to(scale.scale, scale.shape)
    moved = np.where(gather.index >= 0, factors.ravel()[np.maximum(gather.index, 0)], np.nan)
    rows = moved.reshape(-1, moved.shape[-1])
    with np.errstate(invalid="ignore"):
        channel = np.fmax.reduce(rows, axis=0)
        same = bool(((rows == channel) | np.isnan(rows)).all())
    plain = np.nan_to_num(channel if same else moved, nan=1.0)
    return (gather, replace(scale, scale=plain, shift=np.zeros(1), shape=tuple(gather.index.shape)))


AFTER_GATHER: Mapping[tuple[type[Node], type[Node]], Rule] = {
    (ir.Gather, ir.Gather): _both,
    (ir.Gather, ir.Reshape): _reshaped,
    (ir.Gather, ir.Dense): _into_dense,
    (ir.Gather, ir.Convolution): _into_convolution,
    (ir.Gather, ir.ConvolutionTranspose): _into_transpose,
    (ir.Gather, ir.AveragePool): _behind_pooling,
}
BEFORE_GATHER: Mapping[tuple[type[Node], type[Node]], Rule] = {
    (ir.Reshape, ir.Gather): _second_only,
    (ir.Scale, ir.Gather): _scale_behind_gather,
}
