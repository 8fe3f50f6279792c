"""The model whose code strings the language tests compile: variables, a pointer or two, and actions."""

from __future__ import annotations

from ml_genn.engines.embedded.language import Scope, compile_formula, compile_program
from ml_genn.engines.embedded.language.printer import print_formula, print_program
from ml_genn.engines.embedded.language.tree import Formula, Function, FunctionKind, Program, Symbol
from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    VOID,
    NumericType,
    PointerType,
    Precision,
)

SINGLE = Precision()
DOUBLES = Precision(DOUBLE, DOUBLE)
WHERE = "hidden.sim_code"

# the letter says the type
NUMBERS = {
    "V": FLOAT,
    "d": DOUBLE,
    "b": BOOL,
    "c": INT8,
    "k": UINT8,
    "h": UINT16,
    "n": INT32,
    "u": UINT32,
    "l": INT64,
    "q": UINT64,
}

SCOPE = Scope(
    [
        *(Symbol(name, type_, writable=True) for name, type_ in NUMBERS.items()),
        Symbol("Vreset", FLOAT),
        Symbol("w", PointerType(FLOAT), writable=True),
        Symbol("table", PointerType(UINT8)),
    ],
    [
        Function("addToPost", (FLOAT,), VOID, FunctionKind.ACTION),
        Function("addToPostDelay", (FLOAT, UINT32), VOID, FunctionKind.ACTION),
        Function("addSynapse", (UINT32,), VOID, FunctionKind.ACTION),
        Function("addSynapse", (UINT32, FLOAT), VOID, FunctionKind.ACTION),
        Function("fill", (PointerType(FLOAT), INT32), VOID, FunctionKind.ACTION),
    ],
)


def program(code: str, precision: Precision = SINGLE) -> Program:
    """The compiled statements."""
    return compile_program(code, SCOPE, WHERE, precision)


def formula(code: str, result: NumericType | None = BOOL, precision: Precision = SINGLE) -> Formula:
    """The compiled expression."""
    return compile_formula(code, SCOPE, WHERE, precision, result)


def text(code: str, precision: Precision = SINGLE) -> str:
    """What the statements are compiled to, as text."""
    return print_program(program(code, precision))


def formula_text(code: str, result: NumericType | None = None, precision: Precision = SINGLE) -> str:
    """What the expression is compiled to, as text."""
    return print_formula(formula(code, result, precision))
