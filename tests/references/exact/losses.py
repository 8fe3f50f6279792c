"""Losses of voltages and of spike times; T is the duration of a trial, V_j an output, p = softmax(z), y the label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from .net import Array
from .peaks import peaks
from .sources import Loss, Pulse, Sources, crossentropy
from .trace import Trace


def input_average(times: Array, trace: Trace, tau: float) -> Array:
    """Leaky count of all input spikes: each adds 1, which decays with time constant `tau` [ms]."""
    given = np.array([time for time, _ in trace.inputs])
    since = times[:, np.newaxis] - given
    return np.asarray(np.sum(np.where(since >= 0.0, np.exp(-np.maximum(since, 0.0) / tau), 0.0), axis=1))


@final
@dataclass(frozen=True)
class WeightedMean(Loss):
    """-log p_y with z_j = scale / T times the integral of weight(t) V_j(t).

    Args:
        kind: "flat" (1), "linear" (1 - t / T), "exp" (e^(-t / T)), "sigmoid" (1 / (1 + e^((t / T - 1/2) / 0.2))) or
            "input" (the leaky count of input spikes).
        scale: what z is multiplied by; T / dt makes a sum over timesteps of the mean.
        tau: time constant of the count of input spikes [ms].
    """

    kind: str = "flat"
    scale: float = 1.0
    tau: float = 20.0

    def weight(self, times: Array, trace: Trace) -> Array:
        """The weight at some times."""
        u = times / trace.net.duration
        shapes: dict[str, Callable[[], Array]] = {
            "flat": lambda: np.ones_like(u),
            "linear": lambda: 1.0 - u,
            "exp": lambda: np.exp(-u),
            "sigmoid": lambda: 1.0 / (1.0 + np.exp((u - 0.5) / 0.2)),
            "input": lambda: input_average(times, trace, self.tau),
        }
        return shapes[self.kind]() * self.scale / trace.net.duration

    def scores(self, trace: Trace) -> Array:
        """The readouts z."""
        times, rule, voltages = trace.samples
        return np.asarray((rule * self.weight(times, trace)) @ voltages)

    def sources(self, trace: Trace, target: int) -> Sources:
        value, error = crossentropy(self.scores(trace), target)
        return Sources(
            float(value),
            lambda t, v: self.weight(t, trace) * (v @ error),
            lambda t, v: self.weight(t, trace)[:, np.newaxis] * error,
        )


@final
@dataclass(frozen=True)
class MaxVoltage(Loss):
    """-log p_y with z_j = scale times the maximum of V_j."""

    scale: float = 1.0

    def sources(self, trace: Trace, target: int) -> Sources:
        found = peaks(trace)
        value, error = crossentropy(self.scale * np.array([peak.value for peak in found]), target)
        pulses = [
            Pulse(peak.segment, peak.since, j, float(self.scale * e), peak.event, peak.rate)
            for j, (peak, e) in enumerate(zip(found, error, strict=True))
        ]
        return Sources(float(value), pulses=pulses)


@final
@dataclass(frozen=True)
class MeanCrossentropy(Loss):
    """1 / T times the integral of -log softmax(V(t))_y: a loss in each moment."""

    def sources(self, trace: Trace, target: int) -> Sources:
        _, rule, voltages = trace.samples
        duration = trace.net.duration
        return Sources(
            float(rule @ crossentropy(voltages, target)[0]) / duration,
            lambda t, v: crossentropy(v, target)[0] / duration,
            lambda t, v: crossentropy(v, target)[1] / duration,
        )


@final
@dataclass(frozen=True)
class MeanSquare(Loss):
    """1 / T times the integral of 1/2 sum_j (V_j - y_j)^2, y a function of times (n,) with values (n, outputs)."""

    def sources(self, trace: Trace, target: Callable[[Array], Array]) -> Sources:
        times, rule, voltages = trace.samples
        duration = trace.net.duration
        return Sources(
            float(rule @ np.sum((voltages - target(times)) ** 2, axis=1)) / (2.0 * duration),
            lambda t, v: np.sum((v - target(t)) ** 2, axis=1) / (2.0 * duration),
            lambda t, v: (v - target(t)) / duration,
        )


@final
@dataclass(frozen=True)
class FirstSpike(Loss):
    """-log p_y with z_j = -t_j / tau_0, t_j the first spike of output j, and a term that wants t_y early:

    alpha / (1.01 T - t_y), or where `tau_1` is given alpha (e^(t_y / tau_1) - 1). Outputs that do not spike have
    p_j = 0; the label's output must.

    Args:
        tau_0, tau_1: time constants [ms].
        alpha: strength of the second term.
    """

    tau_0: float = 3.0
    alpha: float = 0.5
    tau_1: float | None = None

    def sources(self, trace: Trace, target: int) -> Sources:
        times, indices = trace.first_output_spikes()
        value, error = crossentropy(-times / self.tau_0, target)
        slopes = -error / self.tau_0
        late = float(times[target])
        if self.tau_1 is None:
            rest = 1.01 * trace.net.duration - late
            value = value + self.alpha / rest
            slopes[target] += self.alpha / rest**2
        else:
            value = value + self.alpha * np.expm1(late / self.tau_1)
            slopes[target] += self.alpha / self.tau_1 * np.exp(late / self.tau_1)
        return Sources(float(value), spikes=_by_spike(indices, slopes))


@final
@dataclass(frozen=True)
class RelativeSquare(Loss):
    """1/2 sum_{j != y} (t_j - t_y - delta)^2, t_j the first spike of output j; all outputs must spike.

    Args:
        delta: by how much the label's output should be earlier [ms].
    """

    delta: float = 2.0

    def sources(self, trace: Trace, target: int) -> Sources:
        times, indices = trace.first_output_spikes()
        error = times - times[target] - self.delta
        error[target] = 0.0
        slopes = error.copy()
        slopes[target] = -error.sum()
        return Sources(float(0.5 * np.sum(error**2)), spikes=_by_spike(indices, slopes))


def _by_spike(indices: Array, slopes: Array) -> dict[int, float]:
    return {int(k): float(slope) for k, slope in zip(indices, slopes, strict=True) if k >= 0}
