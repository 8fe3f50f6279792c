"""Rows of connectivity: what arrives at the targets is the spikes times the matrix that loops write out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrate, SpikeMaxPool
from tests.conformance.table import Net, NetworkRow
from tests.references import layers

IMAGE, SIZE = (4, 5, 2), 40
RNG = np.random.default_rng(4)
KERNEL = RNG.integers(-8, 9, (3, 2, 2, 3)) / 16
DENSE = RNG.integers(-8, 9, (SIZE, 6)) / 16
PRE, POST = np.array([0, 39, 3, 3, 17]), np.array([1, 0, 2, 0, 2])
LISTED = np.zeros((SIZE, 3))
LISTED[PRE, POST] = [1, 2, 3, 4, 5]
POOLED = layers.average_pooling(IMAGE, (2, 2), (2, 2))
X = RNG.integers(0, 2, (3, *IMAGE))


def arriving(shape: Any, connectivity: Any) -> Net:
    """Inputs that spike in every step, and targets that add up what arrives in one."""
    with Network() as network:
        source = Population(BinarySpikeInput(), IMAGE)
        neuron = SpikeMaxPool() if connectivity.selects_maximum else LeakyIntegrate(tau_mem=np.inf)
        neuron.readout = "var"
        target = Population(neuron, shape)
        Connection(source, target, connectivity)
    return Net(network, source, target, InferenceCompiler(2))


def row(make: Callable[[], Any], matrix: np.ndarray, shape: Any = None, **kwargs: Any) -> NetworkRow:
    """A row whose reference is spikes times a matrix; weights lie on a grid on which sums are exact."""

    def reference(x: np.ndarray) -> np.ndarray:
        return (x.reshape(3, SIZE) @ matrix).reshape(3, *(shape or (matrix.shape[1],)))

    return NetworkRow(make=make, build=partial(arriving, shape), examples=X, reference=reference, **kwargs)


WINDOWS = layers.pooling_windows(IMAGE, (2, 2), (1, 1))

ROWS = (
    row(lambda: Dense(DENSE), DENSE),
    row(lambda: Dense(0.5), np.full((SIZE, 4), 0.5), (4,), label="one_weight"),
    row(lambda: OneToOne(np.arange(SIZE) / 8), np.diag(np.arange(SIZE) / 8), IMAGE),
    row(lambda: Sparse([1.0, 2.0, 3.0, 4.0, 5.0], PRE, POST), LISTED, (3,)),
    row(lambda: FixedProbability(1.0, 0.5), np.full((SIZE, 4), 0.5), (4,)),  # random ones: test_connectivity.py
    row(
        lambda: Conv2D(KERNEL, 3, (3, 2), conv_strides=(2, 1), conv_padding="same"),
        layers.convolution(IMAGE, KERNEL, (2, 1), "same"),
        (2, 5, 3),
    ),
    row(
        lambda: Conv2DTranspose(KERNEL.swapaxes(2, 3), 3, (3, 2), True, 2),
        layers.transposed_convolution(IMAGE, KERNEL.swapaxes(2, 3), (2, 2)),
    ),
    row(lambda: AvgPool2D(2, True), POOLED),
    row(
        lambda: AvgPoolConv2D(KERNEL, 3, 2, (3, 2), True, conv_padding="same"),
        POOLED @ layers.convolution((2, 2, 2), KERNEL, (1, 1), "same"),
    ),
    row(lambda: AvgPoolDense2D(DENSE[:8], 2), POOLED @ DENSE[:8]),
    NetworkRow(
        make=lambda: MaxPool2D(2, True, 1),
        build=partial(arriving, None),
        examples=X,
        reference=lambda x: np.stack([x.reshape(3, SIZE)[:, window].max(axis=1) for window in WINDOWS], axis=1),
    ),
)
