"""Accuracy against time, with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from ..result import Result
from ..wilson import wilson
from .axis import Tick


@final
@dataclass(frozen=True)
class CurvePoint:
    """An accuracy after some timesteps with its 95 % interval, and where it lies in percent of width and height."""

    timestep: int
    accuracy: float
    interval: tuple[float, float]
    x: float
    y: float


@final
@dataclass(frozen=True)
class CurveFigure:
    """Accuracy by timestep: a line in its band, and the ANN's accuracy as a level to reach."""

    points: tuple[CurvePoint, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    ann: float | None

    @property
    def path(self) -> str:
        """The line as an SVG path in a box of 100 by 100."""
        return _path((point.x, point.y) for point in self.points)

    @property
    def band(self) -> str:
        """The 95 % intervals as a closed SVG path in the same box."""
        upper = [(point.x, _height(point.interval[1])) for point in self.points]
        lower = [(point.x, _height(point.interval[0])) for point in reversed(self.points)]
        return f"{_path([*upper, *lower])}Z"


def curve_figure(result: Result) -> CurveFigure | None:
    """Accuracy by timestep on a logarithmic time axis; None where the answer comes only once."""
    curve, examples = result.accuracy_by_timestep, result.snn.examples
    if len(curve) < 2:
        return None
    first, last = math.log2(curve[0][0]), math.log2(curve[-1][0])

    def place(timestep: float) -> float:
        return (math.log2(timestep) - first) / (last - first) * 100

    powers = [2**i for i in range(math.ceil(first), math.floor(last) + 1)]
    keep = math.ceil(len(powers) / 8)
    return CurveFigure(
        points=tuple(
            CurvePoint(t, accuracy, wilson(round(accuracy * examples), examples), place(t), _height(accuracy))
            for t, accuracy in curve
        ),
        x_ticks=tuple(Tick(place(t), str(t)) for t in powers[::-keep][::-1]),
        y_ticks=tuple(Tick(100 - value, f"{value}\u00a0%") for value in (0, 25, 50, 75, 100)),
        ann=None if result.ann is None else _height(result.ann.accuracy),
    )


def _height(accuracy: float) -> float:
    """Percent of the height, from the top down."""
    return 100 - 100 * accuracy


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points)
