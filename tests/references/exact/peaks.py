"""The largest voltage of each output in a trial, and when it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import brentq

from .net import Array
from .trace import Arrival, Segment, Trace


@dataclass(frozen=True)
class Peak:
    """A maximum: its value, when it is (a segment and the time since its begin), and what moves it.

    Args:
        value: the voltage.
        segment, since: when it is reached.
        event: the arrival at which V is largest because dV/dt, or V itself, jumps there; else None.
        rate: dV/dt, which is 0 at a smooth maximum and does not count at the end of the trial.
    """

    value: float
    segment: int
    since: float
    event: int | None = None
    rate: float = 0.0


def peaks(trace: Trace) -> list[Peak]:
    """The maximum of each output."""
    start = Peak(0.0, 0, 0.0)
    return [
        max([start, *_smooth(trace, who), *_at_arrivals(trace, who), _at_end(trace, who)], key=lambda peak: peak.value)
        for who in range(trace.net.num_hidden, trace.net.num_cells)
    ]


def _state(trace: Trace, segment: Segment, since: float, who: int) -> tuple[float, float]:
    """Voltage and its slope."""
    state = trace.flow.after(segment.state, since, segment.held)
    return float(state.v[who]), float(trace.flow.slope(state, segment.held)[who])


def _slope(trace: Trace, segment: Segment, who: int, since: float) -> float:
    return _state(trace, segment, since, who)[1]


def _smooth(trace: Trace, who: int) -> list[Peak]:
    found = []
    begins, ends = _edge_slopes(trace, who)
    for index in np.flatnonzero((begins > 0.0) & (ends < 0.0)):
        number, begin, end = trace.pieces[index]
        segment = trace.segments[number]
        slope = partial(_slope, trace, segment, who)
        since = float(brentq(slope, begin, end, xtol=1e-14, rtol=1e-14))
        found.append(Peak(_state(trace, segment, since, who)[0], number, since))
    return found


def _edge_slopes(trace: Trace, who: int) -> tuple[Array, Array]:
    """Of each piece, dV/dt at its begin and at its end."""
    state, held = trace.starts
    edges = np.array([piece[1:] for piece in trace.pieces])
    return tuple(trace.flow.slope(trace.flow.after(state, edges[:, k], held), held)[:, who] for k in (0, 1))


def _at_arrivals(trace: Trace, who: int) -> list[Peak]:
    found = []
    for number, event in enumerate(trace.events):
        if not isinstance(event, Arrival):
            continue
        projection = trace.net.projections[event.projection]
        if who not in np.arange(trace.net.num_cells)[trace.net.place(projection.target)][event.targets]:
            continue
        before, after = trace.segments[number : number + 2]
        value, rate = _state(trace, before, before.length, who)
        found.append(Peak(value, number, before.length, number, rate))
        value, rate = _state(trace, after, 0.0, who)
        found.append(Peak(value, number + 1, 0.0, number, rate))
    return found


def _at_end(trace: Trace, who: int) -> Peak:
    last = trace.segments[-1]
    return Peak(_state(trace, last, last.length, who)[0], len(trace.segments) - 1, last.length)
