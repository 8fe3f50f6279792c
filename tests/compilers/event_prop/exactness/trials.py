"""Trials in which a grid of timesteps can follow exact spike times."""

from __future__ import annotations

from functools import cache

import numpy as np

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import INPUTS, STEEP, UNIT, Row, network
from tests.references.exact import Trace, forward
from tests.references.exact.trace import Inputs

COARSEST = 0.08  # [ms]
CANDIDATES = 60


def drawn(seed: int) -> Inputs:
    """Arrivals, some of them at the same time."""
    rng = np.random.default_rng(seed)
    times = UNIT * rng.integers(2, 45, 12)
    return [(float(time), int(who)) for time, who in zip(times, rng.integers(0, INPUTS, 12), strict=True)]


@cache
def chosen(row: Row, count: int) -> list[Trace]:
    """The first drawn trials that leave out what no timestep gets right.

    All thresholds are reached steeply, every spike comes on the coarsest grid too and none besides, and outputs that
    should spike do.
    """
    net, candidates = network(row), [drawn(seed) for seed in range(1, CANDIDATES + 1)]
    on_grid = Described(net, COARSEST, row.task.readout).spike_counts(row.task.loss, candidates)
    found: list[Trace] = []
    for inputs, counts in zip(candidates, on_grid, strict=True):
        trace = forward(net, inputs)
        same = np.array_equal(np.bincount(trace.order, minlength=net.num_cells)[: len(counts)], counts)
        complete = not row.task.spiking or np.isfinite(trace.first_output_spikes()[0]).all()
        if same and complete and min(trace.slopes) >= STEEP:
            found.append(trace)
        if len(found) == count:
            return found
    raise AssertionError(f"{row}: {len(found)} of {CANDIDATES} trials will do, not {count}")
