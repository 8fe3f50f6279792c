"""Axes with round numbers. Positions everywhere in this package are in percent of the plot's width and height."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from .. import words

MARGIN = 0.05
"""Decades that a logarithmic axis reaches beyond its values."""


@final
@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in percent."""

    at: float
    label: str


@final
@dataclass(frozen=True)
class Axis:
    """Where values lie, in percent from the beginning of the axis, and its ticks."""

    place: Callable[[float], float]
    ticks: tuple[Tick, ...]


def round_limits(low: float, high: float, intervals: int) -> tuple[float, float, float]:
    """Round limits around [low, high] and the step between ticks: 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / intervals))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * intervals >= span)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def linear_axis(low: float, high: float, step: float, *, unit: str = "") -> Axis:
    """From `low` to `high` with a tick at every `step`, written with as many digits as the numbers need."""
    digits = max(0, -math.floor(math.log10(step)))

    def place(value: float) -> float:
        return (value - low) / (high - low) * 100

    values = [low + i * step for i in range(round((high - low) / step) + 1)]
    return Axis(place, tuple(Tick(place(value), f"{value:.{digits}f}{unit}") for value in values))


def doubling_axis(first: float, last: float, most: int = 8) -> Axis:
    """Logarithmic, with ticks at powers of two, at most so many of them."""
    low, high = math.log2(first), math.log2(last)

    def place(value: float) -> float:
        return (math.log2(value) - low) / (high - low) * 100

    powers = [2**i for i in range(math.ceil(low), math.floor(high) + 1)]
    keep = max(math.ceil(len(powers) / most), 1)
    return Axis(place, tuple(Tick(place(power), str(power)) for power in powers[::-keep][::-1]))


def decade_axis(first: float, last: float, most: int = 6) -> Axis:
    """Logarithmic, a little wider than [first, last], with ticks at 1, 2 and 5 times powers of ten, at most so many."""
    low, high = math.log10(first) - MARGIN, math.log10(last) + MARGIN

    def place(value: float) -> float:
        return (math.log10(max(value, first)) - low) / (high - low) * 100

    powers = range(math.floor(low), math.ceil(high) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        values = [factor * 10.0**power for power in powers for factor in factors]
        inside = [value for value in values if low <= math.log10(value) <= high]
        if len(inside) <= most:
            break
    return Axis(place, tuple(Tick(place(value), _round(value)) for value in inside))


def _round(value: float) -> str:
    """A round number, without the zeros that `compact` keeps."""
    number, _, prefix = words.compact(value).partition("\u00a0")
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number}\u00a0{prefix}".rstrip("\u00a0")
