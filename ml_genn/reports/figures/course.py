"""Numbers by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .axis import linear_axis, round_limits
from .lines import LineFigure, Series, line_figure

DOTS = 40
"""Of lines with more points only the last one is marked."""


def course_figure(series: Sequence[Series], *, unit: str = "", most: float | None = None) -> LineFigure:
    """Lines over epochs; the y-axis has zero on it, and does not go beyond `most`.

    Args:
        series: at least one, none of them empty; x are whole numbers.
        unit: unit of the y-axis, with the space before it.
        most: the largest value that there can be.
    """
    at = [x for one in series for x, _ in one.values]
    values = [y for one in series for _, y in one.values]
    first, last = min(at), max(max(at), min(at) + 1)
    x = linear_axis(*_whole(first, last))
    above = 1.0 if not any(values) else max(0.0, *values)  # an axis of nothing but zeros still has a scale
    low, high, step = round_limits(min(0.0, *values), above, 5)
    y = linear_axis(low, max(high if most is None else min(high, most), low + step), step, unit=unit)
    figure = line_figure(series, x, y)
    return replace(
        figure,
        lines=tuple(
            line if len(line.points) <= DOTS else replace(line, points=line.points[-1:]) for line in figure.lines
        ),
    )


def _whole(first: float, last: float) -> tuple[float, float, float]:
    """Limits of an axis of whole numbers, and the step between its ticks, whole too."""
    low, high, step = round_limits(first, last, 8)
    return (low, high, step) if step >= 1 else (first, last, 1.0)
