"""How method and setting were chosen: what every candidate loses and costs."""

from __future__ import annotations

from collections.abc import Sequence

from .. import figures, search_words
from ..page import Section
from ..result import Result
from ..search import Search, SearchRun
from ..tables import Cell, Column, Table

KINDS = ("snn", "third", "fourth")
"""Colours of the methods, in the order in which they appear."""

FAR = 5.0
"""Candidates that lose more points than that, and more than twice the tolerance, are left out of the figure."""


def search(result: Result) -> Section | None:
    """Loss over operations, and all candidates as a table; None where nothing was searched."""
    found = result.search
    if found is None:
        return None
    colours = dict(zip(dict.fromkeys(run.method for run in found.runs), KINDS, strict=False))
    shown = _near(found)
    return Section(
        name="search",
        title="How it was chosen",
        view={
            "sentence": search_words.sentence(found),
            "figure": _figure(found, shown, colours),
            "legend": tuple((kind, name) for name, kind in colours.items() if any(run.method == name for run in shown)),
            "level": f"tolerance: {found.tolerance:g} points",
            "left_out": ", ".join(search_words.name(run) for run in found.runs if run not in shown),
            "table": _table(found, colours),
            "explanation": search_words.EXPLANATION,
        },
    )


def _near(found: Search) -> list[SearchRun]:
    """The candidates of the figure; the chosen one in any case."""
    limit = max(FAR, 2 * found.tolerance) / 100
    return [run for run in found.runs if run.lost_at_most <= limit or run is found.choice]


def _figure(found: Search, shown: Sequence[SearchRun], colours: dict[str, str]) -> figures.LineFigure:
    series = [
        figures.Series(
            kind=kind,
            name=name,
            values=tuple((run.synops, 100 * run.lost) for run in runs),
            intervals=tuple((100 * run.lost, 100 * run.lost_at_most) for run in runs),
        )
        for name, kind in colours.items()
        if (runs := sorted((run for run in shown if run.method == name), key=lambda run: run.synops))
    ]
    synops = [max(run.synops, 1.0) for run in shown]
    highest = max(found.tolerance, *(100 * run.lost_at_most for run in shown))
    low, high, step = figures.round_limits(0.0, highest, 5)
    return figures.line_figure(
        series,
        figures.decade_axis(min(synops), max(synops)),
        figures.linear_axis(low, high, step),
        level=found.tolerance,
    )


def _table(found: Search, colours: dict[str, str]) -> Table:
    most = max(run.synops for run in found.runs) or 1.0
    rows = []
    for run in sorted(found.runs, key=lambda run: run.synops):
        lost, at_most, agreement, synops, steps, seconds = search_words.numbers(run)
        chosen = run is found.choice
        rows.append(
            (
                Cell(search_words.name(run)),
                Cell(lost),
                Cell(at_most),
                Cell(agreement),
                Cell(synops, bar=(colours[run.method], 100 * run.synops / most)),
                Cell(steps),
                Cell(seconds),
                Cell("✓ chosen", kind="pass") if chosen else Cell("inside" if run.inside else "", kind="quiet"),
            )
        )
    titles = (Column(title) for title in search_words.TITLES)
    return Table(
        caption="All candidates, fewest operations first; operations are means per example",
        columns=(Column("Candidate", words=True), *titles, Column("Choice", words=True)),
        rows=tuple(rows),
    )
