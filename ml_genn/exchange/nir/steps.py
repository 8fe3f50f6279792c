"""Steps of time: between NIR's differential equations in seconds and our updates in steps of dt milliseconds.

NIR writes a leaky membrane as tau dv/dt = -v + r I. A reader with step dt makes of it v <- a v + (1 - a) r I with

    euler: a = 1 - dt / tau      (snnTorch, Norse and most others)
    exact: a = exp(-dt / tau)    (exact for input that is constant over a step)

Ours is v <- Alpha v + s I with Alpha = exp(-dt / tau_mem). Equal steps need a = Alpha and r = s / (1 - Alpha), so that
weights stay as they are; only tau depends on the rule: dt / (1 - Alpha) or tau_mem. Without leak, v <- v + r I with
r = 1 per step, as all readers of IF have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ...errors import DescriptionError
from .problems import Refusal

Array = np.ndarray
MS_PER_SECOND = 1000.0
WHOLE = 1e-6
"""How far a delay may be from a whole number of steps, relative: both are quotients of floating-point numbers."""


@final
@dataclass(frozen=True)
class Rule:
    """How a reader makes steps of an equation: decay of a step, and time constants, all in milliseconds."""

    left: Callable[[Array, float], Array]
    """(tau, dt) -> a"""
    to_nir: Callable[[Array, float], Array]
    """(our tau, dt) -> the tau with which this rule gives exp(-dt / our tau)"""
    from_nir: Callable[[Array, float], Array]


def _from_euler(tau: Array, dt: float) -> Array:
    if (tau <= dt).any():
        raise Refusal(
            f"its time constant of {tau.min():g} ms is not above the timestep of {dt:g} ms",
            "give the timestep that the file was made for, or steps='exact'",
        )
    return -dt / np.log1p(-dt / tau)


RULES: Mapping[str, Rule] = {
    "euler": Rule(
        left=lambda tau, dt: 1.0 - dt / tau,
        to_nir=lambda tau, dt: dt / lost(tau, dt),
        from_nir=_from_euler,
    ),
    "exact": Rule(
        left=lambda tau, dt: np.exp(-dt / tau), to_nir=lambda tau, dt: tau * 1.0, from_nir=lambda tau, dt: tau * 1.0
    ),
}


def lost(tau: Any, dt: float) -> Array:
    """1 - exp(-dt / tau) without cancellation."""
    return -np.expm1(-dt / np.asarray(tau, np.float64))


@final
@dataclass(frozen=True)
class Steps:
    """The timestep and the rule that readers are expected to use.

    Args:
        dt: timestep [ms].
        rule: "euler" or "exact".

    Raises:
        DescriptionError: another rule, or a timestep that is not positive.
    """

    dt: float = 1.0
    rule: str = "euler"

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise DescriptionError(f"steps must be one of {', '.join(RULES)}, got {self.rule!r}")
        if not 0.0 < self.dt < float("inf"):
            raise DescriptionError(f"dt must be a positive number of milliseconds, got {self.dt!r}")

    def tau_to_nir(self, tau: Array) -> Array:
        """Our time constant [ms] as NIR's [s]."""
        return RULES[self.rule].to_nir(np.asarray(tau, np.float64), self.dt) / MS_PER_SECOND

    def tau_from_nir(self, tau: Array) -> Array:
        """NIR's time constant [s] as ours [ms].

        Raises:
            Refusal: the rule has no decay for it.
        """
        values = np.asarray(tau, np.float64) * MS_PER_SECOND
        if not (values > 0).all():
            raise Refusal("its time constants must be positive", "correct the file")
        return RULES[self.rule].from_nir(values, self.dt)

    def gain_to_nir(self, gain: Array | float, tau: Array) -> Array:
        """The r (or w_in) with which input I adds gain I in a step."""
        return np.asarray(gain / lost(tau, self.dt), np.float64)

    def gain_from_nir(self, r: Array, tau_nir: Array) -> Array:
        """What input I adds in a step, relative to I."""
        tau = np.asarray(tau_nir, np.float64) * MS_PER_SECOND
        gain: Array = np.asarray(r, np.float64) * (1.0 - RULES[self.rule].left(tau, self.dt))
        return gain

    def delay_to_nir(self, steps: int) -> float:
        """Timesteps as seconds."""
        return steps * self.dt / MS_PER_SECOND

    def delay_from_nir(self, delay: Array) -> int:
        """Seconds as timesteps.

        Raises:
            Refusal: synapses have different delays, or they are no whole number of steps.
        """
        values = np.asarray(delay, np.float64) * MS_PER_SECOND / self.dt
        if not values.size or (values != values.flat[0]).any():
            raise Refusal("its delays differ between neurons", "give each delay a node of its own")
        found = float(values.flat[0])
        steps = round(found)
        if steps < 0 or abs(found - steps) > WHOLE * max(steps, 1):
            raise Refusal(
                f"its delay of {found * self.dt:g} ms is no whole number of timesteps of {self.dt:g} ms",
                "give the timestep that the file was made for",
            )
        return steps
