"""Code that the plan adds to a user's: built as checked trees, so that messages still point into the user's text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ml_genn.engines.embedded.language.tree import (
    Assign,
    Binary,
    Block,
    Evaluate,
    Expression,
    Position,
    Program,
    Symbol,
    SymbolName,
    Unary,
)
from ml_genn.engines.embedded.language.types import BOOL
from ml_genn.engines.embedded.plan.plan import Binding, Builtin, Code, Condition, Element, Value

_START = Position(1, 1)
_NOTHING: frozenset[str] = frozenset()

ABOVE_THRESHOLD = "_above_threshold"
"""A local of the neuron update: whether the threshold condition held before the sim code."""


def keeping(code: Code | None, where: str, rings: Mapping[str, Element]) -> Code | None:
    """The code, which first copies each of the variables from the step before, so that it writes their newest slot."""
    if not rings:
        return code
    whole = code or no_code(where)
    for name, element in rings.items():
        symbol = SymbolName(Symbol(name, element.array.type, True), _START)
        whole = _prepended(whole, name, symbol, {name: element}, frozenset({name}))
    return whole


def refractory(sim: Code | None, threshold: Condition) -> tuple[Code, Condition]:
    """Sim code that remembers whether the threshold condition held before it, and a condition that must not have."""
    formula = threshold.formula
    flag = Symbol(ABOVE_THRESHOLD, BOOL, True)
    bindings = {**threshold.bindings, ABOVE_THRESHOLD: Value(Builtin.ACCUMULATOR)}
    sim = sim or no_code(formula.where)
    sim = dataclasses.replace(sim, program=dataclasses.replace(sim.program, calls=sim.program.calls | formula.calls))
    remembering = _prepended(sim, ABOVE_THRESHOLD, formula.expression, bindings, formula.reads)
    fresh = Unary("!", SymbolName(flag, _START), BOOL, _START)
    both = Binary("&&", fresh, formula.expression, BOOL, _START)
    crossing = dataclasses.replace(formula, expression=both, reads=formula.reads | {ABOVE_THRESHOLD})
    return remembering, Condition(crossing, bindings)


def no_code(where: str) -> Code:
    """A code string without statements."""
    return Code(Program("", where, Block(()), _NOTHING, _NOTHING, _NOTHING), {})


def _prepended(
    code: Code, name: str, value: Expression, bindings: Mapping[str, Binding], reads: frozenset[str]
) -> Code:
    """The code after `name = value`."""
    program = code.program
    type_ = value.type
    target = SymbolName(Symbol(name, type_, True), _START)  # type: ignore[arg-type]
    widened = dataclasses.replace(
        program,
        body=Block((Evaluate(Assign(target, value, _START)), program.body)),
        reads=program.reads | reads,
        writes=program.writes | {name},
    )
    return Code(widened, {**bindings, **code.bindings})
