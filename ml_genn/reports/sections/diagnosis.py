"""Which layer makes the networks differ: what each one inherits and adds, and where answers change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from .. import diagnosis_words, words
from ..diagnosis import LayerDiagnosis
from ..page import Section
from ..result import Result
from ..tables import Cell, Column, Table

TITLES = ("Error", "Inherited", "Own", "Rounding", "Clipped", "Silenced", "Agreement")


@final
@dataclass(frozen=True)
class ErrorBar:
    """A layer's errors on a scale that all layers share, in percent of its length."""

    name: str
    suspect: bool
    inherited: float
    own: float
    rounding: float
    agreement: str
    sentence: str


def diagnosis(result: Result) -> Section | None:
    """The verdict, a bar for each layer, what stands out elsewhere, and the same as a table; None without an ANN."""
    layers = result.diagnosis
    if not layers:
        return None
    return Section(
        name="diagnosis",
        title="Where it differs",
        view={
            "verdict": diagnosis_words.verdict(layers),
            "bars": _bars(layers),
            "others": diagnosis_words.others(layers),
            "examples": words.plural(layers[0].examples, "example"),
            "table": _table(layers),
        },
    )


def _bars(layers: tuple[LayerDiagnosis, ...]) -> tuple[ErrorBar, ...]:
    longest = max((layer.inherited_error + max(layer.own_error, layer.rounding_error) for layer in layers), default=0.0)
    scale = 100 / longest if longest else 0.0
    return tuple(
        ErrorBar(
            name=layer.name,
            suspect=layer.suspect and layers[-1].agreement < diagnosis_words.ENOUGH,
            inherited=scale * layer.inherited_error,
            own=scale * layer.own_error,
            rounding=scale * (layer.inherited_error + layer.rounding_error),
            agreement=words.percent(layer.agreement),
            sentence=f"{words.error_percent(layer.inherited_error)} inherited, "
            f"{words.error_percent(layer.own_error)} added, {words.error_percent(layer.rounding_error)} by rounding",
        )
        for layer in layers
    )


def _table(layers: tuple[LayerDiagnosis, ...]) -> Table:
    return Table(
        caption="Errors are means over neurons and examples, relative to the largest ANN value of the layer",
        columns=(Column("Layer", words=True), *map(Column, TITLES)),
        rows=tuple((Cell(layer.name), *map(Cell, _numbers(layer))) for layer in layers),
    )


def _numbers(layer: LayerDiagnosis) -> tuple[str, ...]:
    errors = (layer.error, layer.inherited_error, layer.own_error, layer.rounding_error)
    fractions = (layer.clipped, layer.silenced)
    return (
        *map(words.error_percent, errors),
        *map(words.fraction_percent, fractions),
        words.percent(layer.agreement),
    )
