"""Delays of synapses in networks that an InferenceCompiler makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.compilers.delays import longest_delay
from ml_genn.connectivity import Dense, FixedProbability, Sparse
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.initializers import Uniform
from ml_genn.neurons import LeakyIntegrate, SpikeInput
from ml_genn.utils.data import preprocess_spikes

from .classifiers import ENGINE, WEIGHTS

DELAYS = np.random.default_rng(4).integers(0, 4, (6, 3))
LISTED = (np.array([0, 5, 2]), np.array([1, 0, 2]))


@pytest.mark.parametrize(
    ("connectivity", "weights", "delays"),
    [
        (Dense(WEIGHTS, delay=DELAYS), WEIGHTS, DELAYS),
        (Dense(0.5, delay=DELAYS), np.full((6, 3), 0.5), DELAYS),
        (Sparse([1.0, 2.0, 3.0], *LISTED, delay=[3, 0, 3]), None, None),
    ],
    ids=["dense", "constant", "sparse"],
)
def test_each_synapse_has_its_delay(connectivity: Any, weights: Any, delays: Any) -> None:
    if weights is None:
        weights, delays = np.zeros((6, 3)), np.zeros((6, 3), int)
        weights[LISTED], delays[LISTED] = [1, 2, 3], [3, 0, 3]
    with Network() as network:
        source = Population(SpikeInput(), 6)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 3)
        Connection(source, target, connectivity)
    spikes = [preprocess_spikes([0.0] * 6, range(6), 6)]
    with InferenceCompiler(6, engine=ENGINE).compile(network) as compiled:
        _, data = compiled.predict({source: spikes}, target, callbacks=[VarRecorder(target, "v", key="v")])
    for step in range(6):
        expected = np.where(delays + 1 <= step, weights, 0).sum(axis=0)
        np.testing.assert_allclose(data["v"][0][step], expected, atol=1e-6)  # six weights in single precision


@pytest.mark.parametrize(
    "connectivity",
    [Dense(1.0, delay=Uniform(0, 3)), FixedProbability(1.0, 1.0, delay=Uniform(0, 3))],
    ids=["dense", "fixed_probability"],
)
def test_delays_that_the_engine_draws(connectivity: Any) -> None:
    with Network() as network:
        source = Population(SpikeInput(), 30)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 2)
        Connection(source, target, connectivity, max_delay_steps=3)
    spikes = [preprocess_spikes([0.0] * 30, range(30), 30)]
    with InferenceCompiler(6, engine=ENGINE).compile(network) as compiled:
        _, data = compiled.predict({source: spikes}, target, callbacks=[VarRecorder(target, "v", key="v")])
    arrived = data["v"][0]
    assert not arrived[0].any()
    assert np.array_equal(arrived[4:], np.full((2, 2), 30.0))
    assert np.all((arrived[1] < 30.0) & (arrived[3] > arrived[1]))


def test_longest_delay() -> None:
    with Network():
        population = Population("integrate_fire", 3)
        array = Connection(population, population, Dense(1.0, delay=[[1.0, 2.4, 3.6]] * 3))
        drawn = Connection(population, population, Dense(1.0, delay=Uniform(0, 5)), name="c")
        limited = Connection(population, population, Dense(1.0, delay=Uniform(0, 5)), max_delay_steps=6)
    assert longest_delay(array, array.connectivity.delay) == 4
    assert longest_delay(limited, limited.connectivity.delay) == 6
    message = (
        "Maximum delay associated with Connection c cannot be determined automatically, please set max_delay_steps"
    )
    with pytest.raises(DescriptionError, match=message):
        longest_delay(drawn, drawn.connectivity.delay)


def test_delay_too_long() -> None:
    with Network() as network:
        population = Population("integrate_fire", 3, name="p")
        Connection(population, population, Dense(1.0, delay=70000))
    with pytest.raises(UnsupportedError, match="p->p: delays above 65535 timesteps are not supported"):
        InferenceCompiler(2, engine=ENGINE).compile(network)
