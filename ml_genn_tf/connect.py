"""From linear paths to connectivity: the class whose shape a path has, else a list of synapses.

`PATTERNS` is the whole rule: the operations of a path, without the reshaping that only counts neurons anew, and what
to make of them. A pattern may decline, giving None, where the geometry is one that its class does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Connectivity,
    Conv2D,
    Dense,
    MaxPool2D,
    OneToOne,
    Sparse,
)

from . import ir
from .ir import NO_PADDING, Node, Shape, Weights
from .passes.path_matrix import path_matrix
from .passes.simplify_path import simplify_path
from .problems import Problem, Refusal, unsupported
from .stages import Path, Stage

IMAGE_OPS: frozenset[type[Node]] = frozenset(
    {ir.Convolution, ir.ConvolutionTranspose, ir.AveragePool, ir.ZeroPad, ir.Gather}
)

Build = Callable[..., Connectivity | None]


def connectivity_of(path: Path, stage: Stage, source_shape: Shape, factor: float | Weights = 1.0) -> Connectivity:
    """The connectivity of a path from a population of `source_shape` to that of `stage`, weights times `factor`.

    `factor` is one number, or one for each channel of the source.

    Raises UnsupportedModelError where a path that no pattern fits has more synapses than can be written out.
    """
    if stage.pool is not None:
        return MaxPool2D(stage.pool.pool, pool_strides=stage.pool.strides, pool_padding=stage.pool.padding)
    if isinstance(factor, np.ndarray):
        path, factor = _scaled(path, source_shape, factor), 1.0
    plain = _sequence_as_image(path, source_shape)
    ops = [node for node in plain.ops if not isinstance(node, ir.Reshape)]
    build = PATTERNS.get(tuple(type(node) for node in ops))
    fits = build is not None and _reads_images_as_they_are(plain) and _ends_in(ops, stage.shape)
    connectivity = build(*ops, factor=factor, flatten=len(stage.shape) == 1) if build and fits else None
    return _synapse_by_synapse(path, stage, source_shape, factor) if connectivity is None else connectivity


def _sequence_as_image(path: Path, source_shape: Shape) -> Path:
    """A convolution over a sequence (steps, channels), as one over an image (steps, channels, 1) without channels."""
    if len(source_shape) != 2 or [type(node) for node in path.ops[:2]] != [ir.Reshape, ir.Convolution]:
        return path
    reshape, convolution = path.ops[:2]
    steps, channels = source_shape
    if not isinstance(convolution, ir.Convolution) or reshape.shape != (steps, 1, channels) or convolution.groups > 1:
        return path
    kernel = convolution.kernel.transpose(0, 2, 1, 3)
    return replace(path, ops=(replace(convolution, kernel=kernel, inputs=(path.source,)), *path.ops[2:]))


def _scaled(path: Path, source_shape: Shape, factors: Weights) -> Path:
    """The path behind a multiplication of each channel by its factor, which goes into the weights."""
    scale = ir.Scale(
        name=f"{path.source}_scale", layer=path.source, shape=source_shape, scale=factors, shift=np.zeros(1)
    )
    return simplify_path(Path(path.source, (scale, *path.ops)), source_shape)


def _reads_images_as_they_are(path: Path) -> bool:
    """Whether no operation on images comes after a Reshape."""
    kinds = [type(node) for node in path.ops]
    return ir.Reshape not in kinds or not IMAGE_OPS & set(kinds[kinds.index(ir.Reshape) :])


def _ends_in(ops: Sequence[Node], shape: Shape) -> bool:
    """Whether an image at the end of a path is the target as it is, or flattened."""
    return not ops or type(ops[-1]) not in IMAGE_OPS or shape in (ops[-1].shape, (ir.size(shape),))


def _identity(*, factor: float, flatten: bool) -> Connectivity:
    return OneToOne(factor)


def _scale(scale: ir.Scale, *, factor: float, flatten: bool) -> Connectivity:
    return OneToOne(factor * np.broadcast_to(scale.scale, scale.shape))


def _dense(dense: ir.Dense, *, factor: float, flatten: bool) -> Connectivity:
    return Dense(factor * dense.weight)


def _convolution(convolution: ir.Convolution, *, factor: float, flatten: bool) -> Connectivity | None:
    if convolution.groups > 1 or convolution.dilation != (1, 1):
        return None
    return Conv2D(
        factor * convolution.kernel,
        filters=int(convolution.kernel.shape[3]),
        conv_size=convolution.window,
        flatten=flatten,
        conv_strides=convolution.strides,
        conv_padding=convolution.padding,
    )


def _average_pool(pool: ir.AveragePool, *, factor: float, flatten: bool) -> Connectivity | None:
    if factor != 1:
        return None
    return AvgPool2D(pool.pool, flatten=flatten, pool_strides=pool.strides, pool_padding=pool.padding)


def _pool_convolution(
    pool: ir.AveragePool, convolution: ir.Convolution, *, factor: float, flatten: bool
) -> Connectivity | None:
    overlap = any(stride < cells for stride, cells in zip(pool.strides, pool.pool, strict=True))
    plain = convolution.groups == 1 and convolution.dilation == (1, 1)
    if overlap or pool.padding != NO_PADDING or not plain:
        return None
    return AvgPoolConv2D(
        factor * convolution.kernel,
        filters=int(convolution.kernel.shape[3]),
        pool_size=pool.pool,
        conv_size=convolution.window,
        flatten=flatten,
        pool_strides=pool.strides,
        conv_strides=convolution.strides,
        conv_padding=convolution.padding,
    )


def _pool_dense(pool: ir.AveragePool, dense: ir.Dense, *, factor: float, flatten: bool) -> Connectivity | None:
    if pool.padding != NO_PADDING:
        return None
    return AvgPoolDense2D(factor * dense.weight, pool.pool, pool_strides=pool.strides)


PATTERNS: Mapping[tuple[type[Node], ...], Build] = {
    (): _identity,
    (ir.Scale,): _scale,
    (ir.Dense,): _dense,
    (ir.Convolution,): _convolution,
    (ir.AveragePool,): _average_pool,
    (ir.AveragePool, ir.Convolution): _pool_convolution,
    (ir.AveragePool, ir.Dense): _pool_dense,
}


def _synapse_by_synapse(path: Path, stage: Stage, source_shape: Shape, factor: float) -> Connectivity:
    try:
        synapses = path_matrix(path, source_shape, stage.shape)
    except Refusal as refusal:
        problem = Problem(stage.layer, stage.kind, refusal.reason, refusal.remedy)
        raise unsupported("the model", [problem]) from None
    return Sparse(factor * synapses.weight, synapses.pre_ind, synapses.post_ind)
