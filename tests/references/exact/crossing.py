"""The first time at which a voltage reaches its threshold from below.

The distance V - theta - B of neurons that may get there at all is sampled every 0.1 ms; peaks between samples are
looked for where samples come close. The crossing is then found to the last digit.
"""

from __future__ import annotations

from math import exp, expm1
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from .flow import Flow, State, psp
from .net import Array

SPACING = 0.1  # [ms]
CLOSE = 0.02  # a peak between samples is higher than they are by SPACING^2 / 8 times its curvature, far less than this


def first_crossing(
    flow: Flow, theta: Array, state: State, duration: float, free: Array, held: Array
) -> tuple[float, int] | None:
    """Time until a voltage reaches its threshold, and the neuron; None if that does not happen within `duration`.

    Args:
        flow: the dynamics.
        theta: thresholds without adaptation.
        state: the state now.
        duration: how long to look ahead [ms].
        free: which neurons may spike.
        held: which neurons' voltages stay.
    """
    found: tuple[float, int] | None = None
    if duration <= 0.0:
        return None
    for who in np.flatnonzero(free & _may_reach(flow, theta, state, duration)):
        time = _crossing(_Distance(flow, theta, state, int(who)), duration)
        if time is not None and not held[who]:
            found = min(found or (time, int(who)), (time, int(who)))
    return found


def _may_reach(flow: Flow, theta: Array, state: State, duration: float) -> Array:
    """Whether an upper bound of the voltage is above a lower bound of the threshold."""
    highest = np.minimum(duration, flow.peak_time)
    drive = np.sum(np.maximum(state.i, 0.0) * psp(highest, flow.tau_mem, flow.tau_syn), axis=0)
    most = np.maximum(state.v, 0.0) + drive + np.maximum(flow.bias, 0.0)
    return np.asarray(most >= theta + np.minimum(state.b, state.b * np.exp(-duration / flow.tau_adapt)))


class _Distance:
    """V - theta - B of one neuron, as a function of one time or of several."""

    def __init__(self, flow: Flow, theta: Array, state: State, who: int) -> None:
        self.tau_mem, self.tau_adapt = float(flow.tau_mem[who]), float(flow.tau_adapt[who])
        self.v, self.b, self.bias = float(state.v[who]), float(state.b[who]), float(flow.bias[who])
        self.theta = float(theta[who])
        self.currents = [
            (float(i), float(tau)) for i, tau in zip(state.i[:, who], flow.tau_syn[:, who], strict=True) if i
        ]

    def sampled(self, times: Array) -> Array:
        left = np.exp(-times / self.tau_mem)
        v = self.v * left - self.bias * np.expm1(-times / self.tau_mem)
        for i, tau in self.currents:
            v = v + i * psp(times, self.tau_mem, tau)
        return np.asarray(v - self.theta - self.b * np.exp(-times / self.tau_adapt))

    def __call__(self, t: float) -> float:
        left = exp(-t / self.tau_mem)
        v = self.v * left - self.bias * expm1(-t / self.tau_mem)
        for i, tau in self.currents:
            x = t / tau - t / self.tau_mem
            v += i * t / self.tau_mem * left * (-expm1(-x) / x if x else 1.0)
        return v - self.theta - self.b * exp(-t / self.tau_adapt)


def _crossing(distance: _Distance, duration: float) -> float | None:
    times = np.linspace(0.0, duration, max(5, int(duration / SPACING) + 2))
    samples = distance.sampled(times)
    above = np.flatnonzero((samples[1:] >= 0.0) & (samples[:-1] < 0.0))
    end = int(above[0]) + 1 if above.size else len(times)
    bracket: Any = (times[end - 1], times[end]) if above.size else None
    around = np.concatenate(([-np.inf], samples, [-np.inf]))
    is_peak = (samples >= around[:-2]) & (samples >= around[2:]) & (samples > -CLOSE) & (samples < 0.0)
    for peak in np.flatnonzero(is_peak[:end]):
        bounds = (times[max(peak - 1, 0)], times[min(peak + 1, len(times) - 1)])
        top = minimize_scalar(lambda t: -distance(t), bounds=bounds, method="bounded", options={"xatol": 1e-9})
        if -top.fun > 0.0:
            bracket = (bounds[0], float(top.x))
            break
    if bracket is None:
        return None
    return float(brentq(distance, *bracket, xtol=1e-15, rtol=1e-15))
