"""What a diagnosis says, in sentences; page and terminal say the same."""

from __future__ import annotations

from collections.abc import Sequence

from . import words
from .diagnosis import LayerDiagnosis, first_drop, suspect

ENOUGH = 0.995
"""Agreement from which on nothing needs to be done."""


def verdict(layers: Sequence[LayerDiagnosis]) -> tuple[str, ...]:
    """Where answers change, which layer to look at first, and what would help."""
    chosen = suspect(layers)
    if chosen is None:
        return ()
    return (_agreement(layers), _where(layers), *_cause(chosen, layers[-1].agreement >= ENOUGH))


def others(layers: Sequence[LayerDiagnosis]) -> tuple[str, ...]:
    """What stands out in the other layers: those of which the same is said together."""
    chosen = suspect(layers)
    said: dict[tuple[str, str], list[str]] = {}
    for layer in layers:
        if layer.finding and not layer.suspect:
            new = layer.remedy if chosen is None or layer.remedy != chosen.remedy else ""
            said.setdefault((layer.finding, new or ""), []).append(layer.name)
    return tuple(f"{', '.join(names)}: {finding} {remedy}".strip() for (finding, remedy), names in said.items())


def _agreement(layers: Sequence[LayerDiagnosis]) -> str:
    last = layers[-1]
    where = words.plural(last.examples, "example")
    if last.agreement == 1:
        return f"Both networks choose the same class for all {where} looked at."
    return f"Both networks choose the same class for {words.percent(last.agreement)} of {where} looked at."


def _where(layers: Sequence[LayerDiagnosis]) -> str:
    dropping = first_drop(layers)
    if layers[-1].agreement == 1:
        return "No layer changes an answer."
    if dropping is None:
        return "Answers change little by little: no layer alone costs a third of the agreement that is lost."
    before = next(reversed([layer.agreement for layer in layers[: layers.index(dropping)]]), 1.0)
    return (
        f"Answers first change at {dropping.name}: with spikes up to there and the original network behind, agreement "
        f"falls from {words.percent(before)} to {words.percent(dropping.agreement)}."
    )


def _cause(layer: LayerDiagnosis, fine: bool) -> tuple[str, ...]:
    lead = "Nothing needs mending. Most of what is left comes from" if fine else "Look first at"
    own, rounding = map(words.error_percent, (layer.own_error, layer.rounding_error))
    parts = f"its own error is {own} of its largest value, rounding alone is {rounding}"
    sentence = f"{lead} {layer.name}: {parts}. {layer.finding or ''}".strip()
    return (sentence, f"What would help: {layer.remedy}") if layer.remedy and not fine else (sentence,)
