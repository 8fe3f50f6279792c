"""Accuracies with their intervals, side by side on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ..result import Accuracy, Result
from .axis import Tick, linear_axis, round_limits


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


def interval_figure(result: Result) -> IntervalFigure:
    """ANN (where there is one) and SNN on a common axis."""
    named = [("snn", "SNN", result.snn)]
    if result.ann is not None:
        named.insert(0, ("ann", "ANN", result.ann))
    lowest = min(accuracy.confidence_95[0] for _, _, accuracy in named)
    highest = max(accuracy.confidence_95[1] for _, _, accuracy in named)
    low, high, step = round_limits(100 * lowest, 100 * highest, 4)
    axis = linear_axis(max(low, 0.0), min(high, 100.0), step, unit="\u00a0%")
    marks = tuple(
        IntervalMark(
            kind=kind,
            name=name,
            at=axis.place(100 * a.accuracy),
            low=axis.place(100 * a.confidence_95[0]),
            high=axis.place(100 * a.confidence_95[1]),
            accuracy=a,
        )
        for kind, name, a in named
    )
    return IntervalFigure(marks, axis.ticks)
