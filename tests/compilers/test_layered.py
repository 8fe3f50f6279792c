"""Layered inference: every layer works for all timesteps, as if connections took no time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense, MaxPool2D
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import BinarySpikeInput, CurrentInput, IntegrateFire, LeakyIntegrate, SpikeInput, SpikeMaxPool
from ml_genn.readouts import AvgVar, AvgVarInputWeight, AvgVarLinWeight, FirstSpikeTime, MaxVar
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

RNG = np.random.default_rng(4)
FIRST, SECOND, SKIP, LAST = (RNG.integers(-8, 16, shape) / 16 for shape in ((5, 6), (6, 4), (6, 3), (4, 3)))
X = RNG.integers(0, 16, (3, 5)) / 16
BIAS = 0.0625  # all numbers are multiples of 1/256, which single precision adds exactly


def build(**kwargs: Any) -> tuple[Network, dict[str, Population]]:
    """input -> a -> b -> out and a -> out."""
    with Network() as network:
        source = Population(CurrentInput(), 5, name="input")
        a, b = (
            Population(IntegrateFire(1.0, v=0.5, bias=BIAS, relative_reset=True), size, record_spikes=True, name=name)
            for name, size in (("a", 6), ("b", 4))
        )
        out = Population(LeakyIntegrate(tau_mem=float("inf"), bias=BIAS, readout="var"), 3, name="out")
        Connection(source, a, Dense(FIRST), Exponential(tau=float("inf")))
        Connection(a, b, Dense(SECOND))
        Connection(a, out, Dense(SKIP))
        Connection(b, out, Dense(LAST))
    return network, {"input": source, "a": a, "b": b, "out": out}


def simulate(timesteps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spikes of a and b, (timesteps, examples, neurons), and the output's membrane; spikes arrive at once."""
    va, vb, out = np.full((3, 6), 0.5), np.full((3, 4), 0.5), np.zeros((3, 3))
    trains: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for _ in range(timesteps):
        va += X @ FIRST + BIAS
        a = va >= 1
        va -= a
        vb += a @ SECOND + BIAS
        b = vb >= 1
        vb -= b
        out += a @ SKIP + b @ LAST + BIAS
        trains[0].append(a)
        trains[1].append(b)
    return np.array(trains[0]), np.array(trains[1]), out


@pytest.mark.parametrize("timesteps", [1, 2, 9])
@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_as_if_connections_took_no_time(timesteps: int, engine: str) -> None:
    network, pops = build()
    compiler = InferenceCompiler(timesteps, batch_size=2, layered=True, engine=engine)
    recorders = [SpikeRecorder(pops[name], key=name) for name in "ab"]
    with compiler.compile(network) as compiled:
        assert [compiled.depths[pops[name]] for name in ("input", "a", "b", "out")] == [0, 1, 2, 3]
        found, data = compiled.predict({pops["input"]: X}, pops["out"], callbacks=recorders)
    *trains, out = simulate(timesteps)
    np.testing.assert_array_equal(found[pops["out"]], out)
    for name, depth, expected in zip("ab", (1, 2), trains, strict=True):
        spikes = np.zeros_like(expected)
        for example, (times, ids) in enumerate(zip(*data[name], strict=True)):
            spikes[np.rint(np.asarray(times)).astype(int) - depth, example, ids] = True
        np.testing.assert_array_equal(spikes, expected)  # no spike outside the window either


def test_variables_are_recorded_until_the_last_layer_is_done() -> None:
    """From the first timestep of the inputs on: the output waits three of them."""
    network, pops = build()
    with InferenceCompiler(9, batch_size=2, layered=True).compile(network) as compiled:
        recorder = VarRecorder(pops["out"], "v", key="v")
        found, data = compiled.predict({pops["input"]: X}, pops["out"], callbacks=[recorder])
    assert [len(voltages) for voltages in data["v"]] == [12, 12, 12]
    assert not np.any([voltages[:3] for voltages in data["v"]])
    np.testing.assert_array_equal([voltages[-1] for voltages in data["v"]], found[pops["out"]])


def test_a_loop_has_no_layers() -> None:
    with Network() as network:
        source = Population(CurrentInput(), 4, name="input")
        loop = Population(IntegrateFire(), 4, name="loop")
        Connection(source, loop, Dense(1.0))
        Connection(loop, loop, Dense(1.0))
    with pytest.raises(
        DescriptionError,
        match=r"layered networks must lead from their inputs forward, without loops; this does not hold for loop",
    ):
        InferenceCompiler(4, layered=True).compile(network)


def test_max_pooling_needs_spikes() -> None:
    with Network() as network:
        source = Population(CurrentInput(), (4, 4, 1), name="input")
        pool = Population(SpikeMaxPool(), name="pool")
        Connection(source, pool, MaxPool2D(2))
    with pytest.raises(UnsupportedError, match=r"MaxPool2D connectivity needs a source that spikes"):
        InferenceCompiler(4).compile(network)


def test_other_inputs_spike_within_their_window() -> None:
    with Network() as network:
        source = Population(BinarySpikeInput(signed_spikes=True), 4, name="input")
        out = Population(LeakyIntegrate(tau_mem=float("inf"), readout="var"), 4, name="out")
        Connection(source, out, Dense(np.eye(4)))
    with InferenceCompiler(5, layered=True, batch_size=1).compile(network) as compiled:
        found, _ = compiled.predict({source: np.array([[1.0, 0.0, -1.0, 2.0]])}, out, callbacks=())
    np.testing.assert_array_equal(found[out], [[5, 0, -5, 5]])


TIMES, IDS = np.array([0, 0, 1, 2, 4, 5, 5, 7]), np.array([0, 3, 1, 2, 4, 0, 1, 3])
"""Spikes of five inputs [timesteps]."""
STEPS, DT, TAU = 9, 0.5, 2.0


def voltages() -> np.ndarray:
    """The membrane of an output after each of its timesteps, (timesteps, neurons), as if connections took no time."""
    va, out = np.zeros(6), np.zeros((STEPS, 3))
    for n in range(STEPS):
        va += FIRST[IDS[n == TIMES]].sum(axis=0)
        spikes = va >= 0.5
        va[spikes] = 0.0
        out[n:] += spikes @ SKIP
    return out


def weight_of_input() -> np.ndarray:
    """q of AvgVarInputWeight in each timestep."""
    steps = np.arange(STEPS)
    since = steps[:, np.newaxis] - TIMES
    return np.sum(np.where(since >= 0, np.exp(-np.maximum(since, 0) * DT / TAU), 0.0), axis=1) / 5.0


READ = {
    "input": (AvgVarInputWeight(TAU), lambda v: np.mean(weight_of_input()[:, np.newaxis] * v, axis=0)),
    "window": (AvgVar(1.0, 3.0), lambda v: v[2:6].mean(axis=0)),
    "maximum in a window": (MaxVar(1.0, 3.0), lambda v: v[2:6].max(axis=0)),
    "linear": (AvgVarLinWeight(), lambda v: np.mean((1.0 - np.arange(STEPS) / STEPS)[:, np.newaxis] * v, axis=0)),
}


@pytest.mark.parametrize("engine", ["embedded", "reference"])
@pytest.mark.parametrize("name", READ)
def test_readouts_count_time_from_where_their_layer_begins(name: str, engine: str) -> None:
    readout, expected = READ[name]
    with Network() as network:
        source = Population(SpikeInput(), 5)
        hidden = Population(IntegrateFire(0.5), 6)
        out = Population(LeakyIntegrate(tau_mem=float("inf"), readout=readout), 3)
        Connection(source, hidden, Dense(FIRST))
        Connection(hidden, out, Dense(SKIP))
    x = [preprocess_spikes(DT * TIMES, IDS, 5)]
    arguments = {"layered": True, "engine": engine, "precision": "double"}
    with InferenceCompiler(STEPS, dt=DT, **arguments).compile(network) as compiled:
        found, _ = compiled.predict({source: x}, out, callbacks=[])
    wanted = expected(voltages())
    assert np.ptp(wanted) > 0.1
    np.testing.assert_allclose(found[out][0], wanted, rtol=1e-12)  # order of additions


def test_first_spikes_count_from_where_their_layer_begins() -> None:
    with Network() as network:
        source = Population(SpikeInput(), 1)
        out = Population(IntegrateFire(0.5, readout=FirstSpikeTime()), 1)
        Connection(source, out, Dense(1.0))
    with InferenceCompiler(STEPS, dt=DT, layered=True).compile(network) as compiled:
        found, _ = compiled.predict({source: [preprocess_spikes([1.5], [0], 1)]}, out, callbacks=[])
    assert found[out][0] == -1.5
