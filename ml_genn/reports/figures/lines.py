"""Lines through points, each with a band if it has one, in one plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from .axis import Axis, Tick

Point = tuple[float, float]


@final
@dataclass(frozen=True)
class Series:
    """What a line runs through: values (x, y), and for each the ends of an interval.

    `kind` is its colour in the style sheet: "snn", "ann", "third" or "fourth".
    """

    kind: str
    name: str
    values: tuple[Point, ...]
    intervals: tuple[tuple[float, float], ...] = ()


@final
@dataclass(frozen=True)
class Line:
    """A line in a box of 100 by 100, from the top left: its points, its SVG path and that of its band, if any."""

    kind: str
    name: str
    points: tuple[Point, ...]
    path: str
    band: str


@final
@dataclass(frozen=True)
class LineFigure:
    """Lines with their axes, and the height of a level to reach, in percent from the top."""

    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    level: float | None = None


def line_figure(series: Sequence[Series], x: Axis, y: Axis, *, level: float | None = None) -> LineFigure:
    """The lines of all series; `level` is a value on the y-axis."""
    return LineFigure(
        lines=tuple(_line(one, x, y) for one in series),
        x_ticks=x.ticks,
        y_ticks=tuple(Tick(100 - tick.at, tick.label) for tick in y.ticks),
        level=None if level is None else 100 - y.place(level),
    )


def _line(series: Series, x: Axis, y: Axis) -> Line:
    points = tuple((x.place(at), 100 - y.place(value)) for at, value in series.values)
    edges = [
        [(at, 100 - y.place(interval[end])) for (at, _), interval in zip(points, series.intervals, strict=True)]
        for end in (1, 0)
        if series.intervals
    ]
    band = f"{_path([*edges[0], *reversed(edges[1])])}Z" if edges else ""
    return Line(series.kind, series.name, points, _path(points), band)


def _path(points: Iterable[Point]) -> str:
    return "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points)
