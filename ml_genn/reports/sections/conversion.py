"""What was converted, how, what became of its layers, and what the equality checks found."""

from __future__ import annotations

from collections.abc import Sequence

from .. import words
from ..page import Section
from ..properties import Property, code
from ..result import Gate, ModelInfo, Result
from ..tables import Cell, Column, Table


def conversion(result: Result) -> Section:
    """Model, method, data, what was folded, and every gate."""
    return Section(
        name="conversion",
        title="Conversion",
        view={
            "properties": _properties(result),
            "folded": result.folded,
            "gates_sentence": words.gates_sentence(result.gates) if result.gates else "",
            "gates": _gates(result.gates),
        },
    )


def _properties(result: Result) -> tuple[Property, ...]:
    data = result.data
    options = tuple(f"{name}: {words.option(value)}" for name, value in result.method.options.items())
    found = [
        Property("Model", (code(result.model.source), *_interface(result.model))),
        Property("Method", (result.method.name, *options)),
        Property(
            "Evaluation data",
            (
                code(data.source),
                f"{words.plural(data.examples, 'example')} of shape {words.shape(data.shape)} ({data.split})",
            ),
        ),
    ]
    if result.calibration or result.ann:
        found.insert(2, Property("Calibration", (words.calibration_sentence(result.calibration),)))
    if result.notes:
        found.append(Property("How it computes", result.notes))
    return tuple(found)


def _interface(model: ModelInfo) -> tuple[str, ...]:
    parts = []
    if model.input_shape:
        parts.append(f"input {words.shape(model.input_shape)}")
    if model.classes:
        parts.append(words.plural(model.classes, "class", "classes"))
    if model.layers:
        parts.append(words.plural(model.layers, "layer"))
    return (", ".join(parts),) if parts else ()


def _gates(gates: Sequence[Gate]) -> Table | None:
    if not gates:
        return None
    titles = ("Largest difference", "Allowed", "Same class", "Examples")
    return Table(
        caption="The rewritten model against Keras after each step; differences relative to the largest output",
        columns=(Column("Step", words=True), Column("Outcome", words=True), *map(Column, titles)),
        rows=tuple(
            (
                Cell(gate.name),
                Cell("✓ equal", kind="pass") if gate.passed else Cell("✗ different", kind="fail"),
                Cell(words.significant(gate.largest_difference, 2)),
                Cell(words.significant(gate.tolerance, 2)),
                Cell(words.DASH if gate.agreement is None else words.percent(gate.agreement)),
                Cell(words.DASH if gate.examples is None else f"{gate.examples:,}"),
            )
            for gate in gates
        ),
    )
