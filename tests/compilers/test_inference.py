"""InferenceCompiler: exact trials, batches, several inputs and outputs, callbacks, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, CustomUpdateOnBatchEnd, SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.compilers.delays import longest_delay
from ml_genn.connectivity import Dense, FixedProbability, OneToOne, Sparse
from ml_genn.engines.embedded import create_var_init_snippet
from ml_genn.engines.select import get_engine
from ml_genn.errors import DataError, DescriptionError, UnsupportedError
from ml_genn.initializers import Uniform, Wrapper
from ml_genn.metrics import MeanSquareError
from ml_genn.neurons import (
    BinarySpikeInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    PoissonInput,
    SpikeInput,
)
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

ENGINE = "reference"
WEIGHTS = np.random.default_rng(1).normal(size=(6, 3))
X = np.random.default_rng(2).uniform(size=(7, 6))
Y = np.array([0, 1, 2, 0, 1, 2, 0])


def classifier(neuron: Any = None, source_neuron: Any = None, synapse: Any = "delta") -> Any:
    with Network() as network:
        source = Population(source_neuron or IntegrateFireInput(), 6, record_spikes=True, name="in")
        target = Population(neuron or IntegrateFire(readout="spike_count"), name="out", record_spikes=True)
        Connection(source, target, Dense(WEIGHTS), synapse)
    return network, source, target


def predict(network: Network, source: Any, target: Any, x: Any = X, **kwargs: Any) -> np.ndarray:
    arguments = {"batch_size": 3, "engine": ENGINE, **kwargs}
    with InferenceCompiler(20, **arguments).compile(network) as compiled:
        readouts, _ = compiled.predict({source: x}, target, callbacks=[])
    return readouts[target]


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


def two_ways() -> Any:
    with Network() as network:
        sources = [Population(IntegrateFireInput(), 6, name=name) for name in ("a", "b")]
        targets = [Population(LeakyIntegrate(readout="var", tau_mem=np.inf), 6, name=name) for name in ("c", "d")]
        for source, target, weight in zip(sources, targets, (1.0, 2.0), strict=True):
            Connection(source, target, OneToOne(weight))
    return network, sources, targets


def test_several_inputs_and_outputs() -> None:
    network, (a, b), (c, d) = two_ways()
    zeros = np.zeros_like(X)
    batches = [((X[i : i + 3], zeros[i : i + 3]), (Y[i : i + 3], Y[i : i + 3])) for i in (0, 3, 6)]
    with InferenceCompiler(20, batch_size=3, engine=ENGINE).compile(network) as compiled:
        readouts, _ = compiled.predict({a: X, b: zeros}, [c, d], callbacks=[])
        metrics, _ = compiled.evaluate({a: X, b: zeros}, {c: Y, d: Y}, callbacks=[])
        by_batch, _ = compiled.evaluate_batch_iter([a, b], [c, d], batches, callbacks=[])
        by_name, _ = compiled.evaluate_batch_iter(
            a, (c, d), ((x[0], {c: y[0], d: y[1]}) for x, y in batches), num_batches=2, callbacks=[]
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
        source = Population(LeakyIntegrateFireInputFrames(), 6)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), 6)
        Connection(source, target, OneToOne(1.0))
    compiler = InferenceCompiler(12, dt=0.1, batch_size=3, engine=ENGINE)
    with compiler.compile(network) as compiled:
        recorder = VarRecorder(source, "v", key="v")
        _, data = compiled.predict({source: frames}, target, callbacks=[recorder])
    for example, voltage in enumerate(data["v"]):
        shown = frames[example][np.minimum(np.arange(12) // 2, 3)]
        np.testing.assert_allclose(voltage, np.cumsum(shown, axis=0), rtol=1e-6)


def LeakyIntegrateFireInputFrames() -> Any:
    """An input neuron that only integrates, four frames of two timesteps."""
    return IntegrateFireInput(v_thresh=np.inf, input_frames=4, input_frame_timesteps=2)


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


# What is refused


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((7, 5)), r"Input shape \(3, 5\) does not match population shape \(6,\)"),
        (np.ones((7, 2, 6)), r"Input shape \(3, 2, 6\) .* for input that varies in time give the neuron input_frames"),
        (np.full((7, 6), np.nan), "in: 7 inputs hold NaN or infinity, the first is number 0"),
        (np.zeros((0, 6)), "there are no inputs: the data are empty"),
        (np.array([["a"] * 6]), "input must be an array of real numbers, got dtype <U1"),
    ],
)
def test_bad_input(x: Any, message: str) -> None:
    network, source, target = classifier()
    with pytest.raises(DataError, match=message):
        predict(network, source, target, x)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        ([preprocess_spikes([0.0] * 5, [0] * 5, 6)], "the batch has 5 spikes, SpikeInput has room for 4; raise max_sp"),
        ([preprocess_spikes([0.0], [0], 5)], "example 0 has spikes of 5 neurons, the population has 6"),
        ([[1, 2]], "example 0: SpikeInput takes PreprocessedSpikes objects, as preprocess_spikes makes them"),
    ],
)
def test_bad_spikes(spikes: Any, message: str) -> None:
    network, source, target = classifier(source_neuron=SpikeInput(max_spikes=4))
    with pytest.raises(DataError, match=message):
        predict(network, source, target, spikes)


def test_more_spike_examples_than_fit_into_a_batch() -> None:
    network, source, _ = classifier(source_neuron=SpikeInput(max_spikes=4))
    with (
        InferenceCompiler(20, batch_size=2, engine=ENGINE).compile(network) as compiled,
        pytest.raises(DataError, match="3 examples of spikes do not match batch size 2"),
    ):
        compiled.set_input({source: [preprocess_spikes([0.0], [0], 6)] * 3})


def test_an_engine_without_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = get_engine(ENGINE)
    single = replace(engine, capabilities=replace(engine.capabilities, batches=False))
    monkeypatch.setattr("ml_genn.compilers.compiler.get_engine", lambda name: single)
    with pytest.raises(UnsupportedError, match="the engine 'reference' runs one example at a time here; use batch_siz"):
        predict(*classifier())


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.ones((1, 3, 6)), r"Input shape \(1, 3, 6\) does not match timesteps 4"),
        (np.ones((1, 6)), r"does not match population shape \(6,\); expected \(examples, 4 frames\) \+ population"),
        (np.ones((2, 4, 6)), r"Input shape \(2, 4, 6\) does not match batch size 1"),
    ],
)
def test_bad_frames(frames: Any, message: str) -> None:
    network, source, _ = classifier(source_neuron=LeakyIntegrateFireInputFrames())
    with InferenceCompiler(4, engine=ENGINE).compile(network) as compiled, pytest.raises(DataError, match=message):
        compiled.set_input({source: frames})


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:5], "Number of inputs and labels must match, got 7 and 5"),
        (Y + 1, "label 3 is out of range: the output has 3 classes, counted from 0"),
        (Y - 1, "label -1 is out of range"),
        (Y + 0.5, "labels must be whole numbers, one per example, got dtype float64"),
        (np.eye(7), "labels must be whole numbers, one per example"),
        (np.array([]), "there are no labels: the data are empty"),
    ],
)
def test_bad_labels(y: Any, message: str) -> None:
    network, source, target = classifier()
    with (
        InferenceCompiler(2, batch_size=7, engine=ENGINE).compile(network) as compiled,
        pytest.raises(DataError, match=message),
    ):
        compiled.evaluate({source: X}, {target: y}, callbacks=[])


def test_inputs_of_different_length() -> None:
    network, (a, b), (c, _) = two_ways()
    with InferenceCompiler(2, engine=ENGINE).compile(network) as compiled:
        with pytest.raises(
            DataError, match="Each input population must be provided with same number of inputs, got a: "
        ):
            compiled.predict({a: X, b: X[:3]}, c, callbacks=[])
        with pytest.raises(DataError, match="no inputs given; pass a dictionary of population: inputs"):
            compiled.predict({}, c, callbacks=[])
        with pytest.raises(DataError, match="a batch must hold a sequence of inputs for 2 populations"):
            compiled.evaluate_batch_iter([a, b], c, [(X, Y)], callbacks=[])
        with pytest.raises(DataError, match="the batch holds 7 examples, the network runs 1 at a time"):
            compiled.evaluate_batch({a: X, b: X}, {c: Y})


def test_a_population_that_takes_no_input() -> None:
    network, _, target = classifier()
    with InferenceCompiler(2, engine=ENGINE).compile(network) as compiled:
        with pytest.raises(DescriptionError, match="out takes no input: IntegrateFire is no input neuron"):
            compiled.set_input({target: X})
        with pytest.raises(DescriptionError, match="Pop is not a population of this compiled network"):
            compiled.get_readout(Population(IntegrateFire(readout="var"), 2, add_to_model=False))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"evaluate_timesteps": 0}, "InferenceCompiler.evaluate_timesteps must be a whole number at least 1, got 0"),
        ({"evaluate_timesteps": 2, "dt": 0}, "InferenceCompiler.dt must be a finite number above 0 ms, got 0"),
        ({"evaluate_timesteps": 2, "batch_size": 0}, "InferenceCompiler.batch_size must be a whole number at least 1"),
        ({"evaluate_timesteps": 2, "engine": "gpu"}, "InferenceCompiler.engine must be one of .*'pygenn', got 'gpu'"),
        ({"evaluate_timesteps": 2, "batchsize": 2}, "no argument 'batchsize'; did you mean batch_size"),
        ({"evaluate_timesteps": 2, "precision": "half"}, "precision must be one of 'float', 'double', got 'half'"),
        (
            {"evaluate_timesteps": 2, "zzz": 1},
            "InferenceCompiler has no argument 'zzz'; it takes evaluate_timesteps, dt",
        ),
    ],
)
def test_bad_compiler_argument(arguments: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        InferenceCompiler(**arguments)


def test_unknown_compile_argument() -> None:
    network, _, target = classifier()
    with pytest.raises(DescriptionError, match="pre_compile has no argument 'outputs'"):
        InferenceCompiler(2, engine=ENGINE).compile(network, outputs=target)


def test_incomplete_networks() -> None:
    compiler = InferenceCompiler(2, engine=ENGINE)
    with Network() as network, pytest.raises(DescriptionError, match="the network is empty; create populations inside"):
        compiler.compile(network)
    with network:
        Population("integrate_fire", name="p")
    with pytest.raises(
        DescriptionError, match="All populations need to have a shape before compiling network; p has n"
    ):
        compiler.compile(network)


def test_parameter_array_of_wrong_shape() -> None:
    with Network() as network:
        Population(IntegrateFire(v_thresh=[1.0, 2.0]), 3, name="p")
    with pytest.raises(
        DescriptionError, match=r"p: the values of Vthresh have shape \(2,\), the population has shape \(3"
    ):
        InferenceCompiler(2, engine=ENGINE).compile(network)


def test_parameters_per_channel_are_spread_over_the_image() -> None:
    with Network() as network:
        population = Population(LeakyIntegrate(bias=[1.0, 2.0], tau_mem=np.inf, readout="var"), (2, 2, 2))
    with InferenceCompiler(1, engine=ENGINE).compile(network) as compiled:
        compiled.step_time()
        np.testing.assert_array_equal(compiled.get_readout(population)[0], np.tile([1.0, 2.0], (2, 2, 1)))


def test_delay_too_long() -> None:
    with Network() as network:
        population = Population("integrate_fire", 3, name="p")
        Connection(population, population, Dense(1.0, delay=70000))
    with pytest.raises(UnsupportedError, match="p->p: delays above 65535 timesteps are not supported"):
        InferenceCompiler(2, engine=ENGINE).compile(network)


def test_few_spike_neurons_need_their_own_compiler() -> None:
    with Network() as network:
        Population("few_spike_relu", 3, name="p")
    with pytest.raises(UnsupportedError, match="p: FewSpikeRelu neurons need the FewSpikeCompiler"):
        InferenceCompiler(2, engine=ENGINE).compile(network)


# Life cycle


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


def test_initial_values_from_a_snippet() -> None:
    snippet = create_var_init_snippet("Ramp", params=["step"], var_init_code="value = step * id;")
    neuron = LeakyIntegrate(v=Wrapper(snippet, {"step": 0.5}), tau_mem=np.inf, readout="var")
    network, source, target = classifier(neuron)
    answers = predict(network, source, target, np.zeros((2, 6)), batch_size=1)
    np.testing.assert_array_equal(answers, [[0.0, 0.5, 1.0]] * 2)
