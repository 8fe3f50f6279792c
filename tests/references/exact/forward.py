"""Runs a trial, from event to event."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from .crossing import first_crossing
from .flow import Flow, State
from .net import Net
from .trace import Arrival, Inputs, Release, Segment, Spike, Trace


def forward(net: Net, inputs: Iterable[tuple[float, int]]) -> Trace:
    """Run a trial.

    Args:
        net: the network.
        inputs: pairs (time [ms], input).
    """
    return _Trial(net, list(inputs)).run()


class _Trial:
    def __init__(self, net: Net, inputs: Inputs) -> None:
        self.net, self.cells = net, net.joined()
        self.trace = Trace(net, Flow.of(net), inputs)
        self.now, self.state = 0.0, self.trace.flow.start()
        self.rows = {name: row for row, name in enumerate(net.projections)}
        self.free = np.isfinite(self.cells.theta)
        self.held = np.zeros(net.num_cells, bool)
        self.waiting: list[tuple[float, int, Any]] = []
        for emission, (time, who) in enumerate(inputs):
            self.send("input", who, time, emission)

    def run(self) -> Trace:
        flow, end = self.trace.flow, self.net.duration
        while True:
            until = min(end, self.waiting[0][0]) if self.waiting else end
            crossing = first_crossing(flow, self.cells.theta, self.state, until - self.now, self.free, self.held)
            length = until - self.now if crossing is None else crossing[0]
            self.trace.segments.append(Segment(self.now, length, self.state, self.held.copy()))
            self.state = flow.after(self.state, length, self.held)
            self.now = until if crossing is None else self.now + length
            if crossing is not None:
                self.spike(crossing[1], None)
            elif self.waiting and until < end:
                self.happen(heapq.heappop(self.waiting)[2])
            else:
                return self.trace

    def note(self, event: Arrival | Spike | Release) -> None:
        self.trace.events.append(event)
        self.trace.times.append(self.now)

    def send(self, source: str, who: int, time: float, emission: int) -> None:
        """Let a spike be on its way; synapses of equal delay make one arrival."""
        for name, projection in self.net.projections.items():
            if projection.source != source:
                continue
            delays = projection.delays[who]
            for delay in np.unique(delays):
                arrival = Arrival(name, who, np.flatnonzero(delays == delay), emission)
                self.wait(time + float(delay), arrival)

    def wait(self, time: float, event: Arrival | Release) -> None:
        self.counter = getattr(self, "counter", 0) + 1
        heapq.heappush(self.waiting, (time, self.counter, event))

    def happen(self, event: Arrival | Release) -> None:
        if isinstance(event, Arrival):
            self.arrive(event)
        else:
            self.release(event)

    def arrive(self, event: Arrival) -> None:
        self.note(event)
        projection = self.net.projections[event.projection]
        targets = np.arange(self.net.num_cells)[self.net.place(projection.target)][event.targets]
        added = projection.weight[event.source, event.targets]
        v, i = self.state.v.copy(), self.state.i.copy()
        if projection.tau is None:
            v[targets] += added
        else:
            i[self.rows[event.projection], targets] += added
        self.state = State(v, i, self.state.b)

    def spike(self, who: int, cause: int | None) -> None:
        cells, flow, emission = self.cells, self.trace.flow, len(self.trace.spikes)
        before = float(flow.slope(self.state, self.held)[who])
        approach = 0.0 if cause is not None else before + float(self.state.b[who] / cells.tau_adapt[who])
        v, b = self.state.v.copy(), self.state.b.copy()
        v[who] = cells.v_reset[who] + (v[who] - cells.theta[who] if cells.relative_reset[who] else 0.0)
        b[who] += cells.strength[who]
        self.state = State(v, self.state.i, b)
        if cells.refractory[who] > 0.0:
            self.free[who] = False
            self.held[who] = not cells.integrates[who]
            self.wait(self.now + float(cells.refractory[who]), Release(who, emission, 0.0))
        after = float(flow.slope(self.state, self.held)[who])
        self.trace.spikes.append((self.now, who))
        self.note(Spike(who, emission, approach, before, after, cause))
        self.send("hidden" if who < self.net.num_hidden else "output", who, self.now, emission)

    def release(self, event: Release) -> None:
        who = event.who
        self.free[who] = True
        if self.state.v[who] >= self.cells.theta[who] + self.state.b[who]:
            self.spike(who, event.emission)
            return
        was_held, self.held[who] = self.held[who], False
        slope = float(self.trace.flow.slope(self.state, self.held)[who]) if was_held else 0.0
        self.note(replace(event, slope=slope))
