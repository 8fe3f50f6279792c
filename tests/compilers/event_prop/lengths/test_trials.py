"""What runs of a batch of trials of different lengths: threads, empty trials, penalties, tapes, delays, recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.compilers.event_prop.exactness.rows import ROWS, Row
from tests.compilers.event_prop.lengths.mixed import LENGTHS, Outcome, Trials
from tests.compilers.event_prop.lengths.test_identity import check

LONGEST = int(LENGTHS.max())
VARIABLE = {"variable_timesteps": True}


def row_of(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def outcome(name: str, examples: Any, timesteps: Any = None, **kwargs: Any) -> Outcome:
    trials = Trials(row_of(name), LONGEST, len(examples), **kwargs)
    with trials.compiled:
        return trials.run(examples, **({} if timesteps is None else {"timesteps": timesteps}))


def assert_same(found: Outcome, expected: Outcome) -> None:
    for name, gradient in expected.gradients.items():
        np.testing.assert_array_equal(found.gradients[name], gradient, err_msg=name)
    np.testing.assert_array_equal(found.readouts, expected.readouts)
    assert found.loss == expected.loss


@pytest.mark.parametrize(
    "name",
    [
        "first spike",
        pytest.param("recurrent with autapses", marks=pytest.mark.slow),
        pytest.param("mean square error", marks=pytest.mark.slow),
    ],
)
def test_trials_of_full_length_are_those_of_any_network(name: str) -> None:
    plain = outcome(name, range(3), precision="float")
    assert_same(outcome(name, range(3), precision="float", **VARIABLE), plain)
    assert_same(outcome(name, range(3), [LONGEST] * 3, precision="float", **VARIABLE), plain)


def test_threads_change_nothing() -> None:
    lengths = [60, 41, 23, 0, 52, 37]
    one, *more = (
        outcome("recurrent with autapses", range(6), lengths, num_threads=threads, **VARIABLE) for threads in (1, 2, 7)
    )
    for other in more:
        assert_same(other, one)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("recurrent with autapses", np.log(3.0)),  # a mean of nothing is 0, so that all classes are as probable
        pytest.param("maximum", np.log(3.0), marks=pytest.mark.slow),
        pytest.param("first spike", 0.0, marks=pytest.mark.slow),
        pytest.param("mean square error", 0.0, marks=pytest.mark.slow),
        ("crossentropy in each timestep, Var", 0.0),
    ],
)
def test_a_trial_without_timesteps_teaches_nothing(name: str, loss: float) -> None:
    one = outcome(name, [0], **VARIABLE)
    found = outcome(name, [0, 1], [LONGEST, 0], **VARIABLE)
    for key, gradient in one.gradients.items():
        np.testing.assert_array_equal(found.gradients[key], gradient / 2.0, err_msg=key)
    assert found.loss == pytest.approx((one.loss + loss) / 2.0, rel=1e-14)
    assert not found.counts[1].any()
    nothing = outcome(name, [0, 1], [0, 0], **VARIABLE)
    assert not any(gradient.any() for gradient in nothing.gradients.values())
    assert nothing.loss == pytest.approx(loss)


@pytest.mark.slow
@pytest.mark.parametrize(
    "penalties",
    [
        {"reg_lambda_upper": 1e-3, "reg_nu_upper": 1.0, "reg_lambda_lower": 1e-3},
        {"reg_lambda_global": 1e-3, "reg_nu_global": 4.0},
    ],
)
def test_penalties_are_those_of_the_spikes_of_a_trial(penalties: dict[str, float]) -> None:
    check(row_of("recurrent with autapses"), reg_per_example=True, **penalties)


@pytest.mark.slow
def test_noise_and_dropout_are_those_of_full_trials() -> None:
    perturbed = {"hidden_noise": 0.1, "hidden_dropout": 0.2, "rng_seed": 3}
    found = outcome("recurrent with autapses", range(4), LENGTHS, **perturbed, **VARIABLE)
    trials = Trials(row_of("recurrent with autapses"), 41, 4, **perturbed)
    with trials.compiled:
        shorter = trials.run(range(4))
    np.testing.assert_array_equal(found.counts[[1, 3]], shorter.counts[[1, 3]])
    assert found.counts[1].any()


def test_tapes_grow() -> None:
    found = outcome("recurrent with autapses", range(4), LENGTHS, max_spikes=1, **VARIABLE)
    assert_same(found, outcome("recurrent with autapses", range(4), LENGTHS, **VARIABLE))


def test_what_other_trials_have_left_to_remember_is_not_read() -> None:
    trials, lengths = Trials(row_of("recurrent with autapses"), LONGEST, 2, constants=True, **VARIABLE), [41, 23]
    with trials.compiled as compiled:
        expected = compiled.gradients(*trials.data([0, 1]), timesteps=lengths)
        for group in compiled.neuron_populations.values():
            for name, array in group.extra_global_params.items():
                if name.endswith("Kept"):
                    array.view[:] = np.nan
                    array.push_to_device()
        found = compiled.gradients(*trials.data([0, 1]), timesteps=lengths)
    for key, gradient in expected.items():
        np.testing.assert_array_equal(found[key], gradient)


class Delayed:
    """One input, one hidden neuron that spikes at once, and an output that hears of it after ten timesteps."""

    def __init__(self, **kwargs: Any) -> None:
        with Network(default_params) as network:
            self.source = Population(SpikeInput(), 1, name="source", record_spikes=True)
            self.hidden = Population(LeakyIntegrateFire(), 1, name="hidden", record_spikes=True)
            self.output = Population(LeakyIntegrate(readout="avg_var"), 2, name="output")
            Connection(self.source, self.hidden, Dense(30.0), Exponential(5.0))
            weights = np.array([[1.0, -1.0]])
            Connection(self.hidden, self.output, Dense(weights, delay=10), Exponential(5.0), max_delay_steps=10)
        arguments = {"batch_size": 2, "num_threads": 1, **VARIABLE, **kwargs}
        self.compiled = EventPropCompiler(30, "sparse_categorical_crossentropy", **arguments).compile(network)

    def data(self, times: Any = (0.0, 8.0, 20.0)) -> tuple[dict[Any, Any], dict[Any, Any]]:
        train = preprocess_spikes(np.array(times), np.zeros(len(times), int), 1)
        return {self.source: [train, train]}, {self.output: np.array([0, 1])}


def test_short_batches_find_no_rest_of_longer_ones() -> None:
    net, timesteps = Delayed(), [6, 4]
    with net.compiled as compiled:
        fresh = compiled.gradients(*net.data(), timesteps=timesteps)
        assert any(gradient.any() for gradient in compiled.gradients(*net.data()).values())
        again = compiled.gradients(*net.data(), timesteps=timesteps)
    for key, gradient in fresh.items():
        np.testing.assert_array_equal(again[key], gradient)
        assert not gradient.any()  # nothing arrives in these trials


def test_the_engine_runs_for_the_longest_trial_of_a_batch() -> None:
    net = Delayed()
    with net.compiled as compiled:
        compiled.predict(net.data()[0], net.output, callbacks=[], timesteps=[12, 17])
        assert compiled.genn_model.timestep == 17
        compiled.predict(net.data()[0], net.output, callbacks=[], timesteps=[2, 3])
        assert compiled.genn_model.timestep == 10  # the delay
        compiled.predict(net.data()[0], net.output, callbacks=[])
        assert compiled.genn_model.timestep == 30


@pytest.mark.parametrize("training", [False, True])
def test_recordings_end_with_trials(training: bool) -> None:
    net = Delayed(optimiser=None)
    callbacks = [SpikeRecorder(net.source, "in"), SpikeRecorder(net.hidden, "out"), VarRecorder(net.output, "v", "v")]
    x, y = net.data()
    with net.compiled as compiled:
        if training:
            _, found = compiled.train(x, y, 1, callbacks=callbacks, shuffle=False, timesteps=[9, 21])
        else:
            _, found = compiled.evaluate(x, y, callbacks=callbacks, timesteps=[9, 21])
    assert [list(times) for times in found["in"][0]] == [[0.0, 8.0], [0.0, 8.0, 20.0]]
    earlier, all_of_them = (list(times) for times in found["out"][0])
    assert [time for time in all_of_them if time < 9.0] == earlier
    assert earlier[0] == 1.0
    assert 9.0 < max(all_of_them) < 21.0
    short, long = found["v"]
    assert short.shape == long.shape == (30, 2)
    assert not short.any()  # a timestep earlier than the spike arrives
    assert long[20].any()
    np.testing.assert_array_equal(long[21:], np.tile(long[20], (9, 1)))  # V stays where the trial ends
