"""The exact reference where trials are at their edge; production's edges are in tests of its exactness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.references.exact import Net, central_difference, forward, gradients
from tests.references.test_exact import KINDS, RTOL, VOLTAGE_LOSSES, network, scale, trial, varied

KIND = KINDS["recurrent with autapses"]
Inputs = list[tuple[float, int]]


def check_differences(net: Net, inputs: Inputs, losses: dict[str, Any]) -> None:
    """All gradients of a trial are those of central differences, along one direction each."""
    trace = forward(net, inputs)
    rng = np.random.default_rng(3)
    found = {name: gradients(trace, *loss) for name, loss in losses.items()}
    for parameter in varied(net, KIND):
        direction = scale(parameter) * rng.normal(size=next(iter(found.values()))[parameter].shape)
        measured = central_difference(net, inputs, parameter, direction, losses)
        for name, gradient in found.items():
            size = np.linalg.norm(gradient[parameter]) * scale(parameter)
            assert size > 0.0, (name, parameter)
            assert abs(measured[name] - np.sum(gradient[parameter] * direction)) <= RTOL * size, (name, parameter)


def test_simultaneous_arrivals() -> None:
    """Up to three inputs spike at the same moments, also the same input twice."""
    net, inputs, _ = trial(KIND, spiking=False)
    together = [(inputs[3 * (place // 3)][0], who) for place, (_, who) in enumerate(inputs)]
    together.append(together[0])
    assert len({time for time, _ in together}) == len(inputs) // 3
    check_differences(net, together, {name: VOLTAGE_LOSSES[name] for name in ("sum", "exp", "max")})


def test_arrivals_at_the_begin_and_spikes_at_the_end() -> None:
    """Inputs spike as the trial begins; it ends a moment after its last hidden spike."""
    net, inputs, _ = trial(KIND, spiking=False)
    inputs = [(0.0, 0), (0.0, 3), *inputs]
    last = forward(net, inputs).spikes[-1][0]
    assert last > 20.0
    check_differences(
        replace(net, duration=last + 1e-2), inputs, {name: VOLTAGE_LOSSES[name] for name in ("sum", "exp")}
    )


@pytest.mark.parametrize("inputs", [[], [(3.0, 1), (9.0, 2)]])
def test_no_spikes_no_gradient(inputs: Inputs) -> None:
    """Without spikes nothing depends on weights."""
    net = network(KIND, np.random.default_rng(1), spiking=False)
    weak = replace(net.projections["in"], weight=0.01 * net.projections["in"].weight)
    hidden = replace(net.hidden, bias=np.zeros_like(net.hidden.bias))
    trace = forward(replace(net, hidden=hidden, projections={**net.projections, "in": weak}), inputs)
    assert not trace.spikes
    for loss, target in VOLTAGE_LOSSES.values():
        found = gradients(trace, loss, target)
        assert all(not found[f"{name}.weight"].any() for name in net.projections)
