"""Refuses an expression that changes a variable and uses it elsewhere, in an order that C leaves open.

C may evaluate two operands, two arguments, or a target and its value in any order. This language evaluates them from
left to right, random draws included; with such expressions refused, only the order of draws can tell the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.effects import Variable, assigned, effects, operands
from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.tree import Expression


def refuse_unordered(expression: Expression, code: Code, local_names: Mapping[str, str]) -> None:
    """Raises `ModelCodeError` for such an expression; `local_names` are those in the code of the unique ones."""
    parts = [(operand, effects(operand)) for operand in operands(expression)]
    if not any(touched.writes for _, touched in parts):
        return
    for variable in sorted(_conflicts(expression), key=lambda variable: _name(variable, local_names)):
        reason = f"'{_name(variable, local_names)}' is changed and used again here, in an order that C leaves open"
        raise code.error(expression.position, f"{reason}; use two statements")
    for operand, touched in parts:
        if touched.writes:
            refuse_unordered(operand, code, local_names)


def _conflicts(expression: Expression) -> Iterator[Variable]:
    """Variables that one operand changes and another one, or the expression itself, uses or changes."""
    if _is_ordered(expression):
        return
    touched = [effects(operand) for operand in operands(expression)]
    for one, other in combinations(touched, 2):
        yield from one.writes & (other.reads | other.writes)
        yield from other.writes & one.reads
    if isinstance(expression, tree.Assign):
        yield from (variable for part in touched for variable in part.writes if variable == assigned(expression))


def _is_ordered(expression: Expression) -> bool:
    """Whether C itself evaluates the operands from left to right."""
    logical = isinstance(expression, tree.Binary) and expression.operator in ("&&", "||")
    return logical or isinstance(expression, tree.Conditional)


def _name(variable: Variable, local_names: Mapping[str, str]) -> str:
    return local_names[variable] if isinstance(variable, str) else variable.name
