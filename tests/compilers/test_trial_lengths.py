"""Inference on examples whose trials have fewer timesteps than the network was compiled for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SignedIntegrateFire, SpikeInput
from ml_genn.readouts import AvgVar, AvgVarExpWeight, MaxVar
from ml_genn.registry import READOUTS
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

TIMESTEPS = 24
LENGTHS = np.array([24, 9, 0, 17])
OF_SPIKES = ("first_spike_time", "spike_count")
WINDOWED = {
    "from 5 ms": AvgVar(window_start=5.0),
    "from 5 to 12 ms": AvgVarExpWeight(5.0, 12.0),
    "until 12 ms": MaxVar(window_end=12.0),
}
EVERY: dict[str, Any] = {**{name: name for name in READOUTS.default_classes}, **WINDOWED}


class Net:
    """Input, hidden neurons and an output for each readout."""

    def __init__(self, readouts: dict[str, Any], hidden: Any = None) -> None:
        rng = np.random.default_rng(3)
        with Network() as self.network:
            self.source = Population(SpikeInput(), 5, name="input", record_spikes=True)
            neuron = LeakyIntegrateFire(v_thresh=0.5) if hidden is None else hidden
            self.hidden = Population(neuron, 6, name="hidden", record_spikes=True)
            self.outputs = {
                name: Population((LeakyIntegrateFire if name in OF_SPIKES else LeakyIntegrate)(readout=readout), 3)
                for name, readout in readouts.items()
            }
            Connection(self.source, self.hidden, Dense(rng.uniform(0.1, 1.0, (5, 6))), Exponential(5.0))
            weights = rng.uniform(-0.2, 1.0, (6, 3))
            for output in self.outputs.values():
                Connection(self.hidden, output, Dense(weights), Exponential(5.0))

    def predict(self, timesteps: int, lengths: Any = None, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Readouts by name, and spikes."""
        recorders = [SpikeRecorder(self.source, "in"), SpikeRecorder(self.hidden, "out")]
        with InferenceCompiler(timesteps, batch_size=4, **kwargs).compile(self.network) as compiled:
            outputs = list(self.outputs.values())
            found, spikes = compiled.predict({self.source: examples()}, outputs, recorders, timesteps=lengths)
        return {name: found[output] for name, output in self.outputs.items()}, spikes


def examples() -> list[Any]:
    rng = np.random.default_rng(1)
    return [
        preprocess_spikes(np.sort(rng.integers(0, TIMESTEPS, 30)).astype(float), rng.integers(0, 5, 30), 5)
        for _ in LENGTHS
    ]


@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_a_trial_is_that_of_a_compiler_for_its_length(engine: str) -> None:
    net = Net(EVERY)
    found, spikes = net.predict(TIMESTEPS, LENGTHS, variable_timesteps=True, engine=engine)
    for length in (24, 9, 17):
        expected, recorded = net.predict(length, engine=engine)
        row = int(np.flatnonzero(length == LENGTHS)[0])
        for name, readouts in expected.items():
            np.testing.assert_array_equal(found[name][row], readouts[row], err_msg=name)
        for key in ("in", "out"):
            assert len(spikes[key][0][row])
            for part, wanted in zip(spikes[key], recorded[key], strict=True):
                np.testing.assert_array_equal(part[row], wanted[row])
    empty = int(np.flatnonzero(LENGTHS == 0)[0])
    assert not any(len(spikes[key][0][empty]) for key in ("in", "out"))
    assert all(np.isfinite(readouts).all() for readouts in found.values())
    assert not any(found[name][empty].any() for name in ("sum_var", "avg_var", "avg_var_lin_weight", "spike_count"))


def test_without_timesteps_trials_are_those_of_any_network() -> None:
    net = Net(EVERY)
    found, _ = net.predict(TIMESTEPS, variable_timesteps=True)
    expected, _ = net.predict(TIMESTEPS)
    for name, readouts in expected.items():
        np.testing.assert_array_equal(found[name], readouts, err_msg=name)


def test_layers_stop_one_after_the_other() -> None:
    net, arguments = Net({"average": "avg_var"}, SignedIntegrateFire(0.4)), {"layered": True, "count_spikes": True}
    found, spikes = net.predict(TIMESTEPS, LENGTHS, variable_timesteps=True, **arguments)
    for length in (24, 9, 17):
        expected, recorded = net.predict(length, **arguments)
        row = int(np.flatnonzero(length == LENGTHS)[0])
        np.testing.assert_array_equal(found["average"][row], expected["average"][row])
        for part, wanted in zip(spikes["out"], recorded["out"], strict=True):
            np.testing.assert_array_equal(part[row], wanted[row])
    assert len(spikes["out"][0][1])


def test_batches_may_differ() -> None:
    net = Net({"sum": "sum_var"})
    x, output = examples(), net.outputs["sum"]
    with InferenceCompiler(TIMESTEPS, batch_size=2, variable_timesteps=True).compile(net.network) as compiled:
        one, _ = compiled.predict({net.source: x}, output, [], timesteps=LENGTHS)
        labels = one[output].argmax(axis=1)
        batches = [(x[:2], labels[:2], LENGTHS[:2]), (x[2:], labels[2:], list(LENGTHS[2:]))]
        metrics, _ = compiled.evaluate_batch_iter(net.source, output, batches, callbacks=[])
        assert metrics[output].result == 1.0


def test_time_has_to_begin_with_batches() -> None:
    with pytest.raises(DescriptionError, match="need batches that begin at time 0; leave reset_time_between_"):
        InferenceCompiler(10, variable_timesteps=True, reset_time_between_batches=False)
