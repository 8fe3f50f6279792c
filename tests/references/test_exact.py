"""The exact reference passes central finite differences, for every parameter, loss and kind of network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.references.exact import (
    FirstSpike,
    MaxVoltage,
    MeanCrossentropy,
    MeanSquare,
    Net,
    Projection,
    RelativeSquare,
    Trace,
    WeightedMean,
    cells,
    central_difference,
    forward,
    gradients,
)
from tests.references.exact.flow import psp
from tests.references.exact.net import SILENT

INPUTS, HIDDEN, OUTPUTS = 6, 5, 3
RTOL = 1e-6
RTOL_OF = {"tau_adapt": 5e-6}  # small derivatives, differences of large losses
STEEP = 0.03  # [1/ms]; thresholds that are reached less steeply have third derivatives that differences see


def wanted(times: np.ndarray) -> np.ndarray:
    """A trace for each output."""
    return np.stack([0.3 * np.sin(times / 9.0), 0.2 * np.cos(times / 7.0), times / 100.0], axis=-1)


VOLTAGE_LOSSES: dict[str, tuple[Any, Any]] = {
    "sum": (WeightedMean(), 1),
    "linear": (WeightedMean("linear"), 0),
    "exp": (WeightedMean("exp"), 2),
    "sigmoid": (WeightedMean("sigmoid"), 1),
    "input": (WeightedMean("input"), 1),
    "max": (MaxVoltage(), 0),
    "crossentropy in each moment": (MeanCrossentropy(), 2),
    "square": (MeanSquare(), wanted),
}
SPIKE_LOSSES: dict[str, tuple[Any, Any]] = {
    "first spike": (FirstSpike(), 1),
    "first spike, exp": (FirstSpike(tau_1=10.0), 2),
    "relative square": (RelativeSquare(), 0),
}


@dataclass(frozen=True)
class Kind:
    """A kind of network: constants of neurons, and how they are connected."""

    constants: dict[str, Any]
    recurrent: bool = True
    delays: bool = False
    delta: bool = False


KINDS = {
    "feed-forward": Kind({}, recurrent=False),
    "recurrent with autapses": Kind({}),
    "delays": Kind({}, delays=True),
    "adaptive": Kind({"strength": 0.3, "tau_adapt": 40.0}),
    "refractory": Kind({"refractory": 3.0}),
    "refractory, integrating": Kind({"refractory": 3.0, "integrates": True}),
    "soft reset": Kind({"relative_reset": True, "v_reset": 0.1}),
    "soft reset, adaptive, refractory": Kind(
        {"relative_reset": True, "strength": 0.3, "tau_adapt": 40.0, "refractory": 2.0}, delays=True
    ),
    "delta synapses into outputs": Kind({}, delta=True),
    "equal time constants": Kind({"tau_mem": 5.0}),
}
IDLE = {("equal time constants", True): ("v_reset",)}
"""What does not matter: there, first spikes of outputs come before hidden neurons spike twice."""
QUICK = ("recurrent with autapses", "soft reset, adaptive, refractory")


def network(kind: Kind, rng: np.random.Generator, *, spiking: bool) -> Net:
    """A network that spikes between 20 and 100 times a trial."""

    def projection(source: str, target: str, shape: tuple[int, int], mean: float, tau: Any) -> Projection:
        delay = rng.integers(1, 5, shape) + 0.37 if kind.delays else 0.0
        return Projection(source, target, rng.normal(mean, spread, shape), tau, delay)

    constants = {"tau_mem": rng.uniform(12.0, 25.0, HIDDEN), "bias": rng.uniform(0.0, 0.2, HIDDEN)} | kind.constants
    strength, spread = (2.4, 0.6) if np.ndim(constants["tau_mem"]) else (0.8, 0.2)
    hidden = cells(HIDDEN, **constants)
    output = cells(OUTPUTS, theta=SILENT)
    if spiking:
        output = cells(OUTPUTS, **{**kind.constants, "theta": 0.5})
    found = {"in": projection("input", "hidden", (INPUTS, HIDDEN), strength, 5.0)}
    if kind.recurrent:
        found["rec"] = projection("hidden", "hidden", (HIDDEN, HIDDEN), 0.0, 8.0)
    found["out"] = projection("hidden", "output", (HIDDEN, OUTPUTS), 1.5, np.array([4.0, 5.0, 7.0]))
    if spiking:
        found["out"] = replace(found["out"], weight=0.4 * found["out"].weight)
    if kind.delta and not spiking:
        # each its own: outputs that jump together have no derivative with respect to the time of one
        delays = 0.2 + 0.1 * np.arange(15.0).reshape(HIDDEN, OUTPUTS)
        found["delta"] = replace(projection("hidden", "output", (HIDDEN, OUTPUTS), 0.1, None), delay=delays)
    return Net(hidden, output, found)


def drawn(rng: np.random.Generator) -> list[tuple[float, int]]:
    times, ids = rng.uniform(1.0, 35.0, 18), rng.integers(0, INPUTS, 18)
    return [(float(time), int(who)) for time, who in zip(times, ids, strict=True)]


def trial(kind: Kind, *, spiking: bool) -> tuple[Net, list[tuple[float, int]], Trace]:
    """The first drawn trial with 20 spikes and more, which all reach their thresholds steeply, and all outputs do."""
    for seed in range(1, 400):
        rng = np.random.default_rng(seed)
        net, inputs = network(kind, rng, spiking=spiking), drawn(rng)
        trace = forward(net, inputs)
        complete = not spiking or np.isfinite(trace.first_output_spikes()[0]).all()
        if complete and 20 <= len(trace.spikes) <= 120 and min(trace.slopes) >= STEEP:
            return net, inputs, trace
    raise AssertionError("no trial found")


def varied(net: Net, kind: Kind) -> list[str]:
    """What the loss depends on smoothly."""
    names = [f"{name}.weight" for name in net.projections]
    names += [f"{name}.tau" for name, one in net.projections.items() if one.tau is not None]
    names += [f"{name}.delay" for name, one in net.projections.items() if np.all(one.delays > 0.0)]
    names += ["tau_mem", "theta", "v_reset", "bias"]
    names += ["tau_adapt", "strength"] if "strength" in kind.constants else []
    return names + (["refractory"] if "refractory" in kind.constants else [])


def scale(name: str) -> float:
    """Times change by their size, other numbers by 1."""
    return {"tau_adapt": 40.0}.get(name, 10.0 if name.endswith("tau") or name == "tau_mem" else 1.0)


@pytest.mark.parametrize("spiking", [False, True], ids=["voltages", "spike times"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in KINDS]
)
def test_gradients_are_those_of_finite_differences(name: str, spiking: bool) -> None:
    """Along a random direction, which all entries of a parameter are part of; the order of spikes stays."""
    net, inputs, trace = trial(KINDS[name], spiking=spiking)
    losses = SPIKE_LOSSES if spiking else VOLTAGE_LOSSES
    found = {loss: gradients(trace, *arguments) for loss, arguments in losses.items()}
    rng = np.random.default_rng(3)
    for parameter in varied(net, KINDS[name]):
        direction = scale(parameter) * rng.normal(size=found[next(iter(found))][parameter].shape)
        measured = central_difference(net, inputs, parameter, direction, losses)
        for loss, gradient in found.items():
            error = abs(measured[loss] - np.sum(gradient[parameter] * direction))
            size = np.linalg.norm(gradient[parameter]) * scale(parameter)
            assert size > 0.0 or parameter in IDLE.get((name, spiking), ()), parameter
            assert error <= RTOL_OF.get(parameter, RTOL) * size, (loss, parameter, error / size)


def test_gradients_of_single_entries() -> None:
    net, inputs, trace = trial(KINDS["recurrent with autapses"], spiking=False)
    losses = {"exp": VOLTAGE_LOSSES["exp"]}
    gradient = gradients(trace, *losses["exp"])
    for parameter in ("in.weight", "rec.weight", "out.weight", "theta"):
        place = np.unravel_index(int(np.abs(gradient[parameter]).argmax()), gradient[parameter].shape)
        direction = np.zeros_like(gradient[parameter])
        direction[place] = 1.0
        measured = central_difference(net, inputs, parameter, direction, losses)["exp"]
        assert measured == pytest.approx(gradient[parameter][place], rel=RTOL)


def test_input_times() -> None:
    """Where a spike comes in may be learnt too, but for losses that weigh by input."""
    net, inputs, trace = trial(KINDS["delays"], spiking=False)
    losses = {name: one for name, one in VOLTAGE_LOSSES.items() if name in ("sum", "max")}
    direction = np.random.default_rng(1).normal(size=len(inputs))
    measured = central_difference(net, inputs, "input_times", direction, losses)
    for name, arguments in losses.items():
        gradient = gradients(trace, *arguments)["input_times"]
        assert abs(measured[name] - gradient @ direction) <= RTOL * np.linalg.norm(gradient)


def test_a_change_of_the_order_of_spikes_is_no_derivative() -> None:
    net, inputs, _ = trial(KINDS["recurrent with autapses"], spiking=False)
    with pytest.raises(ValueError, match="the order of spikes changes with theta"):
        central_difference(net, inputs, "theta", np.ones(net.num_cells), {}, step=0.4)


def test_forced_spikes_come_at_the_end_of_refractory_periods() -> None:
    """A neuron that is driven hard enough spikes once a period, whatever its weights are."""
    drive = Projection("input", "hidden", np.full((1, 1), 60.0), 5.0)
    hidden = cells(1, refractory=3.0, integrates=True)
    net = Net(
        hidden, cells(1, theta=SILENT), {"in": drive, "out": Projection("hidden", "output", np.ones((1, 1)))}, 20.0
    )
    trace = forward(net, [(1.0, 0)])
    times = [time for time, _ in trace.spikes]
    np.testing.assert_allclose(np.diff(times[:4]), 3.0, rtol=1e-12)
    assert [event.cause for event in trace.events if hasattr(event, "cause")][:3] == [None, 0, 1]


def test_crossings_between_samples_are_found() -> None:
    """A voltage that is above its threshold for less than a sample lasts."""
    weight = 1.0 / float(psp(20.0 / 3.0 * np.log(4.0), 20.0, 5.0))  # the voltage's peak is 1
    for more, spikes in ((1e-6, 1), (-1e-6, 0)):
        drive = Projection("input", "hidden", np.full((1, 1), weight * (1.0 + more)), 5.0)
        net = Net(cells(1), cells(1, theta=SILENT), {"in": drive})
        assert len(forward(net, [(1.0, 0)]).spikes) == spikes


def test_voltage_of_equal_time_constants_is_the_limit() -> None:
    times = np.linspace(0.0, 50.0, 11)
    np.testing.assert_allclose(psp(times, 20.0, 20.0), times / 20.0 * np.exp(-times / 20.0), rtol=1e-15)
    np.testing.assert_allclose(psp(times, 20.0, 20.0), psp(times, 20.0, 20.0 - 1e-9), rtol=1e-9)  # linear in the gap
