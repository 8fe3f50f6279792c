"""Trials in which a grid of timesteps can follow exact spike times."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import HIDDEN, INPUTS, STEEP, UNIT, Row, network
from tests.references.exact import Trace, forward
from tests.references.exact.trace import Inputs, Spike

COARSEST = 0.08  # [ms]
CANDIDATES, BLOCK = 300, 60


def drawn(seed: int) -> Inputs:
    """Arrivals, some of them at the same time."""
    rng = np.random.default_rng(seed)
    times = UNIT * rng.integers(2, 45, 12)
    return [(float(time), int(who)) for time, who in zip(times, rng.integers(0, INPUTS, 12), strict=True)]


@cache
def chosen(row: Row, count: int) -> list[Trace]:
    """The first drawn trials that leave out what no timestep gets right.

    All thresholds are reached steeply, and on the coarsest grid too every hidden spike comes and none besides. Where
    first spikes of outputs count, all outputs have one, on that grid at the same time; later slopes do not count.
    """
    found: list[Trace] = []
    for first in range(0, CANDIDATES, BLOCK):
        found += suitable(row, [drawn(first + seed) for seed in range(1, BLOCK + 1)])
        if len(found) >= count:
            return found[:count]
    raise AssertionError(f"{row}: {len(found)} of {CANDIDATES} trials will do, not {count}")


def suitable(row: Row, candidates: list[Inputs]) -> Iterator[Trace]:
    """Those of some trials that `chosen` may choose."""
    net = network(row)
    on_grid = zip(*Described(net, COARSEST, row.task.readout).run(row.task.loss, candidates), strict=True)
    for inputs, (counts, readouts) in zip(candidates, on_grid, strict=True):
        trace = forward(net, inputs)
        same, until = np.bincount(trace.order, minlength=len(counts))[:HIDDEN] == counts[:HIDDEN], net.duration
        if row.task.spiking:
            times = trace.first_output_spikes()[0]
            same, until = np.append(same, np.abs(times + readouts) < 3.0 * COARSEST), times.max()
        if same.all() and lowest_slope(trace, until) >= STEEP:
            yield trace


def lowest_slope(trace: Trace, until: float) -> float:
    """How fast thresholds are reached at least [1/ms], up to a time."""
    pairs = zip(trace.times, trace.events, strict=True)
    spikes = (event for time, event in pairs if time <= until and isinstance(event, Spike))
    return min(event.approach for event in spikes if event.cause is None)
