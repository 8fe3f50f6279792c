"""Counts in square cells as a few SVG paths, one for each darkness: small, sharp, and coloured by the style sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import final

from ..result import Density

LEVELS = 6
"""Shades from the lightest, 1, to the darkest."""

Counts = Sequence[Sequence[int]]


@final
@dataclass(frozen=True)
class Cells:
    """`size` by `size` cells of width 1; `paths` (level, SVG path of the cells' centre lines)."""

    size: int
    paths: tuple[tuple[int, str], ...]


@final
@dataclass(frozen=True)
class DensityFigure:
    """Values of a layer beside the ANN's: cells, the ends of both axes, and where zero lies in percent, if inside."""

    cells: Cells
    low: float
    high: float
    zero: float | None


def shade(count: int, largest: int) -> int:
    """0 for nothing, else 1 .. LEVELS, logarithmic."""
    return math.ceil(LEVELS * math.log1p(count) / math.log1p(largest)) if count else 0


def cells(counts: Counts, level: Callable[[int, int], int]) -> Cells:
    """`level(row, column)` of each cell, the first row at the top; cells of level 0 are left out."""
    paths: dict[int, list[str]] = {}
    for row in range(len(counts)):
        for found, column, length in _runs([level(row, column) for column in range(len(counts[row]))]):
            paths.setdefault(found, []).append(f"M{column} {row}.5h{length}")
    return Cells(len(counts), tuple((found, "".join(parts)) for found, parts in sorted(paths.items()) if found))


def density_figure(density: Density) -> DensityFigure:
    """ANN to the right, decoded values upwards."""
    rows = density.counts[::-1]
    largest = max(map(max, rows))
    span = density.high - density.low
    return DensityFigure(
        cells=cells(rows, lambda row, column: shade(rows[row][column], largest)),
        low=density.low,
        high=density.high,
        zero=-100 * density.low / span if density.low < 0 < density.high else None,
    )


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(value, first position, length) of each run of equal values."""
    at = 0
    for value, members in groupby(values):
        length = len(list(members))
        yield value, at, length
        at += length
