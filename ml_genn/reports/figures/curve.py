"""Accuracy against time, with its interval."""

from __future__ import annotations

from ..result import Result
from ..wilson import wilson
from .axis import doubling_axis, linear_axis
from .lines import LineFigure, Series, line_figure


def accuracy_series(result: Result, *, kind: str = "snn", name: str = "SNN") -> Series:
    """Accuracy after so many timesteps, in percent, with its 95 % Wilson interval."""
    examples = result.snn.examples
    intervals = (wilson(round(accuracy * examples), examples) for _, accuracy in result.accuracy_by_timestep)
    return Series(
        kind=kind,
        name=name,
        values=tuple((timesteps, 100 * accuracy) for timesteps, accuracy in result.accuracy_by_timestep),
        intervals=tuple((100 * low, 100 * high) for low, high in intervals),
    )


def curve_figure(result: Result) -> LineFigure | None:
    """Accuracy by timestep on a logarithmic time axis; None where the answer comes only once."""
    curve = result.accuracy_by_timestep
    if len(curve) < 2:
        return None
    x = doubling_axis(curve[0][0], curve[-1][0])
    y = linear_axis(0, 100, 25, unit="\u00a0%")
    level = None if result.ann is None else 100 * result.ann.accuracy
    return line_figure([accuracy_series(result)], x, y, level=level)
