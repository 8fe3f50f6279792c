"""Any linear path as a list of synapses (pre, post, weight): the way out where no connectivity has its shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import final

import numpy as np
from numpy.typing import NDArray

from .. import ir
from ..execute import cells_of_windows, pad
from ..ir import Node, Shape, Weights
from ..problems import Refusal
from ..stages import Path

MOST_SYNAPSES = 2**23
"""Most synapses a path may have, at every step in between too: sorting so many takes about 1 GB."""

Indices = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False)
class Synapses:
    """Synapses sorted by (pre, post), each pair once, none of weight zero; neurons are numbered in C order."""

    pre_ind: Indices
    post_ind: Indices
    weight: Weights


def path_matrix(path: Path, source_shape: Shape, target_shape: Shape) -> Synapses:
    """The path's linear map as synapses, in float64: weights along different ways to one target are added up.

    Raises Refusal if it needs more than MOST_SYNAPSES, and ValueError for a path that does not lead to `target_shape`.
    """
    synapses = _one_to_one(np.ones(ir.size(source_shape)))
    shape = source_shape
    for op in path.ops:
        synapses = _compose(synapses, _matrix(op, shape), ir.size(shape))
        shape = op.shape
    if ir.size(shape) != ir.size(target_shape):
        raise ValueError(f"path from {path.source} leads to shape {shape}, not {target_shape}")
    return synapses


def _one_to_one(weight: Weights) -> Synapses:
    each = np.arange(len(weight), dtype=np.int64)
    return Synapses(each, each, weight)


def _compose(first: Synapses, second: Synapses, middle: int) -> Synapses:
    """sum over the middle neurons m of first[pre, m] second[m, post]; `second` is sorted by its pre."""
    starts = np.searchsorted(second.pre_ind, np.arange(middle + 1))
    fan_out = np.diff(starts)[first.post_ind]
    _require_few(int(fan_out.sum()))
    each = np.repeat(np.arange(len(fan_out)), fan_out)
    within = np.arange(len(each)) - np.repeat(np.cumsum(fan_out) - fan_out, fan_out)
    other = starts[first.post_ind[each]] + within
    return _sorted(first.pre_ind[each], second.post_ind[other], first.weight[each] * second.weight[other])


def _sorted(pre: Indices, post: Indices, weight: Weights) -> Synapses:
    """Sorts by (pre, post), adds up repeated pairs, drops zeros."""
    order = np.lexsort((post, pre))
    pre, post, weight = pre[order], post[order], weight[order]
    first = np.ones(len(pre), bool)
    first[1:] = (np.diff(pre) != 0) | (np.diff(post) != 0)
    starts = np.flatnonzero(first)
    total = np.add.reduceat(weight, starts) if len(starts) else weight
    kept = total != 0
    return Synapses(pre[starts][kept], post[starts][kept], total[kept])


def _require_few(count: int) -> None:
    if count > MOST_SYNAPSES:
        raise Refusal(
            f"needs {count} single synapses, more than {MOST_SYNAPSES}", "put a ReLU between its linear parts"
        )


@singledispatch
def _matrix(op: Node, shape: Shape) -> Synapses:
    """The operation's own synapses, for a source of this shape."""
    raise NotImplementedError(f"{op.name}: {type(op).__name__} is not linear")


@_matrix.register
def _(op: ir.Reshape, shape: Shape) -> Synapses:
    return _one_to_one(np.ones(ir.size(shape)))


@_matrix.register
def _(op: ir.Scale, shape: Shape) -> Synapses:
    return _one_to_one(np.broadcast_to(op.scale, shape).ravel().astype(np.float64))


@_matrix.register
def _(op: ir.Dense, shape: Shape) -> Synapses:
    _require_few(op.weight.size)
    pre, post = np.indices(op.weight.shape)
    return _sorted(pre.ravel(), post.ravel(), op.weight.ravel())


@_matrix.register
def _(op: ir.ZeroPad, shape: Shape) -> Synapses:
    source = pad(_numbers(shape), op.padding, -1).ravel()
    post = np.flatnonzero(source >= 0)
    return _sorted(source[post], post, np.ones(len(post)))


@_matrix.register
def _(op: ir.AveragePool, shape: Shape) -> Synapses:
    image = pad(_numbers(shape), op.padding, -1)
    rows, cols, _ = op.shape
    pre = np.stack([cells[0] for _, _, cells in cells_of_windows(image, op.pool, op.strides, (rows, cols))])
    post = np.broadcast_to(_numbers(op.shape)[0], pre.shape)
    inside = pre >= 0
    share = 1.0 / np.bincount(post[inside], minlength=ir.size(op.shape))
    return _sorted(pre[inside], post[inside], share[post[inside]])


@_matrix.register
def _(op: ir.Gather, shape: Shape) -> Synapses:
    source = op.index.ravel()
    post = np.flatnonzero(source >= 0)
    return _sorted(source[post], post, np.ones(len(post)))


@_matrix.register
def _(op: ir.Convolution, shape: Shape) -> Synapses:
    rows, cols, filters = op.shape
    channels = int(op.kernel.shape[2])
    _require_few(rows * cols * op.kernel.size)
    image = pad(_numbers(shape), op.padding, -1)
    first_of_position = (np.arange(rows * cols) * filters).reshape(rows, cols, 1, 1, 1)
    filter_of_block = np.arange(filters).reshape(op.groups, 1, -1)
    parts: list[tuple[Indices, Indices, Weights]] = []
    for u, v, cells in cells_of_windows(image, op.window, op.strides, (rows, cols), op.dilation):
        blocks = op.kernel[u, v].reshape(channels, op.groups, -1).transpose(1, 0, 2)
        pre = cells[0].reshape(rows, cols, op.groups, channels, 1)
        parts.append(_inside(pre, first_of_position + filter_of_block, blocks))
    return _joined(parts)


@_matrix.register
def _(op: ir.ConvolutionTranspose, shape: Shape) -> Synapses:
    _require_few(ir.size(shape[:2]) * op.kernel.size)
    source = _numbers(shape)[0][:, :, None, :]
    image = pad(_numbers(op.shape), op.padding, -1)
    parts: list[tuple[Indices, Indices, Weights]] = []
    for u, v, cells in cells_of_windows(image, op.window, op.strides, (shape[0], shape[1])):
        parts.append(_inside(source, cells[0][..., None], op.kernel[u, v]))
    return _joined(parts)


def _inside(pre: Indices, post: Indices, weight: Weights) -> tuple[Indices, Indices, Weights]:
    """The synapses whose ends both exist, from arrays that broadcast."""
    pre, post, weight = np.broadcast_arrays(pre, post, weight)
    inside = (pre >= 0) & (post >= 0)
    return pre[inside], post[inside], weight[inside]


def _joined(parts: list[tuple[Indices, Indices, Weights]]) -> Synapses:
    pre, post, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _sorted(pre, post, weight)


def _numbers(shape: Shape) -> Indices:
    """The image whose values are its neurons' numbers, as a batch of one."""
    return ir.numbers((1, *shape))
