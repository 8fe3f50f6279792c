"""Where trials are at their edge: no spikes, spikes at the begin and at the end, at the same time, one example."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import HIDDEN, INPUT, INPUTS, LABELS, MARKED, MEAN, ROWS, Row, network
from tests.compilers.event_prop.exactness.trials import drawn
from tests.references.exact import Net, Projection, cells, forward, gradients
from tests.references.exact.net import SILENT

DT = 0.8  # [ms]
VOLTAGES = [row for row in MARKED if not row.values[0].task.spiking]


def with_inputs(net: Net, weight: np.ndarray) -> Net:
    projection = replace(net.projections["in"], weight=weight)
    return replace(net, projections={**net.projections, "in": projection})


@pytest.mark.parametrize("row", MARKED)
def test_no_spikes_no_gradient(row: Row) -> None:
    described = Described(network(row), DT, row.task.readout)
    found = described.gradients(row.task.loss, [[], []], row.task.targets(LABELS[:2], DT))
    assert all(not gradient.any() for gradient in found.values())


@pytest.mark.parametrize("row", MARKED)
def test_a_batch_has_the_mean_gradient_of_its_examples(row: Row) -> None:
    described = Described(network(row), DT, row.task.readout)
    trials, targets = [drawn(seed) for seed in (1, 2, 3)], row.task.targets(LABELS[:3], DT)
    together = described.gradients(row.task.loss, trials, targets)
    alone = [described.gradients(row.task.loss, [trials[k]], targets[k : k + 1]) for k in range(3)]
    for name, gradient in together.items():
        mean = np.mean([one[name] for one in alone], axis=0)
        np.testing.assert_allclose(gradient, mean, rtol=1e-9, atol=1e-12 * np.abs(mean).max())  # order of additions
        assert gradient.any()


@pytest.mark.parametrize("row", MARKED)
def test_simultaneous_arrivals_share_a_gradient(row: Row) -> None:
    """Two inputs that always spike together have equal derivatives, those of one with both weights."""
    if row.task is INPUT:
        pytest.skip("the loss depends on how many inputs spike")
    net = network(replace(row, delays=False))
    weight = 0.5 * np.repeat(net.projections["in"].weight[:1] * 2.0, INPUTS, axis=0)
    both = [(DT * step, who) for step in (2, 9, 17, 30) for who in (0, 1)]
    targets = row.task.targets(LABELS[:1], DT)
    pair, single = (
        Described(with_inputs(net, scale * weight), DT, row.task.readout).gradients(row.task.loss, [trial], targets)
        for scale, trial in ((1.0, both), (2.0, both[::2]))
    )
    assert pair["in.weight"][0].any()
    np.testing.assert_array_equal(pair["in.weight"][0], pair["in.weight"][1])
    np.testing.assert_allclose(pair["in.weight"][0], single["in.weight"][0], rtol=1e-9)


@pytest.mark.parametrize("dt", [0.04, 0.01])
def test_an_autapse_that_arrives_just_as_the_refractory_period_ends(dt: float) -> None:
    """The two come together whenever the neuron spikes, so that weights have a derivative, if one delay has none."""
    drive, recurrent = np.array([[5.0, 0.0], [0.0, 6.0]]), np.array([[-1.5, 0.3], [-0.5, -1.0]])
    projections = {
        "in": Projection("input", "hidden", drive),
        "rec": Projection("hidden", "hidden", recurrent, delay=np.full((2, 2), 2.4)),
        "out": Projection("hidden", "output", np.array([[1.0, -0.5], [0.3, 0.8]])),
    }
    net = Net(cells(2, refractory=2.4), cells(2, theta=SILENT), projections, 40.0)
    trial = [(1.6, 0), (4.0, 1), (9.6, 0), (16.0, 0), (20.0, 1)]
    wanted = gradients(forward(net, trial), MEAN.exact(dt), 1)
    found = Described(net, dt, MEAN.readout).gradients(MEAN.loss, [trial], np.array([1]))
    for name in ("in.weight", "rec.weight"):
        error = np.linalg.norm(found[name] - wanted[name])
        assert error <= 0.4 * dt * np.linalg.norm(wanted[name]), name  # as thresholds are reached on any such grid


@pytest.mark.parametrize("timesteps", [3, 4, 7])
@pytest.mark.parametrize("row", [row for row in VOLTAGES if row.values[0].task is ROWS[0].task])
def test_spikes_in_first_and_last_timesteps(row: Row, timesteps: int) -> None:
    """Neurons that spike as often as they can, up to the end: output weights have the gradient of differences."""
    strong = with_inputs(network(row), np.full((INPUTS, HIDDEN), 200.0))
    net, trial = replace(strong, duration=timesteps * DT), [(DT, 0), (DT, 1), (3.0 * DT, 0)]
    targets, step = np.array([1]), 1e-6
    gradient = Described(net, DT, row.task.readout).gradients(row.task.loss, [trial], targets)["out.weight"]
    direction = np.random.default_rng(1).normal(size=gradient.shape)
    losses = []
    for sign in (1.0, -1.0):
        moved = replace(net.projections["out"], weight=net.projections["out"].weight + sign * step * direction)
        described = Described(replace(net, projections={**net.projections, "out": moved}), DT, row.task.readout)
        losses.append(row.task.loss.value(targets, described.run(row.task.loss, [trial])[1]))
    measured = (losses[0] - losses[1]) / (2.0 * step)
    assert measured == pytest.approx(float(np.sum(gradient * direction)), abs=1e-9)  # rounding of the difference
