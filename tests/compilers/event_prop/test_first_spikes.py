"""Gradients of losses of first spikes: against closed forms in continuous time, and where spikes are missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop.loss_sources import READOUT_GRADIENTS
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, TrainingError
from ml_genn.losses import FirstSpikeCrossentropy, RelativeMeanSquareError
from ml_genn.neurons import LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.readouts import FirstSpikeTime
from ml_genn.readouts.max_var import LOWEST
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

TAU_MEM, TAU_SYN, DT, TRIAL = 20.0, 5.0, 0.01, 30.0
INPUT_TIMES = np.array([1.0, 4.0, 6.0, 7.0])
RNG = np.random.default_rng(11)
W_HIDDEN = RNG.uniform(1.6, 2.4, (4, 5))
"""Every hidden neuron spikes once."""
W_OUTPUT = RNG.uniform(1.5, 2.2, (5, 3))
W_DIRECT = RNG.uniform(1.8, 2.6, (4, 3))
LOSSES = [
    FirstSpikeCrossentropy(2.0, 0.5),
    FirstSpikeCrossentropy(3.0, 0.3, 6.4),
    RelativeMeanSquareError(1.5),
]


def kernel(t: Any) -> np.ndarray:
    """Voltage at time t of an arrival of weight 1 at time 0."""
    t = np.maximum(t, 0.0)
    return np.asarray(TAU_SYN / (TAU_MEM - TAU_SYN) * (np.exp(-t / TAU_MEM) - np.exp(-t / TAU_SYN)))


def first_spikes(times: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """When neurons first reach 1 if spikes at `times` arrive one timestep later."""

    def crossing(w: np.ndarray) -> float:
        def voltage(t: float) -> float:
            return float(w @ kernel(t - times - DT) - 1.0)

        grid = np.arange(0.0, TRIAL, 0.05)
        above = next(index for index, t in enumerate(grid) if voltage(t) > 0.0)
        return float(brentq(voltage, grid[above - 1], grid[above], xtol=1e-13))

    return np.array([crossing(w) for w in weights.T])


def differences(loss_of: Any, weights: np.ndarray) -> np.ndarray:
    found = np.zeros_like(weights)
    for place in np.ndindex(*weights.shape):
        step = np.zeros_like(weights)
        step[place] = 1e-5
        found[place] = (loss_of(weights + step) - loss_of(weights - step)) / 2e-5
    return found


def build(*weights: np.ndarray, readout: Any = "first_spike_time", timesteps: int = 3000, **kwargs: Any) -> Any:
    """A compiled chain of layers, its input, output and connections."""
    with Network(default_params) as network:
        populations = [Population(SpikeInput(), 4)]
        for k, matrix in enumerate(weights):
            last = k == len(weights) - 1
            neuron = LeakyIntegrateFire(relative_reset=True, readout=readout if last else None)
            populations.append(Population(neuron, matrix.shape[1], name=f"layer{k}"))
        connections = [
            Connection(populations[k], populations[k + 1], Dense(matrix), Exponential(TAU_SYN))
            for k, matrix in enumerate(weights)
        ]
    arguments = {"dt": DT, "precision": "double", "num_threads": 1, **kwargs}
    return EventPropCompiler(timesteps, **arguments).compile(network), populations[0], populations[-1], connections


def spikes(times: np.ndarray = INPUT_TIMES) -> Any:
    return preprocess_spikes(times, np.arange(len(times)), 4)


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    """Equal up to an error in proportion to DT: times of spikes are rounded up to the next hundredth of a ms."""
    assert np.linalg.norm(actual - expected) <= 0.02 * np.linalg.norm(expected)
    assert expected.any()


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_of_weights_to_outputs(loss: Any) -> None:
    compiled, source, output, (connection,) = build(W_DIRECT, losses=loss)
    with compiled:
        found = compiled.gradients({source: [spikes()]}, {output: [1]})[connection]
    bound = loss.for_trial(TRIAL)
    close(found, differences(lambda w: bound.value([1], -first_spikes(INPUT_TIMES, w)[np.newaxis]), W_DIRECT))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("label", [0, 2])
def test_gradient_through_hidden_spikes(loss: Any, label: int) -> None:
    compiled, source, output, connections = build(W_HIDDEN, W_OUTPUT, losses=loss)
    with compiled:
        found = compiled.gradients({source: [spikes()]}, {output: [label]})
    bound = loss.for_trial(TRIAL)

    def value(hidden: np.ndarray, outputs: np.ndarray) -> float:
        return float(bound.value([label], -first_spikes(first_spikes(INPUT_TIMES, hidden), outputs)[np.newaxis]))

    close(found[connections[1]], differences(lambda w: value(W_HIDDEN, w), W_OUTPUT))
    close(found[connections[0]], differences(lambda w: value(w, W_OUTPUT), W_HIDDEN))


def test_later_spikes_and_spikes_outside_of_the_window_do_not_count() -> None:
    """Weights so strong that outputs spike again; a window after the first spikes makes the second ones count."""
    strong = 4.0 * W_DIRECT
    loss = FirstSpikeCrossentropy(2.0, 0.5)
    compiled, source, output, (connection,) = build(strong, losses=loss)
    with compiled:
        first = compiled.gradients({source: [spikes()]}, {output: [1]})[connection]
        readouts, _ = compiled.predict({source: [spikes()]}, output, callbacks=[])
    expected = differences(
        lambda w: loss.for_trial(TRIAL).value([1], -first_spikes(INPUT_TIMES, w)[np.newaxis]), strong
    )
    close(first, expected)
    begin = float(-readouts[output].min()) + 0.5
    windowed, source, output, (connection,) = build(strong, losses=loss, readout=FirstSpikeTime(begin))
    with windowed:
        later = windowed.gradients({source: [spikes()]}, {output: [1]})[connection]
    assert np.linalg.norm(later - first) > 0.1 * np.linalg.norm(first)


# What the compiler makes of earlier arguments


def test_crossentropy_of_labels_is_that_of_first_spikes() -> None:
    given: dict[str, Any] = {"losses": "sparse_categorical_crossentropy", "softmax_temperature": 2.0, "ttfs_alpha": 0.5}
    both = []
    for arguments in (given, {"losses": FirstSpikeCrossentropy(2.0, 0.5)}):
        compiled, source, output, (connection,) = build(W_DIRECT, dt=0.1, timesteps=300, **arguments)
        with compiled:
            both.append(compiled.gradients({source: [spikes()]}, {output: [1]})[connection])
    np.testing.assert_array_equal(*both)


def test_arguments_of_first_spikes_need_first_spikes() -> None:
    with pytest.raises(
        DescriptionError, match=r"softmax_temperature and ttfs_alpha are for Sparse.* give FirstSpikeCr"
    ):
        build(W_DIRECT, losses=FirstSpikeCrossentropy(), ttfs_alpha=0.1)


# Missing spikes


def silent(loss: Any, label: int = 1, **kwargs: Any) -> Any:
    """A network whose second output never reaches the threshold."""
    weights = W_DIRECT.copy()
    weights[:, 1] *= 0.2
    return build(weights, losses=loss, **kwargs)


@pytest.mark.parametrize("loss", LOSSES)
def test_missing_labels_learn_from_a_phantom_spike(loss: Any) -> None:
    """LambdaV = -slope tau_mem as the trial ends, which an arrival at s meets as -slope tau_mem k(T - s)."""
    compiled, source, output, (connection,) = silent(loss)
    with compiled:
        found = compiled.gradients({source: [spikes()]}, {output: [1]})[connection]
        readouts, _ = compiled.predict({source: [spikes()]}, output, callbacks=[])
    labels, times, spiked = loss.for_trial(TRIAL).times([1], readouts[output])
    assert not spiked[0, 1]
    assert times[0, 1] == TRIAL
    slope = loss.for_trial(TRIAL).phantom_slope(labels, times)[0]
    close(found[:, 1], -slope * TAU_MEM * kernel(TRIAL - INPUT_TIMES - DT))
    assert slope > 0.0


def test_policies_for_missing_labels() -> None:
    found = {}
    for name, policy in (("bump", {}), ("thrice", {"bump": 3.0}), ("none", {"missing_label": "none"})):
        compiled, source, output, (connection,) = silent(FirstSpikeCrossentropy(**policy))
        with compiled:
            found[name] = compiled.gradients({source: [spikes()]}, {output: [1]})[connection]
    np.testing.assert_array_equal(found["bump"][:, [0, 2]], found["none"][:, [0, 2]])
    assert not found["none"][:, 1].any()
    assert (found["bump"][:, 1] < 0.0).all()
    np.testing.assert_allclose(found["thrice"][:, 1], 3.0 * found["bump"][:, 1], rtol=1e-12)
    compiled, source, output, _ = silent(RelativeMeanSquareError(1.0, missing_label="error"))
    with compiled, pytest.raises(TrainingError, match=r"output neuron 1, the label of example 0 of the batch, did not"):
        compiled.gradients({source: [spikes()]}, {output: [1]})


def test_silent_neurons_of_other_classes_learn_nothing() -> None:
    compiled, source, output, (connection,) = silent(FirstSpikeCrossentropy())
    with compiled:
        found = compiled.gradients({source: [spikes()]}, {output: [0]})[connection]
    assert not found[:, 1].any()
    assert found[:, 0].all()


def test_lost_label_spikes_are_counted_and_come_back() -> None:
    compiled, source, output, _ = silent(
        FirstSpikeCrossentropy(0.5, 3e-3, 6.4), batch_size=4, dt=0.1, timesteps=300, optimiser=Adam(0.03)
    )
    with compiled:
        x = {source: [spikes(INPUT_TIMES + shift) for shift in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)]}
        compiled.train(x, {output: np.ones(6, np.int16)}, 40, callbacks=[])
    counts = [epoch.lost_label_spikes[output] for epoch in compiled.history]
    assert counts[0] == 6
    assert counts[-1] == 0


# Derivatives of the losses themselves


@pytest.mark.parametrize("loss", LOSSES)
def test_derivatives_with_respect_to_the_times(loss: Any) -> None:
    times = RNG.uniform(1.0, 29.0, (4, 6)).reshape(4, 2, 3)
    labels = np.array([0, 5, 3, 3], np.uint16)
    bound = loss.for_trial(TRIAL)
    found = READOUT_GRADIENTS.find("", bound)(bound, labels, -times)
    assert found.shape == times.shape
    np.testing.assert_allclose(found, -differences(lambda t: bound.value(labels, -t), times), rtol=1e-6, atol=1e-8)


def test_classes_beyond_a_byte_and_times_far_apart() -> None:
    loss = FirstSpikeCrossentropy(1e-3, 0.0).for_trial(1000.0)
    z = np.full((2, 400), LOWEST)
    z[:, 300] = -1.0
    assert loss.value([300, 7], z) == pytest.approx(0.5 * 999.0 / 1e-3)
    found = READOUT_GRADIENTS.find("", loss)(loss, [300, 7], z)
    assert np.isfinite(found).all()
    assert found[0, 300] == 0.0
    assert found[1, 300] == pytest.approx(0.5 / 1e-3)
