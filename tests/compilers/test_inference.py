"""InferenceCompiler: exact trials, batches, several inputs and outputs, callbacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, CustomUpdateOnBatchEnd, SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense, OneToOne
from ml_genn.engines.embedded import create_var_init_snippet
from ml_genn.initializers import Uniform, Wrapper
from ml_genn.metrics import MeanSquareError
from ml_genn.neurons import (
    BinarySpikeInput,
    IntegrateFire,
    LeakyIntegrate,
    LeakyIntegrateFire,
    PoissonInput,
    SpikeInput,
)
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

from .classifiers import ENGINE, WEIGHTS, X, Y, classifier, integrating_frames, predict, two_ways


@pytest.mark.parametrize("synapse", ["delta", Exponential(20)])
@pytest.mark.parametrize("readout", ["spike_count", "var", "sum_var", "max_var", "first_spike_time", "avg_var"])
def test_equal_examples_give_equal_answers(readout: str, synapse: Any) -> None:
    network, source, target = classifier(LeakyIntegrateFire(readout=readout, tau_refrac=3), synapse=synapse)
    answers = predict(network, source, target, np.tile(X[:1], (5, 1)), batch_size=2)
    np.testing.assert_array_equal(answers, np.tile(answers[:1], (5, 1)))


def test_without_reset_one_trial_reaches_into_the_next() -> None:
    network, source, target = classifier(LeakyIntegrate(readout="sum_var"), synapse=Exponential(20))
    leaky = predict(network, source, target, np.tile(X[:1], (2, 1)), batch_size=1, reset_in_syn_between_batches=False)
    assert (leaky[0] != leaky[1]).all()
    kept = predict(network, source, target, np.tile(X[:1], (2, 1)), batch_size=1, reset_vars_between_batches=False)
    assert (kept[0] != kept[1]).all()


@pytest.mark.parametrize("source_neuron", [None, PoissonInput()], ids=["integrate_fire", "poisson"])
def test_batch_size_does_not_matter(source_neuron: Any) -> None:
    network, source, target = classifier(source_neuron=source_neuron)
    answers = [predict(network, source, target, batch_size=size, rng_seed=4) for size in (1, 3, 7, 10)]
    for other in answers[1:]:
        np.testing.assert_array_equal(other, answers[0])
    assert answers[0].shape == (7, 3)
    assert answers[0].any()


def test_random_initial_values_are_restored() -> None:
    neuron = LeakyIntegrate(v=Uniform(), tau_mem=np.inf, readout="var")
    network, source, target = classifier(neuron)
    answers = predict(network, source, target, np.zeros((3, 6)), batch_size=1, rng_seed=1)
    np.testing.assert_array_equal(answers, np.tile(answers[:1], (3, 1)))
    assert len(np.unique(answers[0])) == 3


def test_initial_values_and_parameters_per_neuron() -> None:
    neuron = IntegrateFire(v_thresh=[5.0, 1.0, 2.0], v=[0.0, 0.5, 0.0], bias=[1.0, 0.5, 0.0], readout="spike_count")
    network, source, target = classifier(neuron)
    answers = predict(network, source, target, np.zeros((2, 6)), batch_size=1)
    np.testing.assert_array_equal(answers, [[4, 10, 0]] * 2)


def test_evaluate() -> None:
    network, source, target = classifier()
    with InferenceCompiler(20, batch_size=3, engine=ENGINE).compile(network) as compiled:
        readouts, _ = compiled.predict({source: X}, target, callbacks=[])
        metrics, data = compiled.evaluate({source: X}, {target: Y}, callbacks=[])
        whole, _ = compiled.evaluate_batch({source: X[:3]}, {target: Y[:3]})
    assert metrics[target].result == np.mean(readouts[target].argmax(axis=1) == Y)
    assert whole[target].result == np.mean(readouts[target][:3].argmax(axis=1) == Y[:3])
    assert data == {}


def test_several_inputs_and_outputs() -> None:
    network, (a, b), (c, d) = two_ways()
    zeros = np.zeros_like(X)
    batches = [((X[i : i + 3], zeros[i : i + 3]), (Y[i : i + 3], Y[i : i + 3])) for i in (0, 3, 6)]
    with InferenceCompiler(20, batch_size=3, engine=ENGINE).compile(network) as compiled:
        readouts, _ = compiled.predict({a: X, b: zeros}, [c, d], callbacks=[])
        metrics, _ = compiled.evaluate({a: X, b: zeros}, {c: Y, d: Y}, callbacks=[])
        by_batch, _ = compiled.evaluate_batch_iter([a, b], [c, d], batches, callbacks=[])
        by_name, _ = compiled.evaluate_batch_iter(
            (a, b), (c, d), (({a: x[0], b: x[1]}, {c: y[0], d: y[1]}) for x, y in batches), num_batches=2, callbacks=[]
        )
    assert readouts[c].any()
    assert not readouts[d].any()
    for output in (c, d):
        assert metrics[output].result == by_batch[output].result
    assert by_batch[c].total == 7
    assert by_name[c].total == 6


def test_layers_stand_for_populations() -> None:
    with SequentialNetwork() as network:
        source = InputLayer("integrate_fire_input", 6, record_spikes=True)
        target = Layer(Dense(WEIGHTS), "integrate_fire", readout="spike_count")
    with InferenceCompiler(20, engine=ENGINE).compile(network) as compiled:
        metrics, data = compiled.evaluate(
            {source: X}, {target: Y}, {target: "sparse_categorical_accuracy"}, callbacks=[SpikeRecorder(source)]
        )
    assert set(metrics) == {target}
    assert len(data[0][0]) == 7


def test_metrics_by_output() -> None:
    network, (a, b), (c, d) = two_ways()
    with InferenceCompiler(20, batch_size=3, engine=ENGINE).compile(network) as compiled:
        readouts, _ = compiled.predict({a: X, b: X}, (c, d), callbacks=[])
        metrics, _ = compiled.evaluate(
            {a: X, b: X},
            {c: Y, d: np.zeros((7, 6))},
            {c: "sparse_categorical_accuracy", d: MeanSquareError()},
            callbacks=[],
        )
    assert metrics[d].result == pytest.approx(np.mean(readouts[d].astype(float) ** 2), rel=1e-12)


def test_static_input_of_one_example_needs_no_batch_axis() -> None:
    network, source, target = classifier()
    with InferenceCompiler(20, engine=ENGINE).compile(network) as compiled:
        compiled.set_input({source: X[0]})
        compiled.step_time(num_timesteps=20)
        alone = compiled.get_readout(target)
    np.testing.assert_array_equal(alone, predict(network, source, target, X[:1]))


def test_input_that_varies_in_time() -> None:
    frames = np.random.default_rng(3).uniform(size=(5, 4, 6))
    with Network() as network:
        source = Population(integrating_frames(), 6)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 6)
        Connection(source, target, OneToOne(1.0))
    compiler = InferenceCompiler(12, dt=0.1, batch_size=3, engine=ENGINE)
    with compiler.compile(network) as compiled:
        recorder = VarRecorder(source, "v", key="v")
        _, data = compiled.predict({source: frames}, target, callbacks=[recorder])
    for example, voltage in enumerate(data["v"]):
        shown = frames[example][np.minimum(np.arange(12) // 2, 3)]
        np.testing.assert_allclose(voltage, np.cumsum(shown, axis=0), rtol=1e-6)


@pytest.mark.parametrize("neuron", [BinarySpikeInput(signed_spikes=True), PoissonInput(signed_spikes=True)])
def test_negative_spikes(neuron: Any) -> None:
    x = np.array([[2.0, -2.0, 0.0]])
    with Network() as network:
        source = Population(neuron, 3, record_spikes=True)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 3)
        Connection(source, target, OneToOne(0.5))
    with InferenceCompiler(50, engine=ENGINE, rng_seed=1).compile(network) as compiled:
        readouts, data = compiled.predict({source: x}, target, callbacks=[SpikeRecorder(source, record_counts=True)])
    sent = data[0][0]
    arrived = readouts[target][0] * 2
    # the spikes of the last step do not arrive any more
    assert np.abs(np.abs(arrived) - sent).max() <= 1
    assert np.sign(arrived).tolist() == [1, -1, 0]


def test_spikes_given_as_trains() -> None:
    spikes = [preprocess_spikes([0.0, 2.0, 1.0], [0, 0, 2], 3), preprocess_spikes([], [], 3)]
    with Network() as network:
        source = Population(SpikeInput(max_spikes=10), 3, record_spikes=True)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 3)
        Connection(source, target, OneToOne(1.0))
    with InferenceCompiler(6, batch_size=3, engine=ENGINE).compile(network) as compiled:
        readouts, data = compiled.predict({source: [*spikes, *spikes]}, target, callbacks=[SpikeRecorder(source)])
    np.testing.assert_array_equal(readouts[target], [[2, 0, 1], [0, 0, 0]] * 2)
    times, ids = data[0]
    assert times[2].tolist() == [0.0, 1.0, 2.0]
    assert ids[2].tolist() == [0, 2, 0]


def test_parameters_per_channel_are_spread_over_the_image() -> None:
    with Network() as network:
        population = Population(LeakyIntegrate(bias=[1.0, 2.0], tau_mem=np.inf, readout="var"), (2, 2, 2))
    with InferenceCompiler(1, engine=ENGINE).compile(network) as compiled:
        compiled.step_time()
        np.testing.assert_array_equal(compiled.get_readout(population)[0], np.tile([1.0, 2.0], (2, 2, 1)))


def test_a_failed_build_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, source, target = classifier()
    compiled = InferenceCompiler(2, engine=ENGINE).compile(broken)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(type(compiled.genn_model), "load", fail)
        with pytest.raises(RuntimeError, match="no memory"), compiled:
            pass
    assert predict(broken, source, target).shape == (7, 3)


def test_networks_may_be_entered_again_and_inside_one_another() -> None:
    network, source, target = classifier()
    compiled = InferenceCompiler(20, batch_size=3, engine=ENGINE).compile(network)
    answers = []
    for _ in range(2):
        with compiled as same:
            assert same is compiled
            answers.append(compiled.predict({source: X}, target, callbacks=[])[0][target])
            answers.append(predict(network, source, target))
    for other in answers[1:]:
        np.testing.assert_array_equal(other, answers[0])


def test_time_is_measured() -> None:
    network, source, target = classifier()
    with InferenceCompiler(2, engine=ENGINE).compile(network) as compiled:
        compiled.predict({source: X}, target, callbacks=[])
    assert set(compiled.stopwatch.seconds) == {"build", "input", "simulation"}


class Steps(Callback):
    """Counts timesteps and engine calls."""

    def set_params(self, data: Any, compiled_network: Any, **kwargs: Any) -> None:
        self.seen: list[int] = []
        self.key = "steps"

    def on_timestep_begin(self, timestep: int) -> None:
        self.seen.append(timestep)

    def get_data(self) -> Any:
        return self.key, self.seen


def test_one_engine_call_per_trial_unless_a_callback_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    network, source, target = classifier()
    with InferenceCompiler(4, engine=ENGINE).compile(network) as compiled:
        calls: list[int] = []
        model_class = type(compiled.genn_model)
        step_time = model_class.step_time

        def count(model: Any, num_timesteps: int = 1) -> None:
            calls.append(num_timesteps)
            step_time(model, num_timesteps)

        monkeypatch.setattr(model_class, "step_time", count)
        compiled.predict({source: X[:2]}, target, callbacks=[])
        assert calls == [4, 4]
        _, data = compiled.predict({source: X[:2]}, target, callbacks=[Steps()])
    assert calls == [4, 4] + [1] * 8
    assert data["steps"] == [0, 1, 2, 3] * 2


def test_custom_updates_run_on_request() -> None:
    network, source, target = classifier(LeakyIntegrate(readout="var"))
    with InferenceCompiler(4, engine=ENGINE).compile(network) as compiled:
        compiled.predict({source: X[:1]}, target, callbacks=[CustomUpdateOnBatchEnd("Reset", lambda batch: batch == 0)])
        compiled.neuron_populations[target].vars["V"].pull_from_device()
        assert not compiled.neuron_populations[target].vars["V"].view.any()


def test_initial_values_from_a_snippet() -> None:
    snippet = create_var_init_snippet("Ramp", params=["step"], var_init_code="value = step * id;")
    neuron = LeakyIntegrate(v=Wrapper(snippet, {"step": 0.5}), tau_mem=np.inf, readout="var")
    network, source, target = classifier(neuron)
    answers = predict(network, source, target, np.zeros((2, 6)), batch_size=1)
    np.testing.assert_array_equal(answers, [[0.0, 0.5, 1.0]] * 2)
