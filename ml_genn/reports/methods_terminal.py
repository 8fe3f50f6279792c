"""A comparison of methods in a terminal: one line per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import methods_words, words
from .methods import MethodComparison, MethodRun

if TYPE_CHECKING:
    from rich.console import RenderableType

TITLES = ("accuracy", "95 % int.", "agree", "ops", "energy", "CPU")


def _interval(bounds: tuple[float, float]) -> str:
    return f"{100 * bounds[0]:.1f} {words.DASH} {100 * bounds[1]:.1f}"


def print_comparison(comparison: MethodComparison, console: Console) -> None:
    """Print all runs; names are shown as they are, never read as markup."""
    console.print(comparison_summary(comparison))


def comparison_summary(comparison: MethodComparison) -> RenderableType:
    """The comparison as something that rich can print."""
    examples = words.plural(comparison.data.examples, "example")
    parts: list[RenderableType] = [
        Text.assemble((comparison.model.name, "bold"), f"  {examples} of {comparison.data.name}"),
        _table(comparison),
        Text("\n".join(methods_words.conclusions(comparison))),
        Text(methods_words.OPERATIONS, style="dim"),
    ]
    if comparison.refused:
        parts.append(Text("\n".join(methods_words.refusal(refused) for refused in comparison.refused)))
    parts += [Text(f"Warning: {warning}", style="yellow") for warning in comparison.warnings]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _table(comparison: MethodComparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("method", no_wrap=True, min_width=10)
    table.add_column("", no_wrap=True, min_width=7)
    for title in TITLES:
        table.add_column(title, justify="right", no_wrap=True)
    ann = comparison.ann
    table.add_row(
        "ANN",
        "",
        words.percent(ann.accuracy),
        _interval(ann.confidence_95),
        "",
        words.compact(comparison.ann_macs),
        words.energy(comparison.ann_nanojoule),
        words.seconds(comparison.ann_cpu_seconds),
    )
    before = ""
    for run in comparison.runs:
        table.add_row(run.method.name if run.method.name != before else "", *_numbers(run))
        before = run.method.name
    return table


def _numbers(run: MethodRun) -> tuple[str, ...]:
    return (
        run.setting,
        words.percent(run.snn.accuracy),
        _interval(run.snn.confidence_95),
        words.percent(run.agreement, 1),
        words.compact(run.cost.operations),
        words.energy(run.cost.energy_nanojoule),
        words.seconds(run.cpu_seconds),
    )
