"""Tables as plain objects: texts, and the small figures beside them. On narrow screens each row becomes a card."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import final


@final
@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: what it says.
        kind: class of its text, as "pass", "fail" or "quiet".
        bar: a bar below it: colour and length in percent.
        histogram: small bars in its place: an SVG path in a box of 100 by 100, and `text` says what it shows.
        columns: how many columns it takes.
    """

    text: str = ""
    kind: str = ""
    bar: tuple[str, float] | None = None
    histogram: str | None = None
    columns: int = 1


@final
@dataclass(frozen=True)
class Column:
    """A column: its title, and whether it holds words, which begin at the left."""

    title: str
    words: bool = False


@final
@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; the first cell of each row is the row's heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    narrow: bool = False
    """Takes no more width than it needs, and stays a table on narrow screens."""

    def headed(self, row: tuple[Cell, ...]) -> tuple[tuple[Cell, Column], ...]:
        """The cells of a row with the columns in which they begin."""
        first = accumulate((cell.columns for cell in row), initial=0)
        return tuple((cell, self.columns[at]) for cell, at in zip(row, first, strict=False))


def cells(*texts: str) -> tuple[Cell, ...]:
    """A row of texts."""
    return tuple(Cell(text) for text in texts)
