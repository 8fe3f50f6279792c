"""Noise and dropout: what they do to spikes, that only training meets them, and that the backward phase follows."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.data.spikes import preprocess_spikes
from ml_genn.errors import DescriptionError
from ml_genn.neurons import BernoulliInput, IntegrateFireInput, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD
from ml_genn.runtime.perturbations import Perturbations
from ml_genn.synapses import Exponential
from tests.compilers.event_prop.test_training import CLASSES, compiled, layers, trials, weights_of

ALL = {"hidden_noise": 0.05, "hidden_dropout": 0.3, "input_dropout": 0.2}


def recorded(network: Any, source: Any, recorders: list[Any], count: int = 8, **kwargs: Any) -> Any:
    """What recorders see of examples that are presented for training, with weights that stay."""
    x, y = trials(count)
    with compiled(network, optimiser=SGD(0.0), **kwargs) as trained:
        return trained.train({source: x}, {network.layers[2]: y}, 1, shuffle=False, callbacks=recorders)[1]


def counts(network: Any, source: Any, layer: Any, **kwargs: Any) -> np.ndarray:
    layer.population().record_spikes = True
    return np.array(recorded(network, source, [SpikeRecorder(layer, "n", record_counts=True)], **kwargs)["n"])


def test_which_spikes_are_dropped_is_a_matter_of_seed_example_and_population() -> None:
    """As in earlier versions, whose recorded results stay: a Philox generator for each example, in any order."""
    with Network():
        source = Population(SpikeInput(), 4, name="pixels")
    perturbations = Perturbations([], {source: 0.5}, seed=7)
    example = preprocess_spikes(np.arange(40.0), np.arange(40) % 4, 4)
    for number in (3, 12, 3):
        left = perturbations.thinned({source: [example, example]}, number)[source]
        for place, found in enumerate(left):
            counter = (0, 0, number + place, zlib.crc32(b"pixels"))
            kept = np.random.Generator(np.random.Philox(key=7, counter=counter)).random(40) >= 0.5
            np.testing.assert_array_equal(found.spike_times, example.spike_times[kept])
            assert found.end_spikes[-1] == kept.sum()


def test_input_dropout_drops_its_share_of_spikes() -> None:
    network, source, _, _ = layers()
    whole, left = (counts(network, source, source, count=80, input_dropout=share) for share in (0.0, 0.25))
    assert whole.sum() == 80 * 12
    assert (left <= whole).all()
    assert abs(left.sum() / whole.sum() - 0.75) < 4 * np.sqrt(0.25 * 0.75 / 960)  # four standard deviations


@pytest.mark.parametrize(("neuron", "value"), [(BernoulliInput(), 0.5), (IntegrateFireInput(), 0.5)])
def test_dropout_of_inputs_that_make_spikes(neuron: Any, value: float) -> None:
    with Network(default_params) as network:
        source = Population(neuron, 50, record_spikes=True)
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        Connection(source, output, Dense(0.1), Exponential(5.0))
    x, y = np.full((8, 50), value), np.zeros(8, int)
    found = []
    for share in (0.0, 0.5):
        with compiled(network, optimiser=SGD(0.0), input_dropout=share) as trained:
            recorder = SpikeRecorder(source, "n", record_counts=True)
            found.append(np.sum(trained.train({source: x}, {output: y}, 1, callbacks=[recorder])[1]["n"]))
    if isinstance(neuron, BernoulliInput):
        assert abs(found[1] / found[0] - 0.5) < 0.05  # of about 6,000 spikes, a standard deviation is 0.01
    else:  # V stays above the threshold for ever once a crossing was ignored: 1, 2, 3 ... spikes with 1/4, 1/8 ...
        assert 0.5 < found[1] / 400 < 1.5  # mean 1 of 400 neurons, a standard deviation is 0.07


def test_a_crossing_that_is_ignored_lasts_until_the_voltage_has_been_below() -> None:
    network, source, hidden, _ = layers()
    recorders = [VarRecorder(hidden, "v", "v")]
    v = np.array(recorded(network, source, recorders, hidden_dropout=1.0 - 1e-12)["v"])
    above = v >= 1.0
    assert above.sum(axis=1).max() > 10  # no reset, in any of these timesteps
    assert counts(network, source, hidden, hidden_dropout=1.0 - 1e-12).sum() == 0


def test_hidden_dropout_leaves_spikes_out() -> None:
    network, source, hidden, _ = layers()
    whole, left = (counts(network, source, hidden, hidden_dropout=share).sum() for share in (0.0, 0.3))
    assert 0.2 * whole < left < 0.95 * whole


@pytest.mark.parametrize("dt", [1.0, 0.25])
def test_noise_has_the_variance_of_its_equation(dt: float) -> None:
    """V <- alpha V + A sqrt(dt) N(0, 1): variance A^2 dt (1 - alpha^2n) / (1 - alpha^2) after n timesteps."""
    strength, tau, steps = 0.2, 10.0, 40
    with Network(default_params) as network:
        source = Population(SpikeInput(), 12)
        hidden = Population(LeakyIntegrateFire(v_thresh=1e6, tau_mem=tau), 500, name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        Connection(source, hidden, Dense(0.0), Exponential(5.0))
        Connection(hidden, output, Dense(0.0), Exponential(5.0))
    x, y = trials(8)
    compiler = EventPropCompiler(
        steps, "sparse_categorical_crossentropy", batch_size=8, rng_seed=5, dt=dt, hidden_noise={hidden: strength}
    )
    with compiler.compile(network) as trained:
        v = trained.train({source: x}, {output: y}, 1, callbacks=[VarRecorder(hidden, "v", "v")])[1]["v"]
    left = np.exp(-2.0 * dt / tau)
    expected = strength**2 * dt * (1.0 - left**steps) / (1.0 - left)
    assert np.array(v)[:, -1].var() == pytest.approx(expected, rel=0.1)  # of 4000 numbers: four standard deviations


@pytest.mark.slow
def test_only_training_is_perturbed() -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    readouts = []
    for kwargs in ({}, ALL):
        with compiled(network, optimiser=SGD(0.0), **kwargs) as trained:
            found = [trained.predict({source: x}, output, callbacks=[])[0][output]]
            arguments: Any = {"callbacks": [], "validation_callbacks": [], "validation_x": {source: x}}
            trained.train({source: x}, {output: y}, 2, validation_y={output: y}, **arguments)
            found.append(trained.predict({source: x}, output, callbacks=[])[0][output])
            readouts.append(found)
            losses = [epoch.loss[output] for epoch in trained.history]
            tested = {epoch.validation_loss[output] for epoch in trained.history}
    for found in readouts:
        np.testing.assert_array_equal(found[0], readouts[0][0])
        np.testing.assert_array_equal(found[1], readouts[0][0])
    assert len(set(losses)) == 2  # other noise in each epoch
    assert len(tested) == 1


def trained_weights(num_threads: int = 1, batch_size: int = 8, **kwargs: Any) -> bytes:
    network, source, hidden, output = layers()
    x, y = trials(16)
    with compiled(network, num_threads=num_threads, batch_size=batch_size, **ALL, **kwargs) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[])
        return weights_of(trained, hidden).tobytes()


def test_seeds_decide_and_threads_do_not() -> None:
    expected = trained_weights()
    for threads in (2, 7):
        assert trained_weights(num_threads=threads) == expected
    assert trained_weights(rng_seed=6) != expected


@pytest.mark.slow
def test_an_example_meets_the_same_whatever_the_batch() -> None:
    network, source, hidden, _ = layers()
    found = [counts(network, source, hidden, batch_size=size, **ALL) for size in (8, 3)]
    np.testing.assert_array_equal(found[0], found[1])


def test_gradients_are_those_of_the_trial_that_ran() -> None:
    """Output weights change no hidden spike, so that finite differences with the same random numbers are exact."""
    network, source, _, output = layers()
    weights = np.random.default_rng(3).normal(0.0, 0.5, (20, CLASSES))
    x, y = trials(8)

    def loss(changed: np.ndarray) -> float:
        output.connection().connectivity.weight = changed
        with compiled(network, optimiser=SGD(0.0), precision="double", **ALL) as trained:
            trained.train({source: x}, {output: y}, 1, shuffle=False, callbacks=[])
            return float(trained.history[0].loss[output])

    output.connection().connectivity.weight = weights
    with compiled(network, precision="double", **ALL) as trained:
        gradient = trained.gradients({source: x}, {output: y})[output.connection()]
    for place in [(0, 0), (7, 1), (19, 2)]:
        step = np.zeros_like(weights)
        step[place] = 1e-5
        expected = (loss(weights + step) - loss(weights - step)) / 2e-5
        assert gradient[place] == pytest.approx(expected, rel=1e-6, abs=1e-9)  # rounding of a loss of 1 over the step


def test_slopes_that_are_clamped_are_counted() -> None:
    network, source, hidden, output = layers()
    x, y = trials(8)
    found = []
    for slope in (1e-6, {hidden: 1e3}, {hidden: 0.05}):
        with compiled(network, min_slope=slope) as trained:
            trained.gradients({source: x}, {output: y})
            group = trained.neuron_populations[hidden]
            found.append(int(group.vars["ClampedSlopes"].view.sum()))
            trained.predict({source: x}, output, callbacks=[])
            spikes = int(group.vars["TapeSpikes"].view.sum())
    assert found[0] == 0
    assert found[1] == spikes
    assert 0 < found[2] < spikes


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_dropout": 1.0}, "hidden_dropout must be a finite number of at least 0 and below 1, or a dictionary"),
        ({"hidden_noise": float("nan")}, "hidden_noise must be a finite number of at least 0, or a dictionary"),
        ({"input_dropout": -0.1}, "input_dropout must be a finite number of at least 0 and below 1"),
        ({"min_slope": 0.0}, "min_slope must be above 0 /ms: where V just touches the threshold"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        compiled(layers()[0], **arguments)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hidden_noise", "hidden_noise: .* is no hidden population; hidden ones are hidden"),
        ("input_dropout", "input_dropout: hidden is no input population; input ones are"),
        ("min_slope", "min_slope: .* is no spiking population; spiking ones are hidden"),
    ],
)
def test_populations_of_another_kind(name: str, message: str) -> None:
    network, source, hidden, _ = layers()
    with pytest.raises(DescriptionError, match=message):
        compiled(network, **{name: {hidden if name == "input_dropout" else source: 0.1}})
