"""The exact reference of EventProp passes central finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.references.event_prop import Net, loss_and_gradients, psp

STEP = 1e-6  # of the central difference: what it leaves out is of order 1e-12, rounding of order 1e-10
RTOL = 1e-6


def example(seed: int = 1) -> tuple[Net, list[tuple[float, int]]]:
    rng = np.random.default_rng(seed)
    net = Net(rng.normal(2.0, 0.6, (6, 5)), np.zeros((5, 5)), rng.normal(0.5, 1.0, (5, 3)))
    return net, [
        (float(time), int(who)) for time, who in zip(rng.uniform(1, 35, 20), rng.integers(0, 6, 20), strict=True)
    ]


def variants() -> dict[str, Net]:
    plain, _ = example()
    recurrent = replace(plain, w_rec=np.random.default_rng(7).normal(0.0, 0.6, (5, 5)))
    return {
        "feed-forward": plain,
        "recurrent with autapses": recurrent,
        "two currents": replace(recurrent, tau_rec=9.0, tau_out=3.0),
        "equal time constants": replace(recurrent, tau_in=20.0, tau_rec=20.0, tau_out=20.0),
        "reset above zero": replace(recurrent, v_reset=0.3),
        "a tau_mem for each neuron": replace(
            recurrent, tau_mem=np.array([10.0, 12.0, 20.0, 15.0, 31.0]), w_rec=0.5 * recurrent.w_rec
        ),
    }


CASES = [(name, "avg") for name in variants()]
CASES += [(name, readout) for name in list(variants())[1:3] for readout in ("sum", "avg_exp", "max")]


@pytest.mark.parametrize(("name", "readout"), CASES)
def test_gradients_are_those_of_finite_differences(name: str, readout: str) -> None:
    net, inputs = replace(variants()[name], readout=readout), example()[1]
    if readout == "max":  # arrivals of positive weights leave maxima smooth
        net = replace(net, w_out=np.abs(net.w_out))
    _, gradients, trace = loss_and_gradients(net, inputs, 1)
    assert len(trace.spikes) >= 10
    rng = np.random.default_rng(3)
    for weights, gradient in gradients.items():
        for _ in range(4):
            place = tuple(int(rng.integers(0, size)) for size in gradient.shape)
            losses = []
            for sign in (1.0, -1.0):
                changed = getattr(net, weights).copy()
                changed[place] += sign * STEP
                value, _, other = loss_and_gradients(replace(net, **{weights: changed}), inputs, 1)
                assert [who for _, who in other.spikes] == [who for _, who in trace.spikes]
                losses.append(value)
            measured = (losses[0] - losses[1]) / (2 * STEP)
            assert abs(measured - gradient[place]) <= RTOL * np.abs(gradient).max(), (weights, place)


def test_voltage_of_equal_time_constants_is_the_limit() -> None:
    times = np.linspace(0.0, 50.0, 11)
    np.testing.assert_allclose(psp(times, 20.0, 20.0), psp(times, 20.0, 20.0 - 1e-6), atol=1e-7)  # linear in the gap
