"""How the answer forms: accuracy after a growing number of timesteps."""

from __future__ import annotations

from .. import figures, sentences, words
from ..page import Section
from ..result import Result
from ..tables import Column, Table, cells


def curve(result: Result) -> Section | None:
    """The curve with its band, and the same as a table; None where there is one answer only."""
    figure = figures.curve_figure(result)
    if figure is None:
        return None
    level = "" if result.ann is None else f"ANN {words.percent(result.ann.accuracy)}"
    return Section(
        name="curve",
        title="Accuracy by timestep",
        view={"figure": figure, "sentence": sentences.curve_sentence(result), "level": level, "table": _table(result)},
    )


def _table(result: Result) -> Table:
    series = figures.accuracy_series(result)
    return Table(
        caption="Accuracy by timestep",
        columns=(Column("Timesteps"), Column("Accuracy"), Column("95 % interval")),
        rows=tuple(
            cells(f"{timesteps:,.0f}", words.percent(accuracy / 100), words.interval((low / 100, high / 100)))
            for (timesteps, accuracy), (low, high) in zip(series.values, series.intervals, strict=True)
        ),
        narrow=True,
    )
