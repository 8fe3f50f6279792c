"""Geometry of the figures on the page: positions in percent of the plot's width and height, no markup.

Horizontal positions are percentages, so that a figure fills any width while its text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from .result import Accuracy, Histogram, Result, Timing


@final
@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in percent."""

    at: float
    label: str


@final
@dataclass(frozen=True)
class IntervalMark:
    """An accuracy with its 95 % interval, in percent of the axis."""

    kind: str
    name: str
    at: float
    low: float
    high: float
    accuracy: Accuracy


@final
@dataclass(frozen=True)
class IntervalFigure:
    """Accuracies side by side on one axis that covers their intervals."""

    marks: tuple[IntervalMark, ...]
    ticks: tuple[Tick, ...]


@final
@dataclass(frozen=True)
class CurveFigure:
    """Accuracy by timestep: a line, its points, and the ANN's accuracy as a level to reach."""

    points: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    ann: float | None

    @property
    def path(self) -> str:
        """The line as an SVG path in a box of 100 by 100."""
        return "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in self.points)


@final
@dataclass(frozen=True)
class Bar:
    """One bar of a small plot, in percent: left edge, width, height."""

    left: float
    width: float
    height: float
    label: str = ""


@final
@dataclass(frozen=True)
class Share:
    """One part of a bar that shows how a whole divides, in percent."""

    kind: str
    label: str
    left: float
    width: float
    value: float


def interval_figure(result: Result) -> IntervalFigure:
    """ANN (where there is one) and SNN on a common axis."""
    named = [("snn", "SNN", result.snn)]
    if result.ann is not None:
        named.insert(0, ("ann", "ANN", result.ann))
    lowest = min(accuracy.confidence_95[0] for _, _, accuracy in named)
    highest = max(accuracy.confidence_95[1] for _, _, accuracy in named)
    low, high, step = _axis(100 * lowest, 100 * highest, 4)
    low, high = max(low, 0.0), min(high, 100.0)

    def place(fraction: float) -> float:
        return (100 * fraction - low) / (high - low) * 100

    marks = tuple(
        IntervalMark(kind, name, place(a.accuracy), place(a.confidence_95[0]), place(a.confidence_95[1]), a)
        for kind, name, a in named
    )
    ticks = tuple(
        Tick((value - low) / (high - low) * 100, f"{_plain(value, step)}\u00a0%") for value in _steps(low, high, step)
    )
    return IntervalFigure(marks, ticks)


def curve_figure(result: Result) -> CurveFigure | None:
    """Accuracy by timestep on a logarithmic time axis; None where the answer comes only once."""
    curve = result.accuracy_by_timestep
    if len(curve) < 2:
        return None
    first, last = math.log2(curve[0][0]), math.log2(curve[-1][0])

    def place_x(timestep: float) -> float:
        return (math.log2(timestep) - first) / (last - first) * 100

    def place_y(accuracy: float) -> float:
        return 100 - 100 * accuracy

    powers = [2**i for i in range(math.ceil(first), math.floor(last) + 1)]
    keep = math.ceil(len(powers) / 8)
    return CurveFigure(
        points=tuple((place_x(t), place_y(accuracy)) for t, accuracy in curve),
        x_ticks=tuple(Tick(place_x(t), str(t)) for t in powers[::-keep][::-1]),
        y_ticks=tuple(Tick(100 - value, f"{value}\u00a0%") for value in (0, 25, 50, 75, 100)),
        ann=None if result.ann is None else place_y(result.ann.accuracy),
    )


def histogram_bars(histogram: Histogram) -> tuple[Bar, ...]:
    """Bars whose heights are logarithmic, since most neurons of a sparse layer share the first bin."""
    tallest = math.log1p(max(histogram.counts, default=0)) or 1.0
    width = 100 / max(len(histogram.counts), 1)
    size = (histogram.high - histogram.low) / max(len(histogram.counts), 1)
    return tuple(
        Bar(
            left=i * width,
            width=width,
            height=100 * math.log1p(count) / tallest,
            label=f"{histogram.low + i * size:g} to {histogram.low + (i + 1) * size:g}: {count:,}",
        )
        for i, count in enumerate(histogram.counts)
    )


def relative(values: Sequence[float | None]) -> tuple[float, ...]:
    """Lengths of bars in percent of the largest value."""
    largest = max((value for value in values if value is not None), default=0.0) or 1.0
    return tuple(100 * (value or 0.0) / largest for value in values)


def timing_shares(timing: Timing) -> tuple[Share, ...]:
    """How the time divides into building the network, feeding it and simulating it."""
    return _shares(
        (
            ("build", timing.build_seconds),
            ("input", timing.input_seconds),
            ("simulation", timing.simulation_seconds),
        )
    )


def _shares(parts: Sequence[tuple[str, float]]) -> tuple[Share, ...]:
    total = sum(value for _, value in parts) or 1.0
    shares, left = [], 0.0
    for kind, value in parts:
        width = 100 * value / total
        shares.append(Share(kind, kind, left, width, value))
        left += width
    return tuple(shares)


def _axis(low: float, high: float, intervals: int) -> tuple[float, float, float]:
    """Round limits around [low, high] and the step between ticks: 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / intervals))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * intervals >= span)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + i * step for i in range(round((high - low) / step) + 1)]


def _plain(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step)))
    return f"{value:.{digits}f}"
