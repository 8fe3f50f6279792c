"""A diagnosis in a terminal: the verdict, and one line per layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import diagnosis_words, words
from .diagnosis import LayerDiagnosis
from .result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType

TITLES = ("\nerror", "own\nerror", "round-\ning", "\nclipped", "satu-\nrated", "\nsilent", "agree-\nment")


def print_diagnosis(result: Result, console: Console) -> None:
    """Print what makes the networks of `result` differ; names are shown as they are, never read as markup."""
    console.print(diagnosis_summary(result))


def diagnosis_summary(result: Result) -> RenderableType:
    """The diagnosis as something that rich can print."""
    parts: list[RenderableType] = [
        Text.assemble((result.model.name, "bold"), f"  {words.method_line(result)}"),
        Text("\n".join(diagnosis_words.verdict(result.diagnosis))),
        _table(result.diagnosis),
        Text(
            "Error: of the values that spikes stand for. Own error: what the layer adds to its own inputs. "
            "Rounding: what its code costs at best.\nAgreement: spikes up to this layer, the original network behind.",
            style="dim",
        ),
    ]
    also = diagnosis_words.others(result.diagnosis)
    parts += [Text("\n".join(also))] if also else []
    parts += [Text(f"Warning: {warning}", style="yellow") for warning in result.warnings]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _table(layers: tuple[LayerDiagnosis, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(
        "\nlayer", overflow="fold", min_width=min(16, max((len(layer.name) for layer in layers), default=0))
    )
    for title in TITLES:
        table.add_column(title, justify="right", no_wrap=True)
    for layer in layers:
        table.add_row(Text(layer.name), *_numbers(layer), style="bold" if layer.suspect else "")
    return table


def _numbers(layer: LayerDiagnosis) -> tuple[str, ...]:
    errors = (layer.error, layer.own_error, layer.rounding_error)
    fractions = (layer.clipped, layer.saturated, layer.silent)
    return (
        *map(words.error_percent, errors),
        *map(words.fraction_percent, fractions),
        words.percent(layer.agreement),
    )
