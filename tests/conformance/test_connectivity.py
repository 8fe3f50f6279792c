"""Every connectivity on each engine: what arrives at the targets is the spikes times the matrix that loops make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
    OneToOne,
    Sparse,
)
from ml_genn.errors import UnsupportedError
from ml_genn.initializers import Uniform, Wrapper
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrate
from tests.references import layers

IMAGE = (5, 6, 2)
SIZE = 60
RNG = np.random.default_rng(4)
DENSE = RNG.normal(size=(SIZE, 7)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2, 2, 3)).astype(np.float32)
PRE, POST = np.array([0, 59, 3, 3, 17]), np.array([1, 0, 2, 0, 2])
LISTED = np.zeros((SIZE, 3))
LISTED[PRE, POST] = [1, 2, 3, 4, 5]
PADDING = ((1, 0), (2, 1))
POOLED = layers.average_pooling(IMAGE, (2, 2), (2, 2))

CASES: dict[str, tuple[Any, np.ndarray]] = {
    "dense": (Dense(DENSE), DENSE),
    "dense_constant": (Dense(0.5), np.full((SIZE, 4), 0.5)),
    "one_to_one": (OneToOne(np.arange(SIZE) / 8), np.diag(np.arange(SIZE) / 8)),
    "sparse": (Sparse([1.0, 2.0, 3.0, 4.0, 5.0], PRE, POST), LISTED),
    "conv2d": (Conv2D(KERNEL, 3, (3, 2)), layers.convolution(IMAGE, KERNEL)),
    "conv2d_same": (
        Conv2D(KERNEL, 3, (3, 2), conv_padding="same"),
        layers.convolution(IMAGE, KERNEL, (1, 1), "same"),
    ),
    "conv2d_strided": (
        Conv2D(KERNEL, 3, (3, 2), conv_strides=(2, 3), conv_padding="same"),
        layers.convolution(IMAGE, KERNEL, (2, 3), "same"),
    ),
    "conv2d_padded": (
        Conv2D(KERNEL, 3, (3, 2), conv_padding=PADDING, conv_strides=2),
        layers.convolution(IMAGE, KERNEL, (2, 2), PADDING),
    ),
    "conv2d_transpose": (
        Conv2DTranspose(KERNEL.swapaxes(2, 3), 3, (3, 2), conv_strides=2),
        layers.transposed_convolution(IMAGE, KERNEL.swapaxes(2, 3), (2, 2)),
    ),
    "avg_pool2d": (AvgPool2D(2), POOLED),
    "avg_pool_conv2d": (
        AvgPoolConv2D(KERNEL, 3, 2, (3, 2), conv_padding="same"),
        POOLED @ layers.convolution((2, 3, 2), KERNEL, (1, 1), "same"),
    ),
    "avg_pool_dense2d": (AvgPoolDense2D(DENSE[:12], 2), POOLED @ DENSE[:12]),
}


@pytest.mark.parametrize("name", CASES)
def test_input_of_the_target(name: str, engine: str) -> None:
    connectivity, matrix = CASES[name]
    x = np.random.default_rng(6).integers(0, 2, (5, *IMAGE))
    with Network() as network:
        source = Population(BinarySpikeInput(), IMAGE)
        shape = {"dense_constant": 4, "sparse": 3}.get(name)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), shape)
        Connection(source, target, connectivity)
    batch_size = 1 if engine == "pygenn" else 5
    with InferenceCompiler(2, engine=engine, batch_size=batch_size).compile(network) as compiled:
        readouts, _ = compiled.predict({source: x}, target, callbacks=[])
    expected = x.reshape(5, -1) @ matrix
    # sums of at most 60 weights in single precision
    np.testing.assert_allclose(readouts[target].reshape(5, -1), expected, atol=60 * 2.0**-23 * np.abs(matrix).max())


def test_fixed_probability(engine: str) -> None:
    """Each of 100 x 100 synapses exists with probability 0.2 and has weight 1: inputs have mean 20."""
    with Network() as network:
        source = Population(BinarySpikeInput(), 100)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 100)
        Connection(source, target, FixedProbability(0.2, 1.0))
    with InferenceCompiler(2, engine=engine, rng_seed=3).compile(network) as compiled:
        readouts, _ = compiled.predict({source: np.ones((1, 100))}, target, callbacks=[])
    counts = readouts[target][0]
    np.testing.assert_array_equal(counts, np.round(counts))
    assert 19 < counts.mean() < 21  # standard deviation of the mean is 0.4
    assert 2 < counts.std() < 6  # binomial: 4


PLACES = np.arange(1.0, 37.0).reshape(3, 2, 2, 3)
SHARING: dict[str, tuple[Any, np.ndarray]] = {
    "conv2d": (lambda weight: Conv2D(weight, 3, (3, 2)), layers.convolution(IMAGE, PLACES)),
    "conv2d_strided": (
        lambda weight: Conv2D(weight, 3, (3, 2), conv_strides=2),
        layers.convolution(IMAGE, PLACES, (2, 2)),
    ),
    "conv2d_transpose": (
        lambda weight: Conv2DTranspose(weight, 3, (3, 2), conv_strides=2),
        layers.transposed_convolution(IMAGE, PLACES.swapaxes(2, 3), (2, 2)),
    ),
    "avg_pool_conv2d": (
        lambda weight: AvgPoolConv2D(weight, 3, 2, (1, 2)),
        4 * POOLED @ layers.convolution((2, 3, 2), PLACES[:1]),
    ),
    "avg_pool_conv2d_strided": (
        lambda weight: AvgPoolConv2D(weight, 3, 2, (1, 2), conv_strides=(1, 2)),
        4 * POOLED @ layers.convolution((2, 3, 2), PLACES[:1], (1, 2)),
    ),
    "avg_pool_dense2d": (
        lambda weight: AvgPoolDense2D(weight, 2),
        4 * POOLED @ np.arange(1.0, 85.0).reshape(12, 7),
    ),
}
"""Connectivity with random weights, and a matrix that holds, for each synapse, which of the weights it uses, from 1."""


def drawn(name: str, engine: str, weight: Any = "normal", seed: int = 3) -> np.ndarray:
    """The matrix of a connection's weights, seen one input at a time."""
    make, places = SHARING[name]
    with Network() as network:
        source = Population(BinarySpikeInput(), IMAGE)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), places.shape[1] if "dense" in name else None)
        Connection(source, target, make(weight))
    batch_size = 1 if engine == "pygenn" else SIZE
    compiler = InferenceCompiler(2, engine=engine, batch_size=batch_size, rng_seed=seed)
    with compiler.compile(network) as compiled:
        readouts, _ = compiled.predict({source: np.eye(SIZE).reshape(SIZE, *IMAGE)}, target, callbacks=[])
    return np.asarray(readouts[target].reshape(SIZE, -1))


@pytest.mark.parametrize("name", SHARING)
def test_random_weights_are_shared(name: str, engine: str) -> None:
    """Synapses have equal weights where they should share one; "normal" is an initializer by name."""
    found, places = drawn(name, engine), SHARING[name][1]
    np.testing.assert_array_equal(found != 0, places > 0)
    numbers = [np.unique(found[places == place]) for place in np.unique(places[places > 0])]
    assert {len(values) for values in numbers} == {1}
    weights = np.concatenate(numbers) * (4 if "pool" in name else 1)
    assert len(np.unique(weights)) == len(weights)
    assert (
        0.4 < weights.std() < 1.6
    )  # chi-square with at least 11 degrees of freedom: less than one in 10^4 lies outside


@pytest.mark.parametrize("name", ["conv2d_strided", "avg_pool_dense2d"])
def test_random_weights_follow_the_seed(name: str) -> None:
    one, again, other, unseeded = (drawn(name, "reference", seed=seed) for seed in (3, 3, 4, 0))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(unseeded, drawn(name, "reference", seed=0))
    bounded = drawn(name, "reference", Uniform(2.0, 3.0))
    scale = 4 if "pool" in name else 1
    assert ((bounded == 0) | ((bounded * scale >= 2) & (bounded * scale <= 3))).all()


def test_initializers_by_name(engine: str) -> None:
    def weights(weight: Any) -> np.ndarray:
        with Network() as network:
            source = Population(BinarySpikeInput(), 1)
            target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 50)
            Connection(source, target, Dense(weight))
        with InferenceCompiler(2, engine=engine, rng_seed=3).compile(network) as compiled:
            return np.asarray(compiled.predict({source: np.ones((1, 1))}, target, callbacks=[])[0][target])

    np.testing.assert_array_equal(weights("uniform"), weights(Uniform()))
    assert np.ptp(weights("uniform")) > 0.5


def test_only_the_engine_draws_from_its_own_snippets() -> None:
    with pytest.raises(UnsupportedError, match="a Wrapper draws its values on the engine, one for each synapse"):
        drawn("avg_pool_dense2d", "reference", Wrapper("Exponential", {"lambda": 1.0}))
