"""A comparison of methods as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..atomic import write_text_atomic
from . import figures, methods_words, words
from .methods import MethodComparison, MethodRun
from .page import Page, Section, render_page
from .properties import Property, code
from .tables import Cell, Column, Table

KINDS = ("snn", "third", "fourth", "fifth", "sixth")
"""Colours of the methods, in the order in which they appear."""

NEAR = 0.2
"""Runs that lose more than this part of all examples are left out of the first figure."""


def write_comparison_html(comparison: MethodComparison, path: Path) -> None:
    """Write the page to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
    """
    write_text_atomic(path, render_comparison(comparison))


def render_comparison(comparison: MethodComparison) -> str:
    """The page as text. Every text of the comparison is escaped."""
    examples = words.plural(comparison.data.examples, "example")
    version = comparison.environment.packages.get("ml_genn", "")
    sections = (
        _overview(comparison),
        _timesteps(comparison),
        _runs(comparison),
        _refused(comparison),
        _origin(comparison),
    )
    return render_page(
        Page(
            title=f"{comparison.model.name}: methods compared",
            kind="comparison of methods",
            heading=comparison.model.name,
            facts=(
                words.plural(len(comparison.runs), "run"),
                f"{examples} of {comparison.data.name} ({comparison.data.split})",
                f"ANN {words.percent(comparison.ann.accuracy)}",
            ),
            date=comparison.environment.date,
            lede=" ".join(methods_words.conclusions(comparison)),
            warnings=comparison.warnings,
            sections=tuple(section for section in sections if section is not None),
            footer=f"Written by mlGeNN {version}".strip() + f". The same for programs: schema {comparison.schema}.",
        )
    )


def _names(comparison: MethodComparison) -> dict[str, str]:
    """Colour of each method."""
    names = dict.fromkeys(run.method.name for run in comparison.runs)
    return dict(zip(names, KINDS, strict=False))


def _overview(comparison: MethodComparison) -> Section:
    """Accuracy over operations."""
    ann = comparison.ann
    shown = [run for run in comparison.runs if run.snn.accuracy >= ann.accuracy - NEAR]
    left_out = [run for run in comparison.runs if run not in shown]
    colours = _names(comparison)
    series = [
        figures.Series(
            kind=kind,
            name=name,
            values=tuple((run.cost.operations, 100 * run.snn.accuracy) for run in _of(shown, name)),
            intervals=tuple(_percent(run.snn.confidence_95) for run in _of(shown, name)),
        )
        for name, kind in colours.items()
        if _of(shown, name)
    ]
    operations = [comparison.ann_macs, *(run.cost.operations for run in shown)]
    lowest = min(100 * low for low, _ in (ann.confidence_95, *(run.snn.confidence_95 for run in shown)))
    low, high, step = figures.round_limits(lowest, 100.0, 5)
    figure = figures.line_figure(
        series,
        figures.decade_axis(max(min(operations), 1.0), max(operations)),
        figures.linear_axis(max(low, 0.0), min(high, 100.0), step, unit="\u00a0%"),
        level=100 * ann.accuracy,
    )
    return Section(
        name="methods",
        title="Accuracy by operations",
        view={
            "figure": figure,
            "legend": tuple((one.kind, one.name) for one in series),
            "sentence": " ".join(methods_words.conclusions(comparison)),
            "level": f"ANN {words.percent(ann.accuracy)}",
            "left_out": "; ".join(f"{methods_words.name(run)} ({words.percent(run.snn.accuracy)})" for run in left_out),
            "conclusions": methods_words.conclusions(comparison),
            "operations": methods_words.OPERATIONS,
            "ann_macs": words.compact(comparison.ann_macs),
        },
    )


def _of(runs: Sequence[MethodRun], method: str) -> list[MethodRun]:
    """The runs of a method by their operations, so that a line runs through them once."""
    return sorted((run for run in runs if run.method.name == method), key=lambda run: run.cost.operations)


def _percent(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]


def _timesteps(comparison: MethodComparison) -> Section | None:
    """Accuracy over timesteps: of each method the final answers of all runs, or the course of its longest run."""
    series = [
        figures.Series(
            kind=kind,
            name=name,
            values=tuple((timesteps, 100 * accuracy) for timesteps, accuracy, _ in course),
            intervals=tuple(_percent(interval) for _, _, interval in course),
        )
        for name, kind in _names(comparison).items()
        if len(course := _course(_of(comparison.runs, name))) > 1
    ]
    if not series:
        return None
    ends = [timesteps for one in series for timesteps, _ in one.values]
    figure = figures.line_figure(
        series,
        figures.doubling_axis(min(ends), max(ends)),
        figures.linear_axis(0, 100, 25, unit="\u00a0%"),
        level=100 * comparison.ann.accuracy,
    )
    return Section(
        name="timesteps",
        title="Accuracy by timesteps",
        view={
            "figure": figure,
            "legend": tuple((one.kind, one.name) for one in series),
            "level": f"ANN {words.percent(comparison.ann.accuracy)}",
        },
    )


def _course(runs: Sequence[MethodRun]) -> tuple[tuple[int, float, tuple[float, float]], ...]:
    """Timesteps, accuracy and interval."""
    if len(runs) == 1:
        return tuple((moment.timesteps, moment.accuracy, moment.confidence_95) for moment in runs[0].by_timestep)
    last = sorted((run.by_timestep[-1] for run in runs), key=lambda moment: moment.timesteps)
    return tuple((moment.timesteps, moment.accuracy, moment.confidence_95) for moment in last)


def _runs(comparison: MethodComparison) -> Section:
    """Every run as a row, the ANN first."""
    largest = max([comparison.ann_macs, *(run.cost.operations for run in comparison.runs)])
    titles = ("Accuracy", "95 % interval", "Agreement", "Spikes", "ACs", "MACs", "Energy")
    colours = _names(comparison)
    return Section(
        name="runs",
        title="All runs",
        view={
            "table": Table(
                caption="Each method and setting; counts and energy are means per example, bars are operations",
                columns=(Column("Run", words=True), *map(Column, titles), Column("Wall"), Column("CPU")),
                rows=(_ann_row(comparison, largest), *(_row(run, largest, colours) for run in comparison.runs)),
            ),
            "note": "ACs are accumulations, MACs multiply-accumulations. "
            f"{methods_words.OPERATIONS} An accumulation takes {comparison.accumulate_picojoule:g} pJ, a "
            f"multiply-accumulation {comparison.multiply_accumulate_picojoule:g} pJ ({comparison.energy_source}).",
            "times": "Wall and CPU: input and simulation of all examples; of the ANN, its prediction.",
        },
    )


def _ann_row(comparison: MethodComparison, largest: float) -> tuple[Cell, ...]:
    ann = comparison.ann
    return (
        Cell("ANN"),
        Cell(words.percent(ann.accuracy)),
        Cell(words.interval(ann.confidence_95)),
        Cell(words.DASH),
        Cell(words.DASH),
        Cell(words.DASH),
        Cell(words.compact(comparison.ann_macs), bar=("ann", 100 * comparison.ann_macs / largest)),
        Cell(words.energy(comparison.ann_nanojoule)),
        Cell(words.seconds(ann.seconds)),
        Cell(words.seconds(comparison.ann_cpu_seconds)),
    )


def _row(run: MethodRun, largest: float, colours: dict[str, str]) -> tuple[Cell, ...]:
    cost = run.cost
    macs = words.compact(cost.multiply_accumulates) if cost.multiply_accumulates else words.DASH
    return (
        Cell(methods_words.name(run)),
        Cell(words.percent(run.snn.accuracy)),
        Cell(words.interval(run.snn.confidence_95)),
        Cell(words.percent(run.agreement)),
        Cell(words.compact(cost.spikes)),
        Cell(words.compact(cost.accumulates), bar=(colours[run.method.name], 100 * cost.accumulates / largest)),
        Cell(macs),
        Cell(words.energy(cost.energy_nanojoule)),
        Cell(words.seconds(run.wall_seconds)),
        Cell(words.seconds(run.cpu_seconds)),
    )


def _refused(comparison: MethodComparison) -> Section | None:
    if not comparison.refused:
        return None
    items = tuple((refused.method, refused.reason) for refused in comparison.refused)
    return Section(name="refused", title="Left out", view={"methods": items})


def _origin(comparison: MethodComparison) -> Section:
    """Where the numbers come from."""
    environment = comparison.environment
    versions = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    machine = f"{environment.cpu}, {words.plural(environment.cores, 'core')}"
    return Section(
        name="again",
        title="To see these numbers again",
        view={
            "command": comparison.command,
            "properties": (
                Property("Model", (code(comparison.model.source),)),
                Property("Data", (code(comparison.data.source), f"{comparison.data.split} split")),
                Property("Calibration", (words.calibration_sentence(comparison.calibration),)),
                Property("Engine", (environment.engine,)),
                Property("Machine", (machine, environment.platform)),
                Property("Software", (f"Python {environment.python}, {versions}",)),
            ),
        },
    )
