"""Trees -> C: a table of code strings and the C text they become, white space aside."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.expressions import Names, Printer
from ml_genn.engines.embedded.cpu.emit.functions import maths_function, random_function
from ml_genn.engines.embedded.cpu.emit.literals import literal, lowest
from ml_genn.engines.embedded.language import Scope, compile_formula, compile_program
from ml_genn.engines.embedded.language.tree import Call, Function, FunctionKind, Position, Symbol
from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT32,
    UINT64,
    VOID,
    PointerType,
    Precision,
)
from ml_genn.errors import InternalCompilerError

SCOPE = Scope(
    [
        Symbol("V", FLOAT, True),
        Symbol("d", DOUBLE, True),
        Symbol("i", INT32, True),
        Symbol("u", UINT32, True),
        Symbol("l", INT64, True),
        Symbol("b", UINT8, True),
        Symbol("p", PointerType(FLOAT), True),
    ],
    [Function("addToPost", (FLOAT,), VOID, FunctionKind.ACTION)],
)
NAMES = Names(
    lambda symbol: f"gen_v_{symbol.name}", {"addToPost": lambda texts: f"(gen_sum += {texts[0]})"}, lambda: "gen_draws0"
)

GOLDEN = [
    ("V = 1.0;", "{ gen_v_V = 1.0f; }"),
    ("V += 0.1;", "{ gen_v_V = (gen_v_V + 0.1f); }"),
    ("V = -V * (V - 2.0);", "{ gen_v_V = ((-gen_v_V) * (gen_v_V - 2.0f)); }"),
    ("d = V;", "{ gen_v_d = ((double)gen_v_V); }"),
    ("i = V;", "{ gen_v_i = gen_int32_t_of_float(gen_v_V); }"),
    ("u = d;", "{ gen_v_u = gen_uint32_t_of_double(gen_v_d); }"),
    ("i = i / 3 + i % 3;", "{ gen_v_i = (gen_divide_int32_t(gen_v_i, 3) + gen_modulo_int32_t(gen_v_i, 3)); }"),
    ("V = V / 3.0;", "{ gen_v_V = (gen_v_V / 3.0f); }"),
    ("u = u << i;", "{ gen_v_u = gen_shift_left_uint32_t(gen_v_u, (uint32_t)gen_v_i); }"),
    ("l = l >> 3;", "{ gen_v_l = gen_shift_right_int64_t(gen_v_l, (uint32_t)3); }"),
    ("i++;", "{ gen_v_i = (gen_v_i + 1); }"),
    (
        "V = p[i++];",
        "{ gen_v_V = gen_v_p[({ const int32_t gen_t1 = gen_v_i; gen_v_i = (gen_v_i + 1); gen_t1; })]; }",
    ),
    ("p[u] = V;", "{ gen_v_p[gen_v_u] = gen_v_V; }"),
    ("V = V > 1.0 ? 2.0 : p[0];", "{ gen_v_V = ((gen_v_V > 1.0f) ? 2.0f : gen_v_p[0]); }"),
    ("if (V > 1.0) { V = 0.0; }", "{ if ((gen_v_V > 1.0f)) { gen_v_V = 0.0f; } }"),
    ("if (V > 1.0) V = 0.0; else V = 1.0;", "{ if ((gen_v_V > 1.0f)) { gen_v_V = 0.0f; } else { gen_v_V = 1.0f; } }"),
    ("scalar x; V = x;", "{ float gen_x_x = 0; gen_v_V = gen_x_x; }"),
    ("addToPost(V * 2.0);", "{ (gen_sum += (gen_v_V * 2.0f)); }"),
    ("V = exp(V) + fmax(V, 1.0);", "{ gen_v_V = (expf(gen_v_V) + gen_fmax_float(gen_v_V, 1.0f)); }"),
    ("d = exp(d);", "{ gen_v_d = exp(gen_v_d); }"),
    ("V = gennrand_uniform();", "{ gen_v_V = gen_nrand_uniform_float(&gen_draws0); }"),
    (
        "V = gennrand_uniform() - gennrand_normal();",
        "{ gen_v_V = ({ const float gen_t1 = gen_nrand_uniform_float(&gen_draws0); "
        "const float gen_t2 = gen_nrand_normal_float(&gen_draws0); (gen_t1 - gen_t2); }); }",
    ),
    ("i = V > 1.0 && i != 2;", "{ gen_v_i = ((int32_t)((gen_v_V > 1.0f) && (gen_v_i != 2))); }"),
    (
        "while (V > 1.0) { V -= 1.0; if (V < 0.0) break; }",
        "{ for (; (gen_v_V > 1.0f); ) { gen_v_V = (gen_v_V - 1.0f); if ((gen_v_V < 0.0f)) { break; } } }",
    ),
    (
        "for (i = 0; i < 3; i++) { continue; }",
        "{ { gen_v_i = 0; for (; (gen_v_i < 3); (void)(gen_v_i = (gen_v_i + 1))) { continue; } } }",
    ),
    (
        "do { i--; } while (i > 0);",
        "{ for (bool gen_t1 = true; gen_t1 || (gen_v_i > 0); gen_t1 = false) { gen_v_i = (gen_v_i - 1); } }",
    ),
]


def words(text: str) -> str:
    """Text without white space, which C does not see."""
    return "".join(text.split())


def printed(code: str) -> str:
    """C of a code string."""
    out = Buffer()
    Printer(NAMES).program(compile_program(code, SCOPE, "test", Precision()), out)
    return out.text()


@pytest.mark.parametrize(("code", "expected"), GOLDEN, ids=[code for code, _ in GOLDEN])
def test_golden(code: str, expected: str) -> None:
    assert words(printed(code)) == words(expected)


def test_conditions_are_expressions() -> None:
    formula = compile_formula("V >= 1.0 || i == 0", SCOPE, "test", Precision())
    assert Printer(NAMES).expression(formula.expression) == "((gen_v_V >= 1.0f) || (gen_v_i == 0))"


def test_nothing_of_the_user_is_bare() -> None:
    assert "int gen" not in printed("int register_ = 3; i = register_;")
    assert "gen_x_register_" in printed("int register_ = 3; i = register_;")


LITERALS = [
    (1, FLOAT, "1.0f"),
    (0.1, FLOAT, "0.1f"),
    (float(np.float32(0.1)), FLOAT, "0.1f"),
    (1e30, FLOAT, "1e+30f"),
    (0.1, DOUBLE, "0.1"),
    (-2.5, DOUBLE, "(-2.5)"),
    (float("-inf"), FLOAT, "((float)-INFINITY)"),
    (float("nan"), DOUBLE, "((double)NAN)"),
    (True, BOOL, "true"),
    (7, INT32, "7"),
    (-7, INT32, "(-6 - 1)"),
    (2**32 - 1, UINT32, "4294967295u"),
    (-(2**63), INT64, "(INT64_C(-9223372036854775807) - 1)"),
    (5, INT64, "INT64_C(5)"),
    (2**64 - 1, UINT64, "UINT64_C(18446744073709551615)"),
    (200, UINT8, "((uint8_t)200)"),
]


@pytest.mark.parametrize(("value", "type_", "text"), LITERALS)
def test_literals(value: float, type_: object, text: str) -> None:
    assert literal(value, type_) == text


def test_literals_out_of_range_are_refused() -> None:
    with pytest.raises(InternalCompilerError, match=r"256 is no uint8_t; this is a bug"):
        literal(256, UINT8)
    with pytest.raises(InternalCompilerError, match=r"-1 is no uint32_t"):
        literal(-1, UINT32)


def test_where_maxima_start() -> None:
    assert lowest(FLOAT) == "((float)-INFINITY)"
    assert lowest(INT16) == "((int16_t)-32768)"
    assert lowest(UINT32) == "0u"


def test_unknown_nodes_are_refused() -> None:
    with pytest.raises(InternalCompilerError, match=r"no C for the expression 'node'; this is a bug"):
        Printer(NAMES).expression("node")
    with pytest.raises(InternalCompilerError, match=r"no C for the statement 'node'; this is a bug"):
        Printer(NAMES).statement("node", Buffer())


def test_unknown_functions_are_refused() -> None:
    for kind, name_of in ((FunctionKind.MATHS, maths_function), (FunctionKind.RANDOM, random_function)):
        with pytest.raises(InternalCompilerError, match=r"no C for the function .*'bessel'"):
            name_of(Function("bessel", (FLOAT,), FLOAT, kind))
    with pytest.raises(InternalCompilerError, match=r"no C for the function .*'exp'"):
        maths_function(Function("exp", (INT8,), INT8))
    action = Call(Function("addToMoon", (), VOID, FunctionKind.ACTION), (), Position(1, 1))
    with pytest.raises(InternalCompilerError, match=r"addToMoon means nothing here"):
        Printer(NAMES).expression(action)
