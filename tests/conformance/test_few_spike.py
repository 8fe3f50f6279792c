"""Few-spike networks equal the ANN with K-bit activations, in both lowerings, on each engine and precision.

Weights, inputs and alphas lie on a dyadic grid, so that every sum is exact in single precision and results are equal
bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import FewSpikeCompiler
from ml_genn.connectivity import AvgPool2D, Conv2D, Dense, MaxPool2D, OneToOne
from ml_genn.neurons import FewSpikeMaxPool, FewSpikeRelu, FewSpikeReluInput
from tests.references import layers
from tests.references.few_spike import matrix, maximum, quantise

IMAGE = (6, 6, 2)
RNG = np.random.default_rng(5)
KERNEL = RNG.integers(-16, 17, (3, 3, 2, 4)) / 16
DENSE = RNG.integers(-16, 17, (144, 5)) / 16
INPUTS = RNG.integers(-70, 71, (7, *IMAGE)) / 32

Net = tuple[Population, Population, list[Population], Callable[[np.ndarray], list[np.ndarray]]]
"""Input, output, all populations but the output, and the reference: their values and the output's."""

NETWORKS: dict[str, Callable[[int], Net]] = {}


def network(build: Callable[[int], Net]) -> Callable[[int], Net]:
    NETWORKS[build.__name__] = build
    return build


def image_input(k: int, **kwargs: Any) -> Population:
    return Population(FewSpikeReluInput(k, 2.0, **kwargs), IMAGE, record_spikes=True, name="input")


def relu(k: int, alpha: float, **kwargs: Any) -> Population:
    return Population(FewSpikeRelu(k, alpha, **kwargs), record_spikes=True)


def output(k: int, shape: Any = None, **kwargs: Any) -> Population:
    return Population(FewSpikeRelu(k, 1.0, "var", **kwargs), shape, name="output")


@network
def convolution(k: int) -> Net:
    source, hidden, target = image_input(k), relu(k, 4.0), output(k)
    Connection(source, hidden, Conv2D(KERNEL, 4, 3, conv_padding="same"))
    Connection(hidden, target, Dense(DENSE))
    conv = matrix(layers.convolution(IMAGE, KERNEL, (1, 1), "same"))

    def reference(x: np.ndarray) -> list[np.ndarray]:
        q = quantise(x, k, 2.0)
        h = quantise(conv(q), k, 4.0)
        return [q, h, h @ DENSE]

    return source, target, [source, hidden], reference


@network
def strided_convolution_with_bias(k: int) -> Net:
    padding = ((1, 0), (0, 1))
    bias = np.array([0.5, -0.25, 1.0, 0.125])
    source, target = image_input(k), output(k, bias=np.arange(5) / 4)
    hidden = relu(k, 4.0, bias=bias, rounding="nearest")
    Connection(source, hidden, Conv2D(KERNEL, 4, 3, conv_padding=padding, conv_strides=2))
    conv = layers.convolution(IMAGE, KERNEL, (2, 2), padding)
    weights = DENSE[: conv.shape[1]]
    Connection(hidden, target, Dense(weights))

    def reference(x: np.ndarray) -> list[np.ndarray]:
        q = quantise(x, k, 2.0)
        sums = matrix(conv)(q).reshape(len(x), -1, 4) + bias
        h = quantise(sums, k, 4.0, nearest=True).reshape(len(x), -1)
        return [q, h, h @ weights + np.arange(5) / 4]

    return source, target, [source, hidden], reference


@network
def signed_input(k: int) -> Net:
    source, target = image_input(k, signed_input=True, rounding="nearest"), output(k)
    Connection(source, target, Dense(DENSE[:72]))

    def reference(x: np.ndarray) -> list[np.ndarray]:
        q = quantise(x, k, 2.0, nearest=True, signed=True)
        return [q, matrix(DENSE[:72])(q)]

    return source, target, [source], reference


@network
def overlapping_max_pooling(k: int) -> Net:
    source = image_input(k)
    hidden, target = Population(FewSpikeMaxPool(k, 2.0), record_spikes=True), output(k)
    Connection(source, hidden, MaxPool2D(3, pool_strides=2, pool_padding="same"))
    windows = layers.pooling_windows(IMAGE, (3, 3), (2, 2), "same")
    Connection(hidden, target, Dense(DENSE[: len(windows)]))

    def reference(x: np.ndarray) -> list[np.ndarray]:
        q = quantise(x, k, 2.0)
        h = maximum(windows)(q)
        return [q, h, h @ DENSE[: len(windows)]]

    return source, target, [source, hidden], reference


@network
def max_pooling_twice_and_average(k: int) -> Net:
    source, first = image_input(k), relu(k, 4.0)
    second, third = (Population(FewSpikeMaxPool(k, 4.0), record_spikes=True) for _ in range(2))
    target = output(k)
    Connection(source, first, Conv2D(KERNEL, 4, 3, conv_padding="same"))
    Connection(first, second, MaxPool2D(2))
    Connection(second, third, MaxPool2D(2, pool_strides=1))
    Connection(third, target, AvgPool2D(2, flatten=True))
    conv = matrix(layers.convolution(IMAGE, KERNEL, (1, 1), "same"))
    pools = [
        maximum(layers.pooling_windows((6, 6, 4), (2, 2), (2, 2))),
        maximum(layers.pooling_windows((3, 3, 4), (2, 2), (1, 1))),
    ]
    average = matrix(layers.average_pooling((2, 2, 4), (2, 2), (2, 2)))

    def reference(x: np.ndarray) -> list[np.ndarray]:
        values = [quantise(x, k, 2.0)]
        values.append(quantise(conv(values[-1]), k, 4.0))
        for pool in pools:
            values.append(pool(values[-1]))
        return [*values, average(values[-1])]

    return source, target, [source, first, second, third], reference


@network
def branches_of_unequal_depth_and_alpha(k: int) -> Net:
    """Three ways to the output with 3, 1 and 0 layers between, each with an alpha of its own."""
    first, second = DENSE[:72, :4], DENSE[72:76, :3]
    source, a, b = image_input(k, signed_input=True), relu(k, 8.0), relu(k, 0.5)
    c, side, target = relu(k, 2.0), relu(k, 4.0), output(k)
    Connection(source, a, Dense(first))
    Connection(a, b, Dense(second))
    Connection(b, c, OneToOne(0.5))
    Connection(source, side, Dense(first[::-1]))
    Connection(c, target, Dense(DENSE[80:83]))
    Connection(side, target, Dense(DENSE[90:94]))
    Connection(source, target, Dense(DENSE[:72]))
    populations = [source, a, b, c, side]

    def reference(x: np.ndarray) -> list[np.ndarray]:
        q = quantise(x, k, 2.0, signed=True).reshape(len(x), -1)
        qa = quantise(q @ first, k, 8.0)
        qb = quantise(qa @ second, k, 0.5)
        qc = quantise(qb * 0.5, k, 2.0)
        qs = quantise(q @ first[::-1], k, 4.0)
        return [q, qa, qb, qc, qs, qc @ DENSE[80:83] + qs @ DENSE[90:94] + q @ DENSE[:72]]

    return source, target, populations, reference


def decode(data: dict[Any, Any], population: Population, k: int, examples: int) -> np.ndarray:
    """The magnitudes that recorded spikes stand for, in units of the resolution."""
    times, ids = data[population.name]
    codes = np.zeros((examples, population.num_neurons))
    for example in range(examples):
        np.add.at(codes[example], ids[example], 2.0 ** (k - 1 - np.asarray(times[example])))
    return codes


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("k", [1, 5, 8])
@pytest.mark.parametrize("lowering", ["bits", "graded"])
@pytest.mark.parametrize("name", NETWORKS)
def test_equals_quantised_ann(name: str, lowering: str, k: int, precision: str, engine: str) -> None:
    if engine == "pygenn" and (lowering == "graded" or precision == "double" or k != 5):
        pytest.skip("PyGeNN has no graded lowering, and builds each model for seconds: one k and precision will do")
    if engine == "embedded" and (k == 1) == (precision == "float"):
        pytest.skip("each model is compiled: K = 1 in double precision, 5 and 8 in single will do")
    with Network() as net:
        source, target, populations, reference = NETWORKS[name](k)
    compiler = FewSpikeCompiler(
        k, batch_size=1 if engine == "pygenn" else 3, lowering=lowering, engine=engine, precision=precision
    )
    recorders = [SpikeRecorder(population, key=population.name) for population in populations]
    with compiler.compile(net, inputs=source, outputs=target) as compiled:
        readouts, data = compiled.predict({source: INPUTS}, target, callbacks=recorders)
    *values, expected = reference(INPUTS)
    np.testing.assert_array_equal(readouts[target], expected)
    for population, value in zip(populations, values, strict=True):
        codes = np.abs(value.reshape(len(INPUTS), -1)) / population.neuron.resolution
        np.testing.assert_array_equal(decode(data, population, k, len(INPUTS)), codes, err_msg=population.name)


@pytest.mark.parametrize("precision", ["float", "double"])
def test_lowerings_agree_on_arbitrary_weights(precision: str) -> None:
    """Off the dyadic grid the two lowerings add in another order: a code may differ by one where the sum lies within
    fan_in * eps * sum |w q| of a code boundary, and nowhere else."""
    k, alpha = 8, 3.7
    weights = np.random.default_rng(2).normal(size=(72, 40)).astype(np.float32)
    x = np.random.default_rng(3).uniform(0, 1.3, size=(20, *IMAGE)).astype(np.float32)
    codes = {}
    for lowering in ("bits", "graded"):
        with Network() as net:
            source = Population(FewSpikeReluInput(k, 1.1), IMAGE)
            hidden = Population(FewSpikeRelu(k, alpha), 40, record_spikes=True)
            target = Population(FewSpikeRelu(k, 1.0, "var"), 40)
            Connection(source, hidden, Dense(weights))
            Connection(hidden, target, OneToOne(1.0))
        compiler = FewSpikeCompiler(k, batch_size=20, lowering=lowering, engine="reference", precision=precision)
        with compiler.compile(net) as compiled:
            _, data = compiled.predict({source: x}, target, callbacks=[SpikeRecorder(hidden, key=hidden.name)])
        codes[lowering] = decode(data, hidden, k, 20)
    q = quantise(x, k, 1.1).reshape(20, -1)
    step = alpha * 2.0**-k
    distance = np.abs((q @ weights) / step - np.round((q @ weights) / step)) * step
    eps = np.finfo(np.float32 if precision == "float" else np.float64).eps
    bound = 72 * eps * (q @ np.abs(weights))
    differ = codes["bits"] != codes["graded"]
    assert np.abs(codes["bits"] - codes["graded"]).max() <= 1
    assert (distance[differ] <= bound[differ]).all()
    assert differ.mean() < 1e-3  # at most a handful of 800
