"""Multiply-accumulates of the ANN, counted where a weight meets a value that exists.

Windows that hang over the edge count for the cells inside the image only: the same rule by which the spiking
network's synaptic operations are counted. Average pooling counts one accumulation for each cell. ReLU, max-pooling,
additions and element-wise factors count nothing.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from . import ir
from .ir import Graph, Node, Shape
from .stages import StageGraph


def ann_macs(graph: Graph) -> int:
    """Multiply-accumulates of the whole model for one example."""
    return sum(_macs(node, graph[node.inputs[0]].shape) for node in graph.nodes if node.inputs)


def macs_by_stage(graph: Graph, stages: StageGraph) -> dict[str, int]:
    """Multiply-accumulates with which the values of each stage are computed; what serves several counts for the
    first."""
    macs, taken = dict.fromkeys(stages.index, 0), {stage.name for stage in stages.stages if stage.kind != "output"}
    readouts = dict(zip(stages.outputs, graph.outputs, strict=True))
    for stage in stages.stages:
        waiting = [readouts[stage.name]] if stage.kind == "output" else list(graph[stage.name].inputs)
        while waiting:
            node = graph[waiting.pop()]
            if node.name in taken:
                continue
            taken.add(node.name)
            macs[stage.name] += _macs(node, graph[node.inputs[0]].shape)
            waiting += node.inputs
    return macs


@singledispatch
def _macs(node: Node, shape: Shape) -> int:
    """Multiply-accumulates of one operation whose argument has this `shape`."""
    return 0


@_macs.register
def _(node: ir.Dense, shape: Shape) -> int:
    return int(node.weight.size)


@_macs.register
def _(node: ir.Convolution, shape: Shape) -> int:
    channels, filters = node.kernel.shape[2:]
    cells = _cells(shape, node.window, node.strides, node.padding, node.shape[:2], node.dilation)
    return cells * int(channels) * int(filters)


@_macs.register
def _(node: ir.ConvolutionTranspose, shape: Shape) -> int:
    filters, channels = node.kernel.shape[2:]
    cells = _cells(node.shape, node.window, node.strides, node.padding, shape[:2])
    return cells * int(channels) * int(filters)


@_macs.register
def _(node: ir.AveragePool, shape: Shape) -> int:
    return _cells(shape, node.pool, node.strides, node.padding, node.shape[:2]) * shape[2]


def _cells(
    image: Shape, window: ir.Pair, strides: ir.Pair, padding: ir.Padding, count: Shape, dilation: ir.Pair = (1, 1)
) -> int:
    """Cells inside the image, summed over all windows, of which there are `count` along each axis."""
    total = 1
    for axis in range(2):
        first = strides[axis] * np.arange(count[axis]) - padding[axis][0]
        cells = first[:, None] + dilation[axis] * np.arange(window[axis])
        total *= int(((cells >= 0) & (cells < image[axis])).sum())
    return total
