"""Which classes are taken for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from .. import figures, sentences, words
from ..page import Section
from ..result import Confused, Confusion, Result
from ..tables import Cell, Column, Table

READABLE = 12
"""Up to so many classes the matrix is a table of numbers; of more a figure, with the largest numbers in a table."""

MOST_MISTAKES = 10


@final
@dataclass(frozen=True)
class MatrixCell:
    """One number of the matrix: its class in the style sheet, and how the ANN's differs from it."""

    text: str
    kind: str
    difference: str


def mistakes(result: Result) -> Section | None:
    """The confusion matrix; None where a result has none."""
    confusion = result.confusion
    if confusion is None:
        return None
    small = confusion.snn is not None and confusion.classes <= READABLE
    return Section(
        name="mistakes",
        title="Confusion matrix" if confusion.snn is not None else "Most frequent mistakes",
        view={
            "classes": range(confusion.classes),
            "matrix": _matrix(confusion) if small else (),
            "figure": None if small else _figure(confusion),
            "sentence": sentences.confusion_sentence(confusion),
            "table": _table(confusion) if confusion.frequent else None,
            "compared": confusion.ann is not None,
        },
    )


def _matrix(confusion: Confusion) -> tuple[tuple[MatrixCell, ...], ...]:
    counts, ann = confusion.snn or (), confusion.ann
    return tuple(
        tuple(
            MatrixCell(
                text=f"{count}" if count else "·",
                kind=_kind(label, answer, count, sum(row)),
                difference=words.signed(count - ann[label][answer]) if ann and count != ann[label][answer] else "",
            )
            for answer, count in enumerate(row)
        )
        for label, row in enumerate(counts)
    )


def _kind(label: int, answer: int, count: int, examples: int) -> str:
    """Shades of one colour on the diagonal, of another beside it; a share of each label's examples."""
    if not count:
        return "none"
    share = count / examples
    steps = (0.5, 0.8, 0.95) if label == answer else (0.01, 0.03, 0.1)
    return f"{'right' if label == answer else 'wrong'}-{1 + sum(share >= step for step in steps)}"


def _figure(confusion: Confusion) -> figures.Cells | None:
    if confusion.snn is None:
        return None
    counts = confusion.snn
    largest = max(map(max, counts)) or 1
    return figures.cells(counts, lambda row, column: figures.shade(counts[row][column], largest))


def _table(confusion: Confusion) -> Table:
    ann = any(item.ann is not None for item in confusion.frequent)
    columns = (Column("Class"), Column("Taken for"), Column("SNN"), *([Column("ANN")] if ann else []))
    return Table(
        caption="Most frequent mistakes of the spiking network, in examples",
        columns=columns,
        rows=tuple(_row(item) for item in confusion.frequent[:MOST_MISTAKES]),
        narrow=True,
    )


def _row(item: Confused) -> tuple[Cell, ...]:
    numbers = (item.label, item.answer, item.snn, *([] if item.ann is None else [item.ann]))
    return tuple(Cell(f"{number:,}") for number in numbers)
