"""A comparison of methods as COMPARISON.json, and as a table in CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ..atomic import write_text_atomic
from .json_file import to_text
from .methods import MethodComparison, MethodRun

COLUMNS = (
    "method",
    "setting",
    "timesteps",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "agreement",
    "spikes",
    "accumulates",
    "multiply_accumulates",
    "energy_nanojoule",
    "wall_seconds",
    "cpu_seconds",
)


def write_comparison_json(comparison: MethodComparison, path: Path) -> None:
    """Write COMPARISON.json to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
        DataError: the comparison holds a number that is not finite.
    """
    write_text_atomic(path, to_text(comparison))


def write_comparison_csv(comparison: MethodComparison, path: Path) -> None:
    """Write one line per moment at which an answer was read; what the whole run took stands in the last line of a run.

    Raises:
        OutputError: `path` cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    ann = comparison.ann
    cost = (0.0, 0.0, comparison.ann_macs, comparison.ann_nanojoule, ann.seconds, comparison.ann_cpu_seconds)
    writer.writerow(("ANN", "", "", ann.accuracy, *ann.confidence_95, 1.0, *cost))
    for run in comparison.runs:
        writer.writerows(_lines(run))
    write_text_atomic(path, text.getvalue())


def _lines(run: MethodRun) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = [
        (run.method.name, run.setting, moment.timesteps, moment.accuracy, *moment.confidence_95, *[""] * 7)
        for moment in run.by_timestep[:-1]
    ]
    last, cost = run.by_timestep[-1], run.cost
    whole = (run.agreement, cost.spikes, cost.accumulates, cost.multiply_accumulates, cost.energy_nanojoule)
    answer = (run.method.name, run.setting, last.timesteps, last.accuracy, *last.confidence_95)
    return [*lines, (*answer, *whole, run.wall_seconds, run.cpu_seconds)]
