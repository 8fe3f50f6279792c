"""EventProp's gradients: against the exact reference, against finite differences, and at the edges of trials."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.readouts import (
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    MaxVar,
    SumVar,
)
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.compilers.event_prop.networks import Arrivals, Described, Net, spikes, variants
from tests.references.exact import forward

LABELS = [1, 0, 2, 1]
STEEP = 0.05  # [1/ms]; where a voltage touches the threshold less steeply, errors of the grid weigh any amount


def drawn(seed: int, num_spikes: int = 20) -> Arrivals:
    """Arrivals at whole milliseconds, which lie on every grid used here, some of them at the same time."""
    rng = np.random.default_rng(seed)
    return [
        (float(t), int(who))
        for t, who in zip(rng.integers(1, 35, num_spikes), rng.integers(0, 6, num_spikes), strict=True)
    ]


def steep_trials(net: Net, count: int) -> list[Arrivals]:
    """The first trials in which all thresholds are crossed steeply."""
    found: list[Arrivals] = []
    seed = 0
    while len(found) < count:
        seed += 1
        if min(forward(net.exact(), drawn(seed)).slopes) >= STEEP:
            found.append(drawn(seed))
    return found


def exact(net: Net, trials: list[Arrivals], dt: float) -> dict[str, np.ndarray]:
    """The reference's derivatives of the mean loss; on the grid, input arrives one timestep after it was sent."""
    parts = [
        net.gradients([(time + dt, who) for time, who in trial], label, dt)
        for trial, label in zip(trials, LABELS[: len(trials)], strict=True)
    ]
    return {name: np.mean([part[name] for part in parts], axis=0) for name in parts[0]}


def flat(gradients: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([gradients[name].ravel() for name in ("w_in", "w_rec", "w_out")])


def on_grid(net: Net, trials: list[Arrivals], dt: float, **kwargs: Any) -> np.ndarray:
    described = Described(net, relative_reset=kwargs.pop("relative_reset", False))
    x = [spikes(trial, 6) for trial in trials]
    return flat(described.gradients(round(net.duration / dt), x, LABELS[: len(x)], dt=dt, **kwargs))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize("relative_reset", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("name", "readout"),
    [
        ("feed-forward", "avg"),
        ("recurrent with autapses", "avg"),
        ("recurrent with autapses", "max"),
        ("recurrent with autapses", "sum"),
        ("two currents", "avg_exp"),
        ("equal time constants", "avg"),
        ("reset above zero", "avg"),
        ("a tau_mem for each neuron", "avg"),
    ],
)
def test_gradient_at_a_fine_grid_is_the_exact_one(name: str, readout: str, relative_reset: bool) -> None:
    dt = 0.01
    net = replace(variants()[name], readout=readout)
    if readout in ("max", "sum"):  # smooth maxima; a sum over 5,000 steps of moderate size
        net = replace(net, w_out=np.abs(net.w_out) * (dt if readout == "sum" else 1.0))
    trials = steep_trials(net, 4)
    expected = flat(exact(net, trials, dt))
    actual = on_grid(net, trials, dt, relative_reset=relative_reset)
    assert cosine(actual, expected) >= 0.999
    assert np.linalg.norm(actual - expected) <= 0.05 * np.linalg.norm(expected)  # cosine 0.999 is an error of 0.045


@pytest.mark.parametrize("relative_reset", [False, True])
def test_error_is_proportional_to_the_timestep(relative_reset: bool) -> None:
    net = variants()["recurrent with autapses"]
    trials = steep_trials(net, 4)
    steps = np.array([0.16, 0.08, 0.04, 0.02])
    errors = []
    for dt in steps:
        trial_net = replace(net, duration=round(net.duration / dt) * dt)
        expected = flat(exact(trial_net, trials, dt))
        errors.append(np.linalg.norm(on_grid(trial_net, trials, dt, relative_reset=relative_reset) - expected))
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert 0.7 <= order <= 1.5, errors  # where between two grid points a threshold is crossed is as good as random


WHOLE = [
    AvgVar(),
    SumVar(),
    AvgVarExpWeight(),
    AvgVarLinWeight(),
    AvgVarSigmoidWeight(),
    AvgVarInputWeight(8.0),
    MaxVar(),
]
WINDOWS = [
    AvgVar(10.0, 30.0),
    SumVar(20.0),
    AvgVarExpWeight(5.0, 25.0),
    AvgVarInputWeight(8.0, 5.0, 25.0),
    MaxVar(0.0, 20.0),
]


@pytest.mark.parametrize(
    "readout",
    [*WHOLE, *(pytest.param(readout, marks=pytest.mark.slow) for readout in WINDOWS)],
    ids=lambda readout: f"{type(readout).__name__}{'' if readout.window_start is None else '-window'}",
)
def test_output_weights_have_the_gradient_of_finite_differences(readout: Any) -> None:
    """Hidden spikes do not depend on output weights, so that on any grid their gradient is exact."""
    net = variants()["recurrent with autapses"]
    scale = 0.05 if isinstance(readout, SumVar) else 1.0
    net = replace(net, w_out=net.w_out * scale)
    x, y = [spikes(drawn(seed), 6) for seed in (1, 2)], np.array([1, 2])
    described = Described(net, readout=readout)
    compiled = described.compile(60, batch_size=2)
    with compiled:
        gradient = compiled.gradients({described.source: x}, {described.output: y})[described.connections["w_out"]]
        weights = compiled.connection_populations[described.connections["w_out"]].vars["g"].view.reshape(-1)
        for index in range(0, weights.size, 2):
            losses = []
            for sign in (1.0, -1.0):
                weights[index] += sign * 1e-6
                readouts, _ = compiled.predict({described.source: x}, described.output, callbacks=[])
                losses.append(SparseCategoricalCrossentropy().value(y, readouts[described.output]))
                weights[index] -= sign * 1e-6
            measured = (losses[0] - losses[1]) / 2e-6
            assert measured == pytest.approx(gradient.reshape(-1)[index], abs=1e-8)  # rounding of the difference


def test_gradient_of_a_batch_is_the_mean_of_its_examples() -> None:
    net = variants()["recurrent with autapses"]
    trials = [drawn(seed) for seed in (1, 2, 3, 4)]
    described = Described(net)
    alone = [
        flat(described.gradients(60, [spikes(trial, 6)], [label])) for trial, label in zip(trials, LABELS, strict=True)
    ]
    together = flat(described.gradients(60, [spikes(trial, 6) for trial in trials], LABELS))
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-12, atol=1e-15)  # order of additions


def test_partial_batches_are_means_of_what_they_hold() -> None:
    described = Described(variants()["recurrent with autapses"])
    x, y = [spikes(drawn(seed), 6) for seed in (1, 2)], {described.output: np.array(LABELS[:2])}
    whole = flat(described.gradients(60, x, LABELS[:2]))
    compiled = described.compile(60, batch_size=5)
    with compiled:
        for _ in range(2):  # the second time after a whole batch has run in all places
            found = compiled.gradients({described.source: x}, y)
            part = flat({name: found[connection] for name, connection in described.connections.items()})
            np.testing.assert_allclose(part, whole, rtol=1e-12, atol=1e-15)  # order of additions
            full = [spikes(drawn(seed), 6) for seed in range(5)]
            compiled.gradients({described.source: full}, {described.output: np.zeros(5, int)})


def test_threads_do_not_change_a_bit() -> None:
    described = Described(variants()["two currents"])
    x, y = [spikes(drawn(seed), 6) for seed in range(11)], np.arange(11) % 3
    found = [
        flat(described.gradients(60, x, y, num_threads=threads, precision="float")).tobytes() for threads in (1, 2, 7)
    ]
    assert found[1] == found[0]
    assert found[2] == found[0]


@pytest.mark.parametrize("readout", ["avg", "sum", "avg_exp", "max"])
def test_reference_engine_agrees(readout: str) -> None:
    net = replace(variants()["two currents"], readout=readout)
    net = replace(net, w_out=0.05 * net.w_out)
    x = [spikes(drawn(seed), 6) for seed in (1, 2, 3)]
    fast, slow = (
        flat(Described(net).gradients(50, x, LABELS[:3], engine=engine)) for engine in ("embedded", "reference")
    )
    np.testing.assert_allclose(fast, slow, rtol=1e-10, atol=1e-14)  # exp of numpy and libm


def test_single_precision_agrees_with_double() -> None:
    described = Described(variants()["recurrent with autapses"])
    agreeing = 0
    for seed in range(1, 21):
        x = [spikes(drawn(seed), 6)]
        double, single = (flat(described.gradients(60, x, [1], precision=kind)) for kind in ("double", "float"))
        agreeing += np.abs(double - single).max() <= 1e-4 * np.abs(double).max()
    assert agreeing >= 18  # a spike that comes a step earlier in one of them makes another gradient


# Edges


def strong(readout: str = "avg") -> Net:
    """One arrival of input 0 makes hidden neuron 0 spike two steps (of 1 ms) after it was sent."""
    w_in = np.zeros((6, 5))
    w_in[0, 0] = 30.0
    w_in[1, 1] = 30.0
    return Net(w_in, np.random.default_rng(1).normal(0.0, 0.3, (5, 5)), np.full((5, 3), 0.3), readout=readout)


def output_gradient_by_differences(net: Net, x: Any, timesteps: int) -> np.ndarray:
    """Finite differences of the loss on the grid; exact for output weights."""
    described, step = Described(net), 1e-6
    compiled = described.compile(timesteps)
    gradient = np.zeros_like(net.w_out)
    with compiled:
        weights = compiled.connection_populations[described.connections["w_out"]].vars["g"].view.reshape(5, 3)
        for place in np.ndindex(*gradient.shape):
            losses = []
            for sign in (1.0, -1.0):
                weights[place] += sign * step
                readouts, _ = compiled.predict({described.source: x}, described.output, callbacks=[])
                losses.append(SparseCategoricalCrossentropy().value(np.array([1]), readouts[described.output]))
                weights[place] -= sign * step
            gradient[place] = (losses[0] - losses[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("timesteps", range(3, 9))
def test_spikes_in_first_and_last_timesteps(timesteps: int) -> None:
    """Input spikes in timestep 0; hidden neurons in every timestep up to the last, in one of the trials."""
    x = [spikes([(0.0, 0), (0.0, 1), (3.0, 0)], 6)]
    gradients = Described(strong()).gradients(timesteps, x, [1])
    expected = output_gradient_by_differences(strong(), x, timesteps)
    np.testing.assert_allclose(gradients["w_out"], expected, atol=1e-8)  # rounding of the difference
    if timesteps > 4:
        assert gradients["w_in"][0, 0] != 0.0
        assert gradients["w_out"][0].any()


def test_a_spike_in_the_last_timestep_does_not_cost_the_others_their_gradient() -> None:
    """The neuron's earlier spikes count as they do where the last one is too late to come at all."""
    late = Net(np.full((6, 5), 30.0) * np.eye(6, 5), np.zeros((5, 5)), np.full((5, 3), 0.3))
    described = Described(late)
    trains = ([(0.0, 0)], [(0.0, 0), (8.0, 1)])  # of the second, neuron 1 spikes in the last timestep
    first, second = (described.gradients(10, [spikes(train, 6)], [1]) for train in trains)
    np.testing.assert_array_equal(first["w_in"][0], second["w_in"][0])
    np.testing.assert_array_equal(first["w_out"], second["w_out"])


def test_no_spikes_no_gradient() -> None:
    described = Described(variants()["recurrent with autapses"])
    empty = spikes([], 6)
    gradients = described.gradients(30, [empty, empty], [0, 1])
    assert not flat(gradients).any()


def test_simultaneous_arrivals_share_a_gradient() -> None:
    """Two inputs that always spike together have equal derivatives, those of one input with both weights."""
    net = replace(variants()["feed-forward"], w_in=np.vstack([np.full((2, 5), 4.0), np.zeros((4, 5))]))
    both = [(float(time), who) for time in (2, 9, 17) for who in (0, 1)]
    pair = Described(net).gradients(50, [spikes(both, 6)], [1])
    np.testing.assert_array_equal(pair["w_in"][0], pair["w_in"][1])
    joined = replace(net, w_in=np.vstack([np.full((1, 5), 8.0), np.zeros((5, 5))]))
    single = Described(joined).gradients(50, [spikes(both[::2], 6)], [1])
    np.testing.assert_allclose(pair["w_in"][0], single["w_in"][0], rtol=1e-12)
    assert pair["w_in"][0].any()


def test_min_slope_bounds_the_gradient() -> None:
    """A voltage that just reaches the threshold gives a huge gradient, which a larger min_slope bounds."""
    net, x = variants()["feed-forward"], [spikes(drawn(1), 6)]
    free, bound = (Described(net).gradients(500, x, [1], dt=0.1, min_slope=slope) for slope in (1e-6, 1.0))
    assert np.abs(bound["w_in"]).max() < 0.5 * np.abs(free["w_in"]).max()
    np.testing.assert_array_equal(bound["w_out"], free["w_out"])


@pytest.mark.parametrize("readout", ["avg_var", "sum_var"])
@pytest.mark.parametrize("dt", [0.5, 2.0])
def test_times_of_spikes_do_not_matter_to_a_mean_long_after_them(readout: str, dt: float) -> None:
    """One hidden spike adds as much to the sum of voltages whenever it comes, if the trial goes on long enough."""
    with Network(default_params) as network:
        source = Population(SpikeInput(), 1)
        hidden = Population(LeakyIntegrateFire(), 1, record_spikes=True)
        output = Population(LeakyIntegrate(readout=readout), 2)
        first = Connection(source, hidden, Dense(8.0), Exponential(5.0))
        Connection(hidden, output, Dense(np.array([[1.0, -2.0]])), Exponential(5.0))
    gradients = {}
    for end in (20.0, 500.0):
        compiler = EventPropCompiler(round(end / dt), "sparse_categorical_crossentropy", dt=dt, precision="double")
        with compiler.compile(network) as compiled:
            found = compiled.gradients({source: [preprocess_spikes([4.0], [0], 1)]}, {output: [0]})
        scale = 1.0 if readout == "sum_var" else end / dt
        gradients[end] = float(np.abs(found[first]).sum()) * scale
    # exp(-480 / 20) is left; a time of arrival that seemed to matter in each step would leave some 0.1 of the first
    assert gradients[20.0] > 1e-4
    assert gradients[500.0] < 1e-6 * gradients[20.0]
