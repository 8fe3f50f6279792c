"""What the InferenceCompiler and its networks refuse: data, labels, arguments, networks that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.engines.select import get_engine
from ml_genn.errors import DataError, DescriptionError, UnsupportedError
from ml_genn.neurons import IntegrateFire, SpikeInput
from ml_genn.utils.data import preprocess_spikes

from .classifiers import ENGINE, X, Y, classifier, integrating_frames, predict, two_ways


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
    network, source, _ = classifier(source_neuron=integrating_frames())
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


def test_few_spike_neurons_need_their_own_compiler() -> None:
    with Network() as network:
        Population("few_spike_relu", 3, name="p")
    with pytest.raises(UnsupportedError, match="p: FewSpikeRelu neurons need the FewSpikeCompiler"):
        InferenceCompiler(2, engine=ENGINE).compile(network)
