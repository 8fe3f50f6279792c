"""As timesteps get shorter, gradients become those of exact spike times."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import LABELS, MARKED, ROWS, Row, exact, network
from tests.compilers.event_prop.exactness.trials import chosen

STEPS = (0.08, 0.04, 0.02, 0.01)  # [ms]
TRIALS = 4


@cache
def pair(row: Row, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """The gradient on a grid and the exact one."""
    traces = chosen(row, TRIALS)
    labels = LABELS[:TRIALS]
    wanted = exact(row, traces, dt)
    described = Described(network(row), dt, row.task.readout)
    inputs = [trace.inputs for trace in traces]
    found = described.gradients(row.task.loss, inputs, row.task.targets(labels, dt))
    return tuple(np.concatenate([which[name].ravel() for name in found]) for which in (found, wanted))


@pytest.mark.parametrize("row", MARKED)
def test_gradient_at_a_fine_grid_is_the_exact_one(row: Row) -> None:
    found, wanted = pair(row, STEPS[-1])
    assert found @ wanted >= 0.999 * np.linalg.norm(found) * np.linalg.norm(wanted)
    assert np.linalg.norm(found - wanted) <= 0.045 * np.linalg.norm(wanted)  # what a cosine of 0.999 is


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_error_is_proportional_to_the_timestep(row: Row) -> None:
    errors = [
        np.linalg.norm(found - wanted) / np.linalg.norm(wanted) for found, wanted in (pair(row, dt) for dt in STEPS)
    ]
    order = np.polyfit(np.log(STEPS), np.log(errors), 1)[0]
    # where between two grid points a threshold is reached is as good as random, and so are errors of single spikes; on
    # coarse grids some are larger than in proportion
    assert order >= 0.6, errors
    assert errors[-1] <= 0.5 * errors[0]
