"""Exact gradients of spiking networks in continuous time, event by event, in double precision.

Hidden neurons and outputs obey tau_m dV/dt = -V + sum_k I_k, tau_k dI_k/dt = -I_k; an arrival adds its weight to a
current. k = 0 is the current of inputs, k = 1 that of hidden neurons. A hidden neuron that reaches theta from below
sends a spike without delay and goes back by theta - v_reset (at the threshold the two kinds of reset are the same).
Outputs never spike; their readout is a weighted integral or the maximum of V. The loss is -log softmax(readout)[label].

Forward: the voltage between events is a sum of exponentials, whose first crossing is bracketed and bisected. Backward:
costates aV = dL/dV and aI = dL/dI, closed forms between events, jumps at spikes. What an arrival at time s at an output
contributes is one integral of its response, which takes the place of the output's costates. Of a maximum the time is
held fixed, which is exact where V is smooth there or the trial ends: not where an arrival ends the rise of V.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
SAMPLES = 64


@dataclass(frozen=True)
class Net:
    """A network of inputs, hidden neurons and outputs."""

    w_in: np.ndarray
    w_rec: np.ndarray
    w_out: np.ndarray
    tau_mem: Any = 20.0
    tau_in: float = 5.0
    tau_rec: float = 5.0
    tau_mem_out: float = 20.0
    tau_out: float = 5.0
    theta: float = 1.0
    v_reset: float = 0.0
    duration: float = 50.0
    readout: str = "avg"
    sum_step: float = 1.0  # timestep of which "sum" is the sum

    @property
    def leak(self) -> np.ndarray:
        return np.broadcast_to(np.asarray(self.tau_mem, np.float64), self.w_rec.shape[:1])


@dataclass
class Trace:
    """What happened: events in order of time, ("in" or "spike", time, id, slope before the spike, after it)."""

    events: list[tuple[str, float, int, float, float]] = field(default_factory=list)
    z: np.ndarray = field(default_factory=lambda: np.empty(0))
    peaks: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def spikes(self) -> list[tuple[float, int]]:
        return [(time, who) for kind, time, who, _, _ in self.events if kind == "spike"]


def psp(t: Any, tau_m: Any, tau_s: Any) -> np.ndarray:
    """Voltage at time t of a current that was 1 at time 0."""
    t, tau_m = np.asarray(t, np.float64), np.asarray(tau_m, np.float64)
    same = np.abs(tau_m - tau_s) < 1e-9
    gap = np.where(same, 1.0, tau_m - tau_s)
    return np.where(same, t / tau_m * np.exp(-t / tau_m), tau_s / gap * (np.exp(-t / tau_m) - np.exp(-t / tau_s)))


def forward(net: Net, inputs: list[tuple[float, int]]) -> Trace:
    """Run a trial; inputs are pairs (time of arrival, input)."""
    trace, now = Trace(), 0.0
    v, i = np.zeros(len(net.w_rec)), np.zeros((2, len(net.w_rec)))
    waiting = sorted(inputs)
    while True:
        until = min([net.duration, *(time for time, _ in waiting[:1])])
        crossing = _first_crossing(net, v, i, until - now)
        step = until - now if crossing is None else crossing[0]
        v, i = _advanced(net, v, i, step)
        now += step
        if crossing is not None:
            who = crossing[1]
            slope = (i[:, who].sum() - v[who]) / net.leak[who]
            v[who] -= net.theta - net.v_reset
            trace.events.append(("spike", now, who, slope, (i[:, who].sum() - v[who]) / net.leak[who]))
            i[1] += net.w_rec[who]
        elif waiting and waiting[0][0] <= net.duration and until < net.duration:
            time, who = waiting.pop(0)
            trace.events.append(("in", time, who, 0.0, 0.0))
            i[0] += net.w_in[who]
        else:
            break
    _read(net, trace)
    return trace


def loss_and_gradients(
    net: Net, inputs: list[tuple[float, int]], label: int
) -> tuple[float, dict[str, np.ndarray], Trace]:
    """-log softmax(z)[label] and its derivatives with respect to the weights."""
    trace = forward(net, inputs)
    p = np.exp(trace.z - trace.z.max())
    p /= p.sum()
    error = p.copy()
    error[label] -= 1.0
    found = {name: np.zeros_like(getattr(net, name)) for name in ("w_in", "w_rec", "w_out")}
    a_v, a_i, now = np.zeros(len(net.w_rec)), np.zeros((2, len(net.w_rec))), net.duration
    taus = np.array([net.tau_in, net.tau_rec])[:, np.newaxis]
    for kind, time, who, before, after in reversed(trace.events):
        gone = now - time
        a_i = a_i * np.exp(-gone / taus) + a_v * np.stack([psp(gone, net.leak, tau) for tau in taus[:, 0]])
        a_v = a_v * np.exp(-gone / net.leak)
        now = time
        if kind == "in":
            found["w_in"][who] += a_i[0]
            continue
        response, rate = _output_costates(net, trace, time)
        found["w_out"][who] += error * response
        found["w_rec"][who] += a_i[1]
        later = net.w_out[who] @ (error * rate) + net.w_rec[who] @ (a_i[1] / net.tau_rec - a_v / net.leak)
        a_v[who] = -(later - a_v[who] * after) / before
    return float(-np.log(p[label])), found, trace


def _advanced(net: Net, v: np.ndarray, i: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    taus = (net.tau_in, net.tau_rec)
    responses = sum(i[k] * psp(step, net.leak, tau) for k, tau in enumerate(taus))
    left = np.array([np.exp(-step / tau) for tau in taus])
    return v * np.exp(-step / net.leak) + responses, i * left[:, np.newaxis]


def _first_crossing(net: Net, v: np.ndarray, i: np.ndarray, step: float) -> tuple[float, int] | None:
    """Time until a voltage reaches theta from below, and the neuron."""
    if step <= 0.0:
        return None
    times = np.linspace(0.0, step, max(SAMPLES, int(step / 0.1)))
    leak = net.leak[:, np.newaxis]
    trains = v[:, np.newaxis] * np.exp(-times / leak)
    for k, tau in enumerate((net.tau_in, net.tau_rec)):
        trains = trains + i[k][:, np.newaxis] * psp(times, leak, tau)
    found = None
    for who, train in enumerate(trains):
        above = np.flatnonzero((train[1:] >= net.theta) & (train[:-1] < net.theta))
        if above.size:

            def excess(t: float, who: int = who) -> float:
                return float(_advanced(net, v, i, t)[0][who] - net.theta)

            time = brentq(excess, times[above[0]], times[above[0] + 1], xtol=1e-14, rtol=1e-15)
            found = min(found or (time, who), (time, who))
    return found


def _integral(net: Net, start: float, kernel: Any) -> float:
    """Integral from `start` to the end of the readout's weight times the kernel of the time since `start`."""
    half = 0.5 * (net.duration - start)
    since = half * (NODES + 1.0)
    weight = np.exp(-(start + since) / net.duration) if net.readout == "avg_exp" else np.ones_like(since)
    scale = 1.0 / net.sum_step if net.readout == "sum" else 1.0 / net.duration
    return float(scale * half * np.sum(WEIGHTS * weight * kernel(since)))


def _output_costates(net: Net, trace: Trace, time: float) -> tuple[np.ndarray, np.ndarray]:
    """For each output: what a weight of 1 that arrives at `time` adds to the readout, and its rate of change."""
    if net.readout == "max":
        since = trace.peaks - time
        response = np.where(since > 0.0, psp(np.maximum(since, 0.0), net.tau_mem_out, net.tau_out), 0.0)
        voltage = np.where(since > 0.0, np.exp(-np.maximum(since, 0.0) / net.tau_mem_out), 0.0)
    else:
        response = _integral(net, time, lambda s: psp(s, net.tau_mem_out, net.tau_out))
        voltage = _integral(net, time, lambda s: np.exp(-s / net.tau_mem_out))
    rate = response / net.tau_out - voltage / net.tau_mem_out
    return np.broadcast_to(response, trace.z.shape), np.broadcast_to(rate, trace.z.shape)


def _read(net: Net, trace: Trace) -> None:
    trace.z = np.zeros(net.w_out.shape[1])
    if net.readout == "max":
        trace.peaks = np.zeros_like(trace.z)
        for output in range(len(trace.z)):
            trace.peaks[output], trace.z[output] = _maximum(net, trace, output)
        return
    for time, who in trace.spikes:
        trace.z += net.w_out[who] * _output_costates(net, trace, time)[0]


def _maximum(net: Net, trace: Trace, output: int) -> tuple[float, float]:
    times = np.array([time for time, _ in trace.spikes])
    weights = np.array([net.w_out[who, output] for _, who in trace.spikes])

    def minus_voltage(t: np.ndarray | float) -> np.ndarray:
        since = np.maximum(np.asarray(t)[..., np.newaxis] - times, 0.0)
        return -np.asarray(psp(since, net.tau_mem_out, net.tau_out) @ weights)

    grid = np.linspace(0.0, net.duration, 2001)
    best = int(np.argmin(minus_voltage(grid)))
    if best in (0, len(grid) - 1):
        return float(grid[best]), -float(minus_voltage(grid[best]))
    found = minimize_scalar(
        minus_voltage, bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-13}
    )
    return float(found.x), -float(found.fun)
