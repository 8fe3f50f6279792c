"""What scripts do with a compiled network besides running it: the engine's groups, times and custom updates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, RunningNetwork, SpikeRecorder
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError
from ml_genn.metrics import MeanSquareError
from ml_genn.neurons import BinarySpikeInput, FewSpikeRelu, FewSpikeReluInput, IntegrateFire, LeakyIntegrate
from ml_genn.serialisers import load_network, save_network

ENGINES = ["reference", "embedded"]


def network(weights: Any = None) -> Any:
    with SequentialNetwork() as found:
        source = InputLayer(BinarySpikeInput(signed_spikes=True), 3, name="source")
        hidden = Layer(
            Dense(np.zeros((3, 4)) if weights is None else weights),
            IntegrateFire(v_thresh=1.0),
            4,
            record_spikes=True,
            name="hidden",
        )
        output = Layer(Dense(np.ones((4, 2))), LeakyIntegrate(tau_mem=np.inf, readout="var"), name="output")
    return found, source, hidden, output


class LiftSilent(Callback):
    """Adds to the weights of neurons that did not spike in the batch, as scripts for training do."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def set_params(self, data: dict[Any, Any], compiled_network: RunningNetwork, **kwargs: Any) -> None:
        self._network = compiled_network
        compiled_network.record(self.layer.population())

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        silent = self._network.spikes(self.layer.population()).counts().sum(axis=0) == 0
        weights = self._network.connection_populations[self.layer].vars["g"]
        weights.pull_from_device()
        view = weights.view.reshape(3, 4)
        view[:, silent] += 0.25
        weights.push_to_device()


@pytest.mark.parametrize("engine", ENGINES)
def test_silent_neurons_are_lifted(engine: str) -> None:
    found, source, hidden, output = network()
    with InferenceCompiler(4, engine=engine).compile(found) as compiled:
        _, data = compiled.predict(
            {source: np.ones((4, 3))}, output, callbacks=[LiftSilent(hidden), SpikeRecorder(hidden, record_counts=True)]
        )
        weights = compiled.connection_populations[hidden.connection()].vars["g"].values
    # in each step an input of 3 w arrives, three times in a trial: w = 0, 0.25, and then 2.25 reaches the threshold
    assert [counts.tolist() for counts in data[1]] == [[0] * 4, [1] * 4, [1] * 4, [1] * 4]
    np.testing.assert_array_equal(weights, np.full(12, 0.25))


@pytest.mark.parametrize("engine", ENGINES)
def test_variables_of_neurons(engine: str) -> None:
    found, _, hidden, _ = network()
    with InferenceCompiler(4, batch_size=2, engine=engine).compile(found) as compiled:
        voltage = compiled.neuron_populations[hidden.population()].vars["V"]
        voltage.view[:] = 0.5
        voltage.push_to_device()
        compiled.step_time()
        assert compiled.genn_model.timestep == 1
        compiled.reset_time()
        assert compiled.genn_model.timestep == 0
        voltage.pull_from_device()
        np.testing.assert_array_equal(voltage.view, np.full((2, 4), 0.5))
        compiled.custom_update("Reset")
        voltage.pull_from_device()
        np.testing.assert_array_equal(voltage.view, np.zeros((2, 4)))
    assert [str(population) for population in compiled.neuron_populations] == ["source", "hidden", "output"]
    assert [str(item) for item in compiled.connection_populations] == ["Conn_source_hidden", "Conn_hidden_output"]


def test_readouts_between_steps() -> None:
    """A script may run the network itself: input, steps, readout."""
    found, source, _, output = network(np.ones((3, 4)))
    with InferenceCompiler(4, batch_size=2, engine="reference").compile(found) as compiled:
        compiled.set_input({source: [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]})
        compiled.step_time(num_timesteps=3)
        (first,) = compiled.get_readout([output])
        np.testing.assert_array_equal(first, compiled.get_readout(output.population()))
        np.testing.assert_array_equal(first, [[4.0, 4.0], [4.0, 4.0]])  # each of four neurons has spiked once
        compiled.step_time()
        np.testing.assert_array_equal(first, [[4.0, 4.0], [4.0, 4.0]])  # a copy, not a view


def test_names_that_are_alike_to_the_engine() -> None:
    """Names become C identifiers; those that would be equal are told apart by a number."""
    with Network() as found:
        pops = [Population(BinarySpikeInput(), 1, name=name) for name in ("a-b", "a_b", "1st", "größe")]
    compiled = InferenceCompiler(1, engine="reference").compile(found, name="3 größe")
    assert [compiled.neuron_populations[pop].name for pop in pops] == ["a_b", "a_b_2", "_1st", "gr__e"]


def test_times_of_kernels() -> None:
    found, source, _, output = network()
    with InferenceCompiler(50, kernel_profiling=True, engine="embedded").compile(found) as compiled:
        compiled.predict({source: np.ones((1, 3))}, output, callbacks=[])
        model = compiled.genn_model
        assert model.neuron_update_time > 0
        assert model.presynaptic_update_time > 0
        assert model.get_custom_update_time("Reset") > 0


def test_what_callbacks_may_ask_of_a_network() -> None:
    found, _, _, _ = network()
    with SequentialNetwork() as few_spike:
        InputLayer(FewSpikeReluInput(2, 1.0), 2)
        Layer(Dense(1.0), FewSpikeRelu(2, 1.0, "var"), 2)
    assert isinstance(InferenceCompiler(2, engine="reference").compile(found), RunningNetwork)
    assert isinstance(FewSpikeCompiler(2, engine="reference").compile(few_spike), RunningNetwork)


def test_metrics_by_layer_and_population() -> None:
    found, source, _, output = network()
    chosen = {output.population(): MeanSquareError()}
    with InferenceCompiler(2, engine="reference").compile(found) as compiled:
        metrics, _ = compiled.evaluate({source: np.ones((1, 3))}, {output: np.zeros((1, 2))}, chosen, [])
        again, _ = compiled.evaluate(
            {source: np.ones((1, 3))}, {output: np.zeros((1, 2))}, {output: "mean_square_error"}, []
        )
    assert metrics[output].result == again[output].result == 0.0
    assert chosen[output.population()].result is None


SIGNED = np.array([[1.0, -1.0, 0.0], [-1.0, -1.0, 1.0]])


def recorded(record: dict[str, bool], compiler: Any, neuron: Any, tmp_path: Any = None) -> list[list[int]]:
    with SequentialNetwork() as found:
        source = InputLayer(neuron, 3, **record, name="source")
        output = Layer(Dense(1.0), FewSpikeRelu(3, 1.0) if neuron.pipelined else IntegrateFire(), 1)
    if tmp_path is not None:
        save_network(tmp_path / "network.h5", found, source, output, compiler)
        found = load_network(tmp_path / "network.h5").network
        source = found.populations[0]
    with compiler.compile(found) as compiled:
        recorder = SpikeRecorder(source, record_counts=True)
        counts = compiled.predict({source: SIGNED}, [], callbacks=[recorder])[1][0]
    return [item.tolist() for item in counts]


@pytest.mark.parametrize("reload", [False, True])
@pytest.mark.parametrize("engine", ENGINES)
def test_negative_spikes_alone_or_together(engine: str, reload: bool, tmp_path: Any) -> None:
    compiler = InferenceCompiler(2, batch_size=2, engine=engine)
    neuron, folder = BinarySpikeInput(signed_spikes=True), tmp_path if reload else None
    both = recorded({"record_spikes": True}, compiler, neuron, folder)
    assert both == recorded({"record_spikes": True, "record_spike_events": True}, compiler, neuron, folder)
    assert both == [[2, 2, 0], [2, 2, 2]]
    assert recorded({"record_spike_events": True}, compiler, neuron, folder) == [[0, 2, 0], [2, 2, 0]]


@pytest.mark.parametrize("lowering", ["bits", "graded"])
def test_negative_spikes_of_few_spike_networks(lowering: str) -> None:
    compiler = FewSpikeCompiler(3, engine="reference", lowering=lowering)
    neuron = FewSpikeReluInput(3, 1.0, signed_input=True)
    assert recorded({"record_spike_events": True}, compiler, neuron) == [[0, 3, 0], [3, 3, 0]]


def test_neurons_without_negative_spikes() -> None:
    with pytest.raises(DescriptionError, match="source: BinarySpikeInput neurons do not send negative spikes"):
        recorded({"record_spike_events": True}, InferenceCompiler(2, engine="reference"), BinarySpikeInput())
