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
    table = Table(
        caption="Accuracy by timestep",
        columns=(Column("Timesteps"), Column("Accuracy"), Column("95 % interval")),
        rows=tuple(
            cells(str(point.timestep), words.percent(point.accuracy), words.interval(point.interval))
            for point in figure.points
        ),
        narrow=True,
    )
    level = "" if result.ann is None else f"ANN {words.percent(result.ann.accuracy)}"
    return Section(
        name="curve",
        title="Accuracy by timestep",
        view={"figure": figure, "sentence": sentences.curve_sentence(result), "level": level, "table": table},
    )
