"""Code string -> typed tree, one line per stage."""

from __future__ import annotations

from collections.abc import Iterable

from ml_genn.engines.embedded.language.checker import Checker
from ml_genn.engines.embedded.language.effects import Variable
from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.parser import Parser
from ml_genn.engines.embedded.language.scope import Scope
from ml_genn.engines.embedded.language.tree import Formula, Program, Symbol
from ml_genn.engines.embedded.language.types import BOOL, NumericType, PointerType, Precision


def compile_program(code: str, scope: Scope, where: str, precision: Precision) -> Program:
    """Checks statements, such as a `sim_code`; code without any is an empty program.

    Args:
        code: The statements.
        scope: Names and actions that they may use.
        where: What errors call the code, such as `hidden.sim_code`.
        precision: What `scalar` and `timepoint` mean.

    Raises:
        ModelCodeError: The code is not of the language; says where and why.
    """
    text = Code(where, code)
    statements = Parser(text, precision).program()
    checker = Checker(text, scope, precision)
    body = checker.program(statements)
    done = checker.effects
    return Program(code, where, body, _names(done.reads), _names(done.writes), frozenset(f.name for f in done.calls))


def compile_formula(
    code: str, scope: Scope, where: str, precision: Precision, result: NumericType | None = BOOL
) -> Formula:
    """Checks one expression, such as a threshold condition; arguments and errors as for `compile_program`.

    `result` is the type to convert it to; None keeps its own.
    """
    text = Code(where, code)
    formula = Parser(text, precision).formula()
    checker = Checker(text, scope, precision)
    expression = checker.formula(formula, result)
    done = checker.effects
    return Formula(code, where, expression, _names(done.reads), frozenset(f.name for f in done.calls))


def resolve_type(name: str, precision: Precision, where: str) -> NumericType | PointerType:
    """Returns the type called `name`, such as `scalar`, `unsigned int` or `scalar*`; errors as `compile_program`."""
    return Parser(Code(where, name), precision).type_alone()


def _names(variables: Iterable[Variable]) -> frozenset[str]:
    """The scope's names among the variables; local ones are nobody else's business."""
    return frozenset(variable.name for variable in variables if isinstance(variable, Symbol))
