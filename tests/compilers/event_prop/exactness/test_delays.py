"""Delays alone: their gradients beside exact ones, whatever those of weights are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import FIRST, LABELS, MEAN, Row, exact, network
from tests.compilers.event_prop.exactness.trials import chosen

STEPS = (0.08, 0.04, 0.02, 0.01)  # [ms]
TRIALS = 4
ROWS = (
    Row("delays", MEAN, delays=True),
    Row("delays to first spikes", FIRST, delays=True),
)


@cache
def pair(row: Row, dt: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Gradients of the delays of each connection, on a grid and exact ones [1/ms]."""
    traces = chosen(row, TRIALS)
    wanted = exact(row, traces, dt)
    described = Described(network(row), dt, row.task.readout)
    found = described.gradients(
        row.task.loss, [trace.inputs for trace in traces], row.task.targets(LABELS[:TRIALS], dt)
    )
    return {name: (found[name].ravel(), wanted[name].ravel()) for name in ("in.delay", "rec.delay", "out.delay")}


@pytest.mark.parametrize("row", [ROWS[0], *(pytest.param(row, marks=pytest.mark.slow) for row in ROWS[1:])], ids=str)
def test_gradients_at_a_fine_grid_are_the_exact_ones(row: Row) -> None:
    for name, (found, wanted) in pair(row, STEPS[-1]).items():
        assert found @ wanted >= 0.999 * np.linalg.norm(found) * np.linalg.norm(wanted), name


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_errors_are_proportional_to_the_timestep(row: Row) -> None:
    errors = []
    for dt in STEPS:
        found, wanted = (np.concatenate(parts) for parts in zip(*pair(row, dt).values(), strict=True))
        errors.append(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))
    order = np.polyfit(np.log(STEPS), np.log(errors), 1)[0]
    assert 0.6 <= order <= 1.6, errors  # where between two grid points a threshold is reached is as good as random
    assert errors[-1] <= 0.5 * errors[0]
