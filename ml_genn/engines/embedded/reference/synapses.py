"""Synapses of presynaptic neurons, by connectivity: which post neurons, and which entry of the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np

from ml_genn.engines.embedded.plan.plan import (
    ConvolutionConnectivity,
    DenseConnectivity,
    Propagation,
    SparseConnectivity,
)
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.lanes import Indices


@final
@dataclass(frozen=True)
class Synapses:
    """Synapses of a list of spikes, spike by spike, in each ascending by post neuron.

    `spike` indexes that list, `post` is the target neuron, `index` the synapse index of the connectivity, and `element`
    what keys the synapse's random draws.
    """

    spike: Indices
    post: Indices
    index: Indices
    element: Indices


class SynapseTable(Protocol):
    """Connectivity, ready to be asked."""

    def lengths(self, pre: Indices) -> Indices:
        """How many synapses each presynaptic neuron has."""

    def of(self, pre: Indices) -> Synapses:
        """The synapses of a list of presynaptic neurons."""


def synapse_table(propagation: Propagation, storage: Storage) -> SynapseTable:
    """The table for a propagation's connectivity."""
    return _TABLES[type(propagation.connectivity)](propagation, propagation.connectivity, storage)


@final
class DenseTable:
    """Each pre to each post."""

    def __init__(self, propagation: Propagation, _: DenseConnectivity, __: Storage) -> None:
        self.num_post = propagation.num_post

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

    def __init__(self, _: Propagation, connectivity: SparseConnectivity, storage: Storage) -> None:
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

    def __init__(self, propagation: Propagation, connectivity: ConvolutionConnectivity, _: Storage) -> None:
        self.num_post = propagation.num_post
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


_TABLES: dict[type, Callable[[Propagation, Any, Storage], SynapseTable]] = {
    DenseConnectivity: DenseTable,
    SparseConnectivity: SparseTable,
    ConvolutionConnectivity: ConvolutionTable,
}
