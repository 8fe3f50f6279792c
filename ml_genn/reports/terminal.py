"""The result in a terminal: headline, cost and one line per layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import search_words, words
from .result import Accuracy, LayerResult, Result
from .search import Search

if TYPE_CHECKING:
    from rich.console import RenderableType

BAR, BARS = "▪", 16
"""What bars are made of, and the length of the longest."""


def print_result(result: Result, console: Console) -> None:
    """Print the summary of `result`; names are shown as they are, never read as markup."""
    console.print(summary(result))


def summary(result: Result) -> RenderableType:
    """The summary as something that rich can print."""
    parts: list[RenderableType] = [
        Text.assemble((result.model.name, "bold"), f"  {words.method_line(result)}"),
        _headline(result),
        Text(words.cost_sentence(result)),
        _layers(result.layers),
    ]
    if result.search is not None:
        parts += [_candidates(result.search), Text(search_words.sentence(result.search))]
    parts += [Text(f"Warning: {warning}", style="yellow") for warning in result.warnings]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _headline(result: Result) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    if result.ann is not None:
        table.add_row("ANN", *_accuracy(result.ann))
    table.add_row("SNN", *_accuracy(result.snn), style="bold")
    if result.agreement is not None:
        table.add_row("agreement", words.percent(result.agreement))
    if result.timing is not None:
        table.add_row("time", f"{result.timing.ms_per_example:.3g} ms/example")
    return table


def _accuracy(accuracy: Accuracy) -> tuple[str, str, str]:
    return (
        words.percent(accuracy.accuracy),
        f"95 % interval {words.interval(accuracy.confidence_95)}",
        f"{accuracy.correct:,} of {accuracy.examples:,}",
    )


def _layers(layers: tuple[LayerResult, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(
        "\nlayer", overflow="fold", min_width=min(24, max((len(layer.name) for layer in layers), default=0))
    )
    for title in ("\nneurons", "spikes/\nneuron", "\nsynops", "\nsilent", "\nsaturated", "\nerror"):
        table.add_column(title, justify="right", no_wrap=True)
    for layer in layers:
        table.add_row(
            Text(layer.name), f"{layer.neurons:,}", *_activity(layer), words.error_percent(layer.activation_error)
        )
    return table


def _activity(layer: LayerResult) -> tuple[str, ...]:
    if not layer.spiking:
        return (words.DASH, words.compact(layer.synops) if layer.analog else words.DASH, words.DASH, words.DASH)
    return (
        words.significant(layer.spikes_per_neuron),
        words.compact(layer.synops),
        words.fraction_percent(layer.silent),
        words.fraction_percent(layer.saturated),
    )


def _candidates(search: Search) -> Table:
    """All candidates of a search, fewest operations first, with bars for the operations."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("candidate", no_wrap=True)
    for title in ("lost", "at most", "agree", "synops", "T"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max(run.synops for run in search.runs) or 1.0
    for run in sorted(search.runs, key=lambda run: run.synops):
        bar = BAR * max(round(BARS * run.synops / most), 1)
        style = "bold" if run is search.choice else "" if run.inside else "dim"
        mark = "✓" if run is search.choice else ""
        table.add_row(mark, search_words.name(run), *search_words.numbers(run)[:-1], bar, style=style)
    return table
