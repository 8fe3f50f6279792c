"""Axes with round numbers. Positions everywhere in this package are in percent of the plot's width and height."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in percent."""

    at: float
    label: str


def round_axis(low: float, high: float, intervals: int) -> tuple[float, float, float]:
    """Round limits around [low, high] and the step between ticks: 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / intervals))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * intervals >= span)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def percent_ticks(low: float, high: float, step: float) -> tuple[Tick, ...]:
    """Every `step` percent from `low` to `high`, as far as the numbers need digits."""
    digits = max(0, -math.floor(math.log10(step)))
    values = [low + i * step for i in range(round((high - low) / step) + 1)]
    return tuple(Tick((value - low) / (high - low) * 100, f"{value:.{digits}f}\u00a0%") for value in values)
