"""Synapses of neurons on one side, by connectivity: which neurons on the other, and which entry of the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np

from ml_genn.engines.embedded.plan.plan import (
    Columns,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    SparseConnectivity,
)
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.lanes import Indices

ByPost = DenseConnectivity | Columns | ConvolutionConnectivity


@final
@dataclass(frozen=True)
class Synapses:
    """Synapses of a list of spikes, spike by spike, in each ascending by the neuron on the other side.

    `spike` indexes that list, `other` is that neuron, `index` the synapse index of the connectivity, and `element`
    what keys the synapse's random draws.
    """

    spike: Indices
    other: Indices
    index: Indices
    element: Indices


class SynapseTable(Protocol):
    """Connectivity, ready to be asked from one side."""

    def lengths(self, neurons: Indices, /) -> Indices:
        """How many synapses each of the neurons has."""

    def of(self, neurons: Indices, /) -> Synapses:
        """The synapses of a list of neurons."""


def synapse_table(connectivity: Connectivity, num_post: int, storage: Storage) -> SynapseTable:
    """The table of presynaptic neurons."""
    return _TABLES[type(connectivity)](connectivity, num_post, storage)


def column_table(connectivity: ByPost, sizes: tuple[int, int], storage: Storage) -> SynapseTable:
    """The table of postsynaptic neurons; `sizes` are those of both populations."""
    return _COLUMN_TABLES[type(connectivity)](connectivity, sizes, storage)


@final
class DenseTable:
    """Each pre to each post."""

    def __init__(self, _: DenseConnectivity, num_post: int, __: Storage) -> None:
        self.num_post = num_post

    def lengths(self, pre: Indices) -> Indices:
        """num_post each."""
        return np.full(pre.size, self.num_post)

    def of(self, pre: Indices) -> Synapses:
        """Index = pre * num_post + post."""
        post = np.tile(np.arange(self.num_post), pre.size)
        spike = np.repeat(np.arange(pre.size), self.num_post)
        index = pre[spike] * self.num_post + post
        return Synapses(spike, post, index, index)


@final
class SparseTable:
    """Rows as they lie in storage at the moment of the question."""

    def __init__(self, connectivity: SparseConnectivity, _: int, storage: Storage) -> None:
        self.stride = connectivity.row_stride
        self.row_length = storage[connectivity.row_length.name][0, 0]
        self.indices = storage[connectivity.indices.name][0, 0]

    def lengths(self, pre: Indices) -> Indices:
        """Row lengths."""
        lengths: Indices = self.row_length[pre].astype(np.intp)
        return lengths

    def of(self, pre: Indices) -> Synapses:
        """Index = pre * row_stride + place in row."""
        spike, place = _ragged(self.lengths(pre))
        index = pre[spike] * self.stride + place
        return Synapses(spike, self.indices[index].astype(np.intp), index, index)


@final
class ConvolutionTable:
    """A list of (post, kernel entry) for each cell of the input, made once."""

    def __init__(self, connectivity: ConvolutionConnectivity, num_post: int, _: Storage) -> None:
        self.num_post = num_post
        cell, post, entry = _convolution(connectivity)
        order = np.argsort(cell, kind="stable")
        self.post, self.entry = post[order], entry[order]
        self.cell_length = np.bincount(cell, minlength=int(np.prod(connectivity.in_shape)))
        self.first = np.cumsum(self.cell_length) - self.cell_length
        self.cell = _pooled_cell(connectivity)

    def lengths(self, pre: Indices) -> Indices:
        """Number of kernel positions that cover the cell of each pre neuron; zero where pooling drops it."""
        cell = self.cell[pre]
        return np.where(cell >= 0, self.cell_length[cell], 0)

    def of(self, pre: Indices) -> Synapses:
        """Index = ((i * kernel_width + j) * in_channels + c) * out_channels + f."""
        spike, place = _ragged(self.lengths(pre))
        index = self.first[self.cell[pre[spike]]] + place
        post = self.post[index]
        return Synapses(spike, post, self.entry[index], pre[spike] * self.num_post + post)


@final
class DenseColumns:
    """Each post from each pre."""

    def __init__(self, _: DenseConnectivity, sizes: tuple[int, int], __: Storage) -> None:
        self.num_pre, self.num_post = sizes

    def lengths(self, post: Indices) -> Indices:
        """num_pre each."""
        return np.full(post.size, self.num_pre)

    def of(self, post: Indices) -> Synapses:
        """Index = pre * num_post + post."""
        spike = np.repeat(np.arange(post.size), self.num_pre)
        pre = np.tile(np.arange(self.num_pre), post.size)
        index = pre * self.num_post + post[spike]
        return Synapses(spike, pre, index, index)


@final
class SparseColumns:
    """Columns as they lie in storage at the moment of the question."""

    def __init__(self, connectivity: Columns, _: tuple[int, int], storage: Storage) -> None:
        self.stride = connectivity.row_stride
        self.start = storage[connectivity.start.name][0, 0]
        self.synapses = storage[connectivity.synapses.name][0, 0]

    def lengths(self, post: Indices) -> Indices:
        """Column lengths."""
        lengths: Indices = self.start[post + 1].astype(np.intp) - self.start[post]
        return lengths

    def of(self, post: Indices) -> Synapses:
        """Index as it is listed, pre = index // row_stride."""
        spike, place = _ragged(self.lengths(post))
        index = self.synapses[self.start[post[spike]] + place].astype(np.intp)
        return Synapses(spike, index // self.stride, index, index)


@final
class ConvolutionColumns:
    """A list of (pre, kernel entry) for each post neuron, made once."""

    def __init__(self, connectivity: ConvolutionConnectivity, sizes: tuple[int, int], storage: Storage) -> None:
        num_pre, self.num_post = sizes
        rows = ConvolutionTable(connectivity, self.num_post, storage).of(np.arange(num_pre))
        order = np.argsort(rows.other, kind="stable")
        self.pre, self.entry = rows.spike[order], rows.index[order]
        self.length = np.bincount(rows.other, minlength=self.num_post)
        self.first = np.cumsum(self.length) - self.length

    def lengths(self, post: Indices) -> Indices:
        """Number of pre neurons in the window of each."""
        lengths: Indices = self.length[post]
        return lengths

    def of(self, post: Indices) -> Synapses:
        """Index as in rows."""
        spike, place = _ragged(self.lengths(post))
        index = self.first[post[spike]] + place
        pre = self.pre[index]
        return Synapses(spike, pre, self.entry[index], pre * self.num_post + post[spike])


def _ragged(lengths: Indices) -> tuple[Indices, Indices]:
    """Row and place in its row of each entry of ragged rows."""
    row = np.repeat(np.arange(lengths.size), lengths)
    first = np.cumsum(lengths) - lengths
    return row, np.arange(row.size) - first[row]


def _convolution(connectivity: ConvolutionConnectivity) -> tuple[Indices, Indices, Indices]:
    """Input cell, post neuron and kernel entry of each synapse, ascending by post neuron."""
    height, width, channels = connectivity.in_shape
    out_height, out_width, filters = connectivity.out_shape
    kernel_height, kernel_width = connectivity.kernel
    shape = (out_height, out_width, filters, kernel_height, kernel_width, channels)
    y, x, f, i, j, c = np.indices(shape, sparse=True)
    row = y * connectivity.strides[0] - connectivity.padding[0] + i
    column = x * connectivity.strides[1] - connectivity.padding[1] + j
    inside = np.broadcast_to((row >= 0) & (row < height) & (column >= 0) & (column < width), shape)
    cell = (row * width + column) * channels + c
    post = (y * out_width + x) * filters + f
    entry = ((i * kernel_width + j) * channels + c) * filters + f
    chosen = [np.broadcast_to(index, shape)[inside] for index in (cell, post, entry)]
    return chosen[0], chosen[1], chosen[2]


def _pooled_cell(connectivity: ConvolutionConnectivity) -> Indices:
    """Cell of the convolution's input that each presynaptic neuron belongs to, -1 where pooling drops it."""
    height, width, channels = connectivity.in_shape
    row, column, channel = (axis.ravel() for axis in np.indices(connectivity.pre_shape))
    row, column = row // connectivity.pool[0], column // connectivity.pool[1]
    return np.where((row < height) & (column < width), (row * width + column) * channels + channel, -1)


_TABLES: dict[type, Callable[[Any, int, Storage], SynapseTable]] = {
    DenseConnectivity: DenseTable,
    SparseConnectivity: SparseTable,
    ConvolutionConnectivity: ConvolutionTable,
}

_COLUMN_TABLES: dict[type, Callable[[Any, tuple[int, int], Storage], SynapseTable]] = {
    DenseConnectivity: DenseColumns,
    Columns: SparseColumns,
    ConvolutionConnectivity: ConvolutionColumns,
}
