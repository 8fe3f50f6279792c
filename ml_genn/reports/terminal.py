"""The result in a terminal: headline, cost and one line per layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import words
from .result import Accuracy, LayerResult, Result

if TYPE_CHECKING:
    from rich.console import RenderableType


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
