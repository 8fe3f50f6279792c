"""Stages refuse nodes they do not know: a fault of ours must not become wrong code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ml_genn.engines.embedded.language import Scope, syntax, tree
from ml_genn.engines.embedded.language.checker import Checker
from ml_genn.engines.embedded.language.effects import effects
from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.expressions import ExpressionChecker
from ml_genn.engines.embedded.language.functions import choose
from ml_genn.engines.embedded.language.literals import LiteralError, read_number
from ml_genn.engines.embedded.language.printer import print_expression, print_program
from ml_genn.engines.embedded.language.tree import Function, Position
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, UINT8, VOID, PointerType
from ml_genn.errors import InternalCompilerError

from .model import SINGLE

AT = Position(1, 1)
ONE = tree.Number(1, INT32, AT)
X = tree.LocalName("x", INT32, AT)


class Foreign:
    """A node that no stage has heard of."""

    position = AT

    def __repr__(self) -> str:
        return "Foreign()"


def program_of(statement: Any) -> tree.Program:
    return tree.Program("", "x", tree.Block((statement,)), frozenset(), frozenset(), frozenset())


def expressions() -> ExpressionChecker:
    return ExpressionChecker(Code("x", ""), Scope([]), SINGLE)


FOREIGN: Any = Foreign()
STAGES: list[tuple[Callable[[], object], str]] = [
    (lambda: print_expression(FOREIGN), r"no text for Foreign\(\)"),
    (lambda: print_program(program_of(FOREIGN)), r"no text for Foreign\(\)"),
    (lambda: print_expression(tree.Assign(X, ONE, AT, yields_old=True)), r"only x\+\+ and x-- yield the old value"),
    (lambda: effects(FOREIGN), r"no operands are known of Foreign\(\)"),
    (lambda: expressions().check(FOREIGN), r"no rule checks Foreign\(\)"),
    (lambda: expressions().operation("@", ONE, ONE, AT), "no rule checks operator @"),
    (lambda: Checker(Code("x", ""), Scope([]), SINGLE).program(syntax.Compound((FOREIGN,), AT)), "no rule checks"),
]


@pytest.mark.parametrize(("stage", "message"), STAGES)
def test_unknown_node_is_refused(stage: Callable[[], object], message: str) -> None:
    with pytest.raises(InternalCompilerError, match=message):
        stage()


def test_text_that_is_no_number() -> None:
    with pytest.raises(LiteralError, match="'x' is not a number"):
        read_number("x", SINGLE)


def test_overload_of_none_of_the_arguments_types() -> None:
    overloads = (Function("f", (UINT8,), VOID), Function("f", (PointerType(FLOAT),), VOID))
    assert choose(overloads, [DOUBLE], FLOAT) is overloads[0]


def test_void_has_a_name() -> None:
    assert str(VOID) == "void"
