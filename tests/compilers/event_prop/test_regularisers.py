"""Penalties on spike counts: gradients are those of c (n - nu)^2 with n = sum V(t_k) / theta at held times t_k."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import VarRecorder
from ml_genn.compilers import EventPropCompiler
from ml_genn.errors import DescriptionError
from ml_genn.optimisers import Adam
from tests.compilers.event_prop.networks import Arrivals, Described, Net, spikes, variants
from tests.compilers.event_prop.test_gradients import LABELS, cosine, drawn, steep_trials
from tests.references.exact import forward
from tests.references.exact.flow import psp

LAMBDA, NU = 1e-4, 1.5


def share_of_penalty(described: Described, trials: list[Arrivals], dt: float, **kwargs: Any) -> dict[str, np.ndarray]:
    """What regularisers add to the gradients of a mean loss."""
    x = [spikes(trial, 6) for trial in trials]
    timesteps, y = round(50.0 / dt), LABELS[: len(x)]
    found = [described.gradients(timesteps, x, y, dt=dt, **more) for more in (kwargs, {})]
    return {name: found[0][name] - found[1][name] for name in found[0]}


def penalty(counts: np.ndarray, theta: float, tau_mem: float, **kwargs: Any) -> float:
    """The penalty that the documentation states, of counts [example][neuron]."""
    c = tau_mem**2 * theta / 2.0
    n = counts if kwargs.get("reg_per_example") else counts.mean(axis=0, keepdims=True)
    nu = kwargs.get("reg_nu_upper", 0.0)
    strength = np.where(n > nu, kwargs.get("reg_lambda_upper", 0.0), kwargs.get("reg_lambda_lower", 0.0))
    total = n.sum(axis=1)
    together = np.maximum(total - kwargs.get("reg_nu_global", 0.0), 0.0) ** 2 / n.shape[1]
    return float(c * np.mean((strength * (n - nu) ** 2).sum(axis=1) + kwargs.get("reg_lambda_global", 0.0) * together))


KINDS = {
    "upper, batch mean": {"reg_lambda_upper": LAMBDA, "reg_nu_upper": 0.5},
    "upper and lower, each example": {
        "reg_lambda_upper": LAMBDA,
        "reg_lambda_lower": 3 * LAMBDA,
        "reg_nu_upper": NU,
        "reg_per_example": True,
    },
    "lower, batch mean": {"reg_lambda_lower": LAMBDA, "reg_nu_upper": 9.0},
    "global, batch mean": {"reg_lambda_global": LAMBDA, "reg_nu_global": 0.5},
    "global, each example": {"reg_lambda_global": LAMBDA, "reg_nu_global": 0.5, "reg_per_example": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_of_first_spikes_is_that_of_finite_differences(kind: str) -> None:
    """Before a neuron's first spike V is linear in the weights, so that on any grid the two are equal."""
    theta, tau_mem = 0.8, 15.0
    plain = variants()["feed-forward"]
    net = replace(plain, w_in=0.5 * plain.w_in, theta=theta, tau_mem=tau_mem, v_reset=-50.0)
    trials = [drawn(1, 3), drawn(2, 6), drawn(3, 20)]
    x = [spikes(trial, 6) for trial in trials]

    def voltages(w_in: np.ndarray, threshold: float) -> np.ndarray:
        described = Described(replace(net, w_in=w_in, theta=threshold))
        with described.compile(50, batch_size=3) as compiled:
            recorder = VarRecorder(described.hidden, "v", "v")
            recorded = compiled.predict({described.source: x}, described.output, callbacks=[recorder])[1]["v"]
        return np.array(recorded)

    held = voltages(net.w_in, theta) == -50.0  # after the reset
    assert (held.sum(axis=1) <= 1).all()
    assert 5 <= held.sum() < held[:, 0].size

    start = voltages(net.w_in, 1e9)

    def value(w_in: np.ndarray) -> float:
        """On a grid V(t_k) is a little above theta: the counts are those of spikes, their changes those of V."""
        change = ((voltages(w_in, 1e9) - start) * held).sum(axis=1) / theta
        return penalty(held.sum(axis=1) + change, theta, tau_mem, **KINDS[kind])

    found = share_of_penalty(Described(net), trials, 1.0, **KINDS[kind])["w_in"]
    assert np.abs(found).max() > 0
    for place in [(0, 0), (1, 3), (4, 2), (5, 4)]:
        step = np.zeros_like(net.w_in)
        step[place] = 1e-5
        expected = (value(net.w_in + step) - value(net.w_in - step)) / 2e-5
        # rounding of values of order 0.1 over a step of 1e-5
        assert found[place] == pytest.approx(expected, rel=1e-6, abs=1e-9), place


def counts_at(net: Net, times: list[tuple[float, int]], arrivals: Arrivals) -> np.ndarray:
    """sum_k V(t_k) / theta of a net at the spike times t_k of another one, read before the reset at t_k."""
    trace = forward(net.exact(), arrivals)
    counts = np.zeros(len(net.w_rec))
    for now, who in times:
        before = sum(1 for time, other in times if other == who and time < now)
        own = [time for time, other in trace.spikes if other == who][:before]
        tau_m = net.leak[who]
        v = sum(net.w_in[i, who] * psp(now - time, tau_m, net.tau_in) for time, i in arrivals if time < now)
        for time, other in trace.spikes:
            if time < now and (other != who or time in own):
                v = v + net.w_rec[other, who] * psp(now - time, tau_m, net.tau_rec)
        counts[who] += float(v - sum((net.theta - net.v_reset) * np.exp(-(now - time) / tau_m) for time in own))
    return counts / net.theta


def differences(
    net: Net, trials: list[Arrivals], places: list[tuple[str, Any]], value: Callable[[np.ndarray], float]
) -> np.ndarray:
    """Central differences of a function of counts [example][neuron] with respect to some weights."""
    times = [forward(net.exact(), trial).spikes for trial in trials]
    found, step = [], 1e-5
    for name, place in places:
        values = []
        for sign in (1.0, -1.0):
            changed = getattr(net, name).copy()
            changed[place] += sign * step
            perturbed = replace(net, **{name: changed})
            values.append(value(np.array([counts_at(perturbed, *trial) for trial in zip(times, trials, strict=True)])))
        found.append((values[0] - values[1]) / (2.0 * step))
    return np.array(found)


@pytest.mark.parametrize("kind", ["upper and lower, each example", "global, batch mean"])
def test_gradient_at_a_fine_grid_is_the_exact_one(kind: str) -> None:
    dt = 0.01
    net = variants()["recurrent with autapses"]
    trials = steep_trials(net, 2)
    shifted = [[(time + dt, who) for time, who in trial] for trial in trials]
    assert max(len(forward(net.exact(), trial).spikes) for trial in shifted) > len(
        net.w_rec
    )  # some spike more than once
    places = [*(("w_in", (i, i % 5)) for i in range(6)), *(("w_rec", (i, (2 * i) % 5)) for i in range(5))]
    expected = differences(net, shifted, places, lambda counts: penalty(counts, net.theta, 20.0, **KINDS[kind]))
    found = share_of_penalty(Described(net, relative_reset=True), trials, dt, **KINDS[kind])
    actual = np.array([found[name][place] for name, place in places])
    assert not found["w_out"].any()
    assert cosine(actual, expected) >= 0.999
    assert np.linalg.norm(actual - expected) <= 0.05 * np.linalg.norm(expected)  # cosine 0.999 is an error of 0.045


def test_penalties_of_some_populations() -> None:
    described = Described(variants()["feed-forward"])
    trials = [drawn(1)]
    with_number, by_population, of_layer = (
        share_of_penalty(described, trials, 1.0, reg_lambda_lower=given, reg_nu_upper=9.0)["w_in"]
        for given in (LAMBDA, {described.hidden: LAMBDA}, {})
    )
    assert with_number.any()
    np.testing.assert_array_equal(with_number, by_population)
    assert not of_layer.any()


def test_a_partial_batch_is_the_mean_of_what_it_holds() -> None:
    described = Described(variants()["feed-forward"])
    x, y = [spikes(drawn(1), 6)], [1]
    kwargs = KINDS["upper, batch mean"]
    found = []
    for batch_size in (1, 4):
        with described.compile(50, batch_size=batch_size, **kwargs) as compiled:
            gradients = compiled.gradients({described.source: x}, {described.output: np.array(y)})
            found.append(gradients[described.connections["w_in"]])
    np.testing.assert_array_equal(found[0], found[1])


def test_what_neurons_do_where_a_batch_lacks_examples_is_not_penalised() -> None:
    """Neurons with a bias spike there too, and the batch before had penalties of those that were there."""
    described = Described(variants()["feed-forward"])
    described.hidden.neuron.bias = 0.2
    x, y = [spikes(drawn(seed), 6) for seed in (1, 2, 3, 4)], np.array([1, 0, 2, 1])
    learnt = {described.hidden: {"bias": "adam"}}
    with described.compile(50, batch_size=4, optimisers=learnt, **KINDS["upper, batch mean"]) as compiled:
        first, _, again = (
            compiled.gradients({described.source: x[:size]}, {described.output: y[:size]}) for size in (1, 4, 1)
        )
    for key, gradient in first.items():
        np.testing.assert_array_equal(again[key], gradient)
        assert gradient.any() or key is described.connections["w_rec"]


def test_penalties_lead_to_their_target() -> None:
    """With no other loss than the penalty, spike counts come near nu from both sides."""
    described = Described(replace(variants()["feed-forward"], w_out=np.zeros((5, 3))))
    x = [spikes(drawn(seed, 40), 6) for seed in range(4)]
    y = np.zeros(4, int)
    settings: Any = {"reg_lambda_upper": 1e-3, "reg_lambda_lower": 1e-3, "reg_nu_upper": 3.0, "batch_size": 4}
    settings["optimiser"] = Adam(2e-2)
    with described.compile(50, **settings) as compiled:
        spread = []
        for _ in range(2):
            compiled.evaluate({described.source: x}, {described.output: y}, callbacks=[])
            counts = compiled.neuron_populations[described.hidden].vars["TapeSpikes"].view
            spread.append(np.abs(counts.mean(axis=0) - 3.0).mean())
            compiled.train({described.source: x}, {described.output: y}, 200, callbacks=[])
    assert spread[0] > 1.0
    assert spread[1] < 0.5 * spread[0]


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reg_lambda_upper": -1.0}, "reg_lambda_upper must be a finite number of at least 0, or a dictionary"),
        ({"reg_lambda_lower": "much"}, "reg_lambda_lower must be a finite number of at least 0"),
        ({"reg_lambda_upper": {"output": 1.0}}, "reg_lambda_upper: output is no hidden population; hidden ones are"),
        ({"reg_nu_upper": -1.0}, "Regularisers.nu_upper must be a finite number at least 0, got -1.0"),
        ({"reg_per_example": 1}, "Regularisers.per_example must be True or False, got 1"),
    ],
)  # fmt: skip
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    described = Described(variants()["feed-forward"])
    given = {
        name: {getattr(described, key): item for key, item in value.items()} if isinstance(value, dict) else value
        for name, value in arguments.items()
    }
    with pytest.raises(DescriptionError, match=message):
        EventPropCompiler(10, "sparse_categorical_crossentropy", **given).compile(described.network)
