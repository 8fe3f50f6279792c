"""Max-pooling by spikes: the pooling neuron's running count is the largest running count of its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense, MaxPool2D
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import BinarySpikeInput, IntegrateFireInput, PoissonInput, SpikeMaxPool
from tests.references import layers

STEPS = 40


def trains(data: Any, key: str, neurons: int) -> np.ndarray:
    """Whether each neuron spiked in each step, (examples, steps, neurons)."""
    times, ids = data[key]
    spikes = np.zeros((len(times), STEPS, neurons), bool)
    for example, (steps, neuron) in enumerate(zip(times, ids, strict=True)):
        spikes[example, np.asarray(steps, int), neuron] = True
    return spikes


@pytest.mark.parametrize(
    ("pool", "strides", "padding"), [((2, 2), (2, 2), "valid"), ((3, 3), (2, 2), "same"), ((3, 2), (1, 1), "valid")]
)
@pytest.mark.parametrize("neuron", [PoissonInput(), IntegrateFireInput(relative_reset=True)], ids=["poisson", "if"])
def test_follows_the_highest_count(neuron: Any, pool: Any, strides: Any, padding: str, engine: str) -> None:
    image = (6, 5, 2)
    with Network() as network:
        source = Population(neuron, image, record_spikes=True)
        target = Population(SpikeMaxPool("spike_count"), record_spikes=True)
        Connection(source, target, MaxPool2D(pool, pool_strides=strides, pool_padding=padding))
    # few distinct values, so that many counts are tied
    x = np.random.default_rng(1).integers(0, 4, (2, *image)) / 4
    recorders = [SpikeRecorder(source, key="source"), SpikeRecorder(target, key="target")]
    batch_size = 1 if engine == "pygenn" else 2
    compiler = InferenceCompiler(STEPS, engine=engine, batch_size=batch_size, rng_seed=2)
    with compiler.compile(network) as compiled:
        readouts, data = compiled.predict({source: x}, target, callbacks=recorders)
    sent = trains(data, "source", 60).cumsum(axis=1)
    windows = layers.pooling_windows(image, pool, strides, padding)
    highest = np.stack([sent[:, :, window].max(axis=2) for window in windows], axis=2)
    followed = trains(data, "target", len(windows)).cumsum(axis=1)
    np.testing.assert_array_equal(followed[:, 1:], highest[:, :-1])  # one step later
    np.testing.assert_array_equal(readouts[target].reshape(2, -1), highest[:, -2])
    assert highest.max() > 5


def test_one_leader_among_slow_starters() -> None:
    """A spike of an input that lags behind does not count, however many lag behind."""
    with Network() as network:
        source = Population(IntegrateFireInput(relative_reset=True), (2, 2, 1))
        target = Population(SpikeMaxPool("spike_count"))
        Connection(source, target, MaxPool2D(2))
    x = np.array([[1.0, 0.5, 0.5, 0.25]]).reshape(1, 2, 2, 1)
    with InferenceCompiler(STEPS + 1, engine="reference").compile(network) as compiled:
        readouts, _ = compiled.predict({source: x}, target, callbacks=[])
    assert readouts[target].item() == STEPS


def test_max_pooling_needs_a_pooling_neuron() -> None:
    with Network() as network:
        source = Population(PoissonInput(), (2, 2, 1), name="a")
        Connection(source, Population("integrate_fire", name="b"), MaxPool2D(2))
    with pytest.raises(DescriptionError, match="a->b: MaxPool2D connectivity needs a FewSpikeMaxPool or SpikeMaxPool"):
        InferenceCompiler(2, engine="reference").compile(network)


def test_max_pooling_cannot_follow_negative_spikes() -> None:
    with Network() as network:
        source = Population(BinarySpikeInput(signed_spikes=True), (2, 2, 1), name="a")
        Connection(source, Population("spike_max_pool", name="b"), MaxPool2D(2))
    with pytest.raises(UnsupportedError, match="a->b: MaxPool2D connectivity cannot follow negative spikes"):
        InferenceCompiler(2, engine="reference").compile(network)


@pytest.mark.parametrize("extra", [0, 1])
def test_pooling_neuron_without_max_pooling(extra: int) -> None:
    with Network() as network:
        source = Population(PoissonInput(), (2, 2, 1), name="a")
        target = Population("spike_max_pool", (1, 1, 1), name="b")
        Connection(source, target, Dense(1.0))
        if extra:
            Connection(source, target, MaxPool2D(2))
    with pytest.raises(DescriptionError, match="b: SpikeMaxPool neurons need exactly one connection, with MaxPool2D"):
        InferenceCompiler(2, engine="reference").compile(network)
