"""Exact gradients: EventProp's costates aV = dL/dV, aI = dL/dI, aB = dL/dB, from the end of a trial to its begin.

Between events, ' = d/dt, with s the derivative of the loss's density with respect to V,

    -aV' = s - aV / tau_mem;    -aI' = aV / tau_mem - aI / tau_syn;    -aB' = -aB / tau_adapt.

At an arrival of weight w at time t, with the costates after it,

    dL/dw = aI;    dL/dt = w (aI / tau_syn - aV / tau_mem);    delta synapses:
    dL/dw = aV;    dL/dt = w aV / tau_mem + l(V before) - l(V after), l the density of the loss.

dL/dt is added to that of the spike, and to dL/d(delay).

At a spike, with the slopes of V right before and after it, D that of V - B before it, r = 1 for a relative reset and
0 for the other,

    c = dL/d(spike time) = sum over arrivals + what the loss makes of it
                           + aV (r slope_before - slope_after) + aB strength / tau_adapt;
    aV <- r aV - c / D;    aB <- aB + c / D;    dL/dtheta = c / D - r aV;    dL/dv_reset = aV;    dL/dstrength = aB.

Refractory periods. Where V is held, dV/dt = 0 whatever V and I are: aV stays, aI only decays, arrivals change no slope
of V, and no time constant of V has a part; `slope_after` is 0. The period ends `refractory` after the spike, so that
both times move together: if they come later by e, the rise of V with slope s after the end starts later, which leaves V
less by e s. So dL/d(spike time) and dL/d(refractory) get -aV s, with aV and s right after the end.

Where V is not held, the end of the period changes nothing, unless V is above the threshold then. The neuron spikes at
the end, at a time that only that of the spike before decides: its c goes to the c of the spike before and to
dL/d(refractory), and neither V nor B has a part in it, which leaves out the terms with 1 / D.

Time constants and bias, integrals over a trial (but where V is held):

    dL/dtau_mem = -int aV dV/dt / tau_mem;    dL/dbias = int aV / tau_mem;    dL/dtau_syn = int aI I / tau_syn^2;
    dL/dtau_adapt = int aB B / tau_adapt^2.

Sources: Wunderlich, Pehle 2021; Nowotny, Turner, Knight 2022; Meszaros, Knight, Nowotny 2025 (delays).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .flow import State, psp
from .net import Array
from .quadrature import points, upper
from .sources import Loss, Pulse, Sources
from .trace import Arrival, Release, Spike, Trace

CONSTANTS = ("tau_mem", "theta", "v_reset", "bias", "tau_adapt", "strength", "refractory")


def gradients(trace: Trace, loss: Loss, target: Any) -> dict[str, Array]:
    """Derivatives of the loss of a trial.

    Returns:
        By name: "P.weight", "P.delay" and "P.tau" of each projection P (tau: one of each target); the constants of all
        neurons, as in `Cells`; "input_times".
    """
    backward = _Backward(trace, loss.sources(trace, target))
    backward.run()
    return backward.found


class _Backward:
    def __init__(self, trace: Trace, sources: Sources) -> None:
        self.trace, self.sources, self.net, self.flow = trace, sources, trace.net, trace.flow
        self.cells = self.net.joined()
        self.rows = {name: row for row, name in enumerate(self.net.projections)}
        self.a_v, self.a_b = np.zeros_like(self.cells.tau_mem), np.zeros_like(self.cells.tau_mem)
        self.a_i = np.zeros_like(self.flow.tau_syn)
        self.later = np.zeros(len(trace.spikes))  # dL/d(spike time), by what follows from it
        for emission, slope in sources.spikes.items():
            self.later[emission] += slope
        self.found = {name: np.zeros(self.net.num_cells) for name in CONSTANTS}
        self.found["input_times"] = np.zeros(len(trace.inputs))
        self.tau_syn = np.zeros_like(self.flow.tau_syn)
        for name, projection in self.net.projections.items():
            self.found[f"{name}.weight"] = np.zeros(projection.weight.shape)
            self.found[f"{name}.delay"] = np.zeros(projection.weight.shape)

    def run(self) -> None:
        pieces = list(self.trace.pieces)
        for number in range(len(self.trace.segments) - 1, -1, -1):
            pulses = [pulse for pulse in self.sources.pulses if pulse.segment == number]
            if number < len(self.trace.events):
                self.undo(number)
            end = self.trace.segments[number].length
            parts = []
            while pieces and pieces[-1][0] == number:
                parts.append(pieces.pop()[1])
            for begin in sorted({*parts, *(pulse.since for pulse in pulses)}, reverse=True):
                self.flow_back(number, begin, end, pulses)
                end = begin
            self.add_pulses(end, pulses)
        for name, projection in self.net.projections.items():
            if projection.tau is not None:
                self.found[f"{name}.tau"] = self.tau_syn[self.rows[name], self.net.place(projection.target)]

    def add_pulses(self, since: float, pulses: list[Pulse]) -> None:
        for pulse in pulses:
            if pulse.since == since:
                self.a_v[self.net.num_hidden + pulse.output] += pulse.amount

    def flow_back(self, number: int, begin: float, end: float, pulses: list[Pulse]) -> None:
        """From time `end` since the begin of a segment to time `begin`, with the pulses at `end`."""
        if end <= begin:
            return
        self.add_pulses(end, pulses)
        segment, free = self.trace.segments[number], ~self.trace.segments[number].held
        since, rule = points(begin, end)
        states = self.flow.after(segment.state, since, segment.held)
        a_v, a_i, a_b = self.costates(np.concatenate(([begin], since)), end, free)
        if self.sources.pull is not None:
            pull = self.sources.pull(segment.start + since, states.v[:, self.net.num_hidden :])
            self.drive(a_v, a_i, np.vstack((rule, upper(begin, end))), np.concatenate(([begin], since)), pull)
        self.a_v, self.a_i, self.a_b = a_v[0], a_i[0], a_b[0]
        self.integrate(rule, states, (a_v[1:], a_i[1:], a_b[1:]), segment.held)

    def costates(self, since: Array, end: float, free: Array) -> tuple[Array, Array, Array]:
        """Those at some times before `end`, without sources."""
        gone = (end - since)[:, np.newaxis]
        a_v = np.where(free, self.a_v * np.exp(-gone / self.cells.tau_mem), self.a_v)
        more = gone[..., np.newaxis]
        drawn = np.where(free, self.a_v, 0.0) * psp(more, self.cells.tau_mem, self.flow.tau_syn)
        a_i = self.a_i * np.exp(-more / self.flow.tau_syn) + drawn
        return a_v, a_i, self.a_b * np.exp(-gone / self.cells.tau_adapt)

    def drive(self, a_v: Array, a_i: Array, integral: Array, since: Array, pull: Array) -> None:
        """Add what sources at the times `since[1:]` add to costates at the times `since`."""
        outputs = self.net.place("output")
        tau_mem, tau_syn = self.cells.tau_mem[outputs], self.flow.tau_syn[:, outputs]
        ahead = (since[np.newaxis, 1:] - since[:, np.newaxis])[..., np.newaxis]
        a_v[:, outputs] += np.einsum("pq,pqn,qn->pn", integral, np.exp(-ahead / tau_mem), pull)
        response = psp(ahead[..., np.newaxis], tau_mem, tau_syn)
        a_i[:, :, outputs] += np.einsum("pq,pqkn,qn->pkn", integral, response, pull)

    def integrate(self, rule: Array, states: State, costates: tuple[Array, Array, Array], held: Array) -> None:
        """Add the integrals that are derivatives with respect to time constants and bias."""
        a_v, a_i, a_b = costates
        self.found["tau_mem"] -= rule @ (a_v * self.flow.slope(states, held)) / self.cells.tau_mem
        self.found["bias"] += np.where(held, 0.0, rule @ a_v / self.cells.tau_mem)
        self.found["tau_adapt"] += rule @ (a_b * states.b) / self.cells.tau_adapt**2
        self.tau_syn += np.einsum("q,qkn,qkn->kn", rule, a_i, states.i) / self.flow.tau_syn**2

    def undo(self, number: int) -> None:
        """The event that ends a segment."""
        event = self.trace.events[number]
        undo: dict[type, Callable[[int, Any], None]] = {
            Arrival: self.undo_arrival,
            Spike: self.undo_spike,
            Release: self.undo_release,
        }
        undo[type(event)](number, event)

    def undo_arrival(self, number: int, event: Arrival) -> None:
        projection, row = self.net.projections[event.projection], self.rows[event.projection]
        targets = np.arange(self.net.num_cells)[self.net.place(projection.target)][event.targets]
        weight, pull = projection.weight[event.source, event.targets], self.a_v[targets] / self.cells.tau_mem[targets]
        if projection.tau is None:
            gain = self.a_v[targets]
            moved = weight * pull + self.density_jumps(number, targets, weight)
        else:
            gain = self.a_i[row, targets]
            free = ~self.trace.segments[number + 1].held[targets]
            moved = weight * (gain / self.flow.tau_syn[row, targets] - free * pull)
        for pulse in self.sources.pulses:
            if pulse.event == number:
                moved = moved + pulse.amount * pulse.rate * (targets == self.net.num_hidden + pulse.output)
        self.found[f"{event.projection}.weight"][event.source, event.targets] += gain
        self.found[f"{event.projection}.delay"][event.source, event.targets] += moved
        times = self.found["input_times"] if projection.source == "input" else self.later
        times[event.emission] += moved.sum()

    def density_jumps(self, number: int, targets: Array, weight: Array) -> Array:
        """What the density loses when outputs jump, one after the other."""
        if self.sources.density is None:
            return np.zeros(len(targets))
        after, time = self.trace.segments[number + 1].state.v.copy(), np.array([self.trace.times[number]])
        voltages = [after[self.net.num_hidden :].copy()]
        for target, added in zip(targets[::-1], weight[::-1], strict=True):
            after[target] -= added
            voltages.append(after[self.net.num_hidden :].copy())
        densities = [float(self.sources.density(time, v[np.newaxis])[0]) for v in reversed(voltages)]
        return -np.diff(densities)

    def undo_spike(self, number: int, event: Spike) -> None:
        who, cells = event.who, self.cells
        kept = float(cells.relative_reset[who])
        a_v, a_b = self.a_v[who], self.a_b[who]
        change = self.later[event.emission] + a_v * (kept * event.before - event.after)
        change += a_b * cells.strength[who] / cells.tau_adapt[who]
        self.found["v_reset"][who] += a_v
        self.found["strength"][who] += a_b
        self.found["theta"][who] -= kept * a_v
        self.a_v[who] = kept * a_v
        if event.cause is not None:
            self.later[event.cause] += change
            self.found["refractory"][who] += change
            return
        self.a_v[who] -= change / event.approach
        self.a_b[who] += change / event.approach
        self.found["theta"][who] += change / event.approach

    def undo_release(self, number: int, event: Release) -> None:
        change = self.a_v[event.who] * event.slope
        self.later[event.emission] -= change
        self.found["refractory"][event.who] -= change
