"""What happened in a trial: events in order of time, and the state at the begin of each time between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from .flow import Flow, State
from .net import Array, Net
from .quadrature import points

LONGEST = 2.0  # ms; ten points integrate what time constants of 2 ms and more make of it to the last digits

Inputs = list[tuple[float, int]]
"""Pairs (time [ms], input)."""


@dataclass(frozen=True)
class Arrival:
    """A spike reaches some of the neurons of a projection.

    Args:
        projection: its name.
        source: which input or hidden neuron sent the spike.
        targets: indices of neurons among the projection's targets, in the order of columns of the weight.
        emission: index of the spike among `Trace.spikes`, or of the input spike among `Trace.inputs`.
    """

    projection: str
    source: int
    targets: Array
    emission: int


@dataclass(frozen=True)
class Spike:
    """A neuron spikes.

    Args:
        who: the neuron among all.
        emission: index among `Trace.spikes`.
        approach: how fast V - B goes to the threshold [1/ms]; 0 where a refractory period ends above it.
        before, after: dV/dt before and after it.
        cause: index of the spike whose refractory period ends with this one; None if V reached the threshold.
    """

    who: int
    emission: int
    approach: float
    before: float
    after: float
    cause: int | None = None


@dataclass(frozen=True)
class Release:
    """The refractory period that spike number `emission` of neuron `who` began is over.

    Args:
        who: the neuron among all.
        emission: index of the spike among `Trace.spikes`.
        slope: dV/dt after it where V was held before; else 0.
    """

    who: int
    emission: int
    slope: float


@dataclass(frozen=True)
class Segment:
    """A time without events: begin, length, the state at its begin and which voltages are held."""

    start: float
    length: float
    state: State
    held: Array


@dataclass
class Trace:
    """A trial.

    Attributes:
        net: the network.
        inputs: spikes of inputs.
        spikes: pairs (time, neuron among all).
        events: what happened, with `times` and the `segments` before each; a last segment ends with the trial.
    """

    net: Net
    flow: Flow
    inputs: Inputs
    spikes: list[tuple[float, int]] = field(default_factory=list)
    events: list[Arrival | Spike | Release] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    @property
    def order(self) -> list[int]:
        """Which neurons spiked, in order of time."""
        return [who for _, who in self.spikes]

    @property
    def slopes(self) -> list[float]:
        """How fast thresholds were approached, of all spikes at which V reached one [1/ms]."""
        return [event.approach for event in self.events if isinstance(event, Spike) and event.cause is None]

    def first_output_spikes(self) -> tuple[Array, Array]:
        """Of each output, the time of its first spike and its index among `spikes`; infinity and -1 without one."""
        num_outputs = self.net.num_cells - self.net.num_hidden
        times, indices = np.full(num_outputs, np.inf), np.full(num_outputs, -1)
        for index, (time, who) in enumerate(self.spikes):
            output = who - self.net.num_hidden
            if output >= 0 and indices[output] < 0:
                times[output], indices[output] = time, index
        return times, indices

    @cached_property
    def pieces(self) -> list[tuple[int, float, float]]:
        """Times without events and input spikes, of at most 2 ms: (segment, begin, end), since the segment's begin."""
        found = []
        given = np.array([time for time, _ in self.inputs])
        for number, segment in enumerate(self.segments):
            within = given[(given > segment.start) & (given < segment.start + segment.length)] - segment.start
            parts = np.linspace(0.0, segment.length, max(1, int(np.ceil(segment.length / LONGEST))) + 1)
            edges = np.unique(np.concatenate((parts, within)))
            found += [(number, float(a), float(b)) for a, b in pairwise(edges) if b > a]
        return found

    @cached_property
    def starts(self) -> tuple[State, Array]:
        """The states at the begin of the segment that each of `pieces` lies in, and which voltages are held."""
        segments = [self.segments[number] for number, _, _ in self.pieces]
        v, i, b = (np.stack([getattr(segment.state, name) for segment in segments]) for name in ("v", "i", "b"))
        return State(v, i, b), np.stack([segment.held for segment in segments])

    @cached_property
    def samples(self) -> tuple[Array, Array, Array]:
        """Times (n,) and weights (n,) of a rule that integrates over the trial; the outputs' voltages (n, outputs)."""
        since, weights = (np.stack(part) for part in zip(*(points(a, b) for _, a, b in self.pieces), strict=True))
        (start, held), begins = self.starts, np.array([self.segments[number].start for number, _, _ in self.pieces])
        lifted = State(start.v[:, np.newaxis], start.i[:, np.newaxis], start.b[:, np.newaxis])
        voltages = self.flow.after(lifted, since, held[:, np.newaxis]).v[..., self.net.num_hidden :]
        return (begins[:, np.newaxis] + since).ravel(), weights.ravel(), voltages.reshape(since.size, -1)
