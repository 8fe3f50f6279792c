"""The function library of the reference against Python's own maths and C's special cases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.language.functions import library
from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import BOOL, DOUBLE, FLOAT, INT32, Precision
from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.engines.embedded.reference.draws import draw
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.lanes import grid
from ml_genn.engines.embedded.reference.library import maths
from ml_genn.errors import InternalCompilerError

INF, NAN = math.inf, math.nan


def call(name: str, *arguments: Any, double: bool = True) -> Any:
    """Value of a library function of doubles (or floats; integer arguments where it takes them)."""
    wanted = DOUBLE if double else FLOAT
    function = next(f for f in library(Precision())[name] if f.parameters[0] == wanted)
    values = [np.asarray(a, p.dtype) for a, p in zip(arguments, function.parameters, strict=True)]
    with np.errstate(all="ignore"):
        return maths(function, tuple(values))


def test_every_function_of_the_language_is_here() -> None:
    lanes = np.arange(3)
    for name, overloads in library(Precision(DOUBLE, DOUBLE)).items():
        for function in overloads:
            arguments = tuple(type_.dtype.type(1) for type_ in function.parameters)
            if function.kind is FunctionKind.RANDOM:
                frame = Frame(Surroundings({}, Clock()), grid(1, 3, batched=True))
                assert draw(function, arguments, frame, 1, lanes).dtype == function.result.dtype, name
            else:
                with np.errstate(all="ignore"):  # atanh(1) among others
                    assert np.asarray(maths(function, arguments)).dtype == function.result.dtype, name


ORDINARY = {
    "exp": math.exp, "expm1": math.expm1, "log": math.log, "log2": math.log2, "log10": math.log10, "log1p": math.log1p,
    "exp2": lambda x: 2.0**x, "sqrt": math.sqrt, "cbrt": lambda x: x ** (1 / 3), "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan, "sinh": math.sinh, "cosh": math.cosh,
    "tanh": math.tanh, "acosh": lambda x: math.acosh(x + 1), "asinh": math.asinh, "atanh": math.atanh, "erf": math.erf,
    "erfc": math.erfc, "tgamma": math.gamma, "lgamma": math.lgamma, "fabs": math.fabs,
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_functions_of_one_number(name: str) -> None:
    argument = 0.3 + 1 * (name == "acosh")
    expected = ORDINARY[name](0.3)
    assert call(name, argument) == pytest.approx(expected, rel=1e-15 * 4)  # 4 ulp, the engine's stated bound
    assert call(name, argument, double=False) == pytest.approx(
        expected, rel=2e-6
    )  # the rounded argument alone costs 1e-7


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("round", (2.5,), 3.0),
        ("round", (-2.5,), -3.0),
        ("round", (0.49999999999999994,), 0.0),
        ("round", (-0.2,), -0.0),
        ("round", (INF,), INF),
        ("rint", (2.5,), 2.0),
        ("nearbyint", (3.5,), 4.0),
        ("trunc", (-1.7,), -1.0),
        ("floor", (-1.2,), -2.0),
        ("ceil", (-1.2,), -1.0),
        ("pow", (2.0, 0.5), math.sqrt(2)),
        ("hypot", (3.0, 4.0), 5.0),
        ("atan2", (-1.0, -1.0), -0.75 * math.pi),
        ("fmod", (-7.5, 2.0), -1.5),
        ("remainder", (7.5, 2.0), -0.5),
        ("remainder", (7.5, 0.0), NAN),
        ("fmin", (NAN, 1.0), 1.0),
        ("fmax", (1.0, NAN), 1.0),
        ("min", (1.0, NAN), 1.0),
        ("max", (NAN, 1.0), 1.0),
        ("max", (-0.0, 0.0), -0.0),
        ("copysign", (3.0, -0.0), -3.0),
        ("fdim", (3.0, 1.0), 2.0),
        ("fdim", (1.0, 3.0), 0.0),
        ("fdim", (INF, INF), 0.0),
        ("fdim", (1.0, NAN), NAN),
        ("fma", (1.0 + 2.0**-30, 1.0 - 2.0**-30, -1.0), -(2.0**-60)),
        ("fma", (INF, 1.0, 2.0), INF),
        ("ldexp", (0.75, 3), 6.0),
        ("scalbn", (0.75, -2), 0.1875),
        ("ilogb", (0.75,), -1),
        ("ilogb", (-8.0,), 3),
        ("ilogb", (0.0,), -(2**31)),
        ("ilogb", (NAN,), -(2**31)),
        ("ilogb", (-INF,), 2**31 - 1),
        ("nextafter", (1.0, 2.0), 1.0 + 2.0**-52),
        ("nextafter", (1.0, -INF), 1.0 - 2.0**-53),
        ("nextafter", (3.0, 3.0), 3.0),
        ("isnan", (NAN,), True),
        ("isinf", (-INF,), True),
        ("isfinite", (INF,), False),
        ("tgamma", (0.0,), INF),
        ("tgamma", (-0.0,), -INF),
        ("tgamma", (-1.0,), NAN),
        ("tgamma", (500.0,), INF),
        ("lgamma", (-3.0,), INF),
        ("lgamma", (-INF,), INF),
        ("lgamma", (-2.5,), math.lgamma(-2.5)),
        ("sqrt", (-1.0,), NAN),
        ("log", (0.0,), -INF),
    ],
)
def test_special_values(name: str, arguments: tuple[float, ...], expected: float) -> None:
    got = call(name, *arguments)
    np.testing.assert_array_equal(got, expected)
    assert np.isnan(expected) or np.signbit(got) == np.signbit(expected)


def test_unknown_functions_are_our_fault_and_named() -> None:
    frame = Frame(Surroundings({}, Clock()), grid(1, 1, batched=True))
    with pytest.raises(InternalCompilerError, match="no library function 'bessel'"):
        maths(Function("bessel", (DOUBLE,), DOUBLE), (np.float64(1),))
    with pytest.raises(InternalCompilerError, match="no random function 'gennrand_cauchy'"):
        draw(Function("gennrand_cauchy", (), DOUBLE, FunctionKind.RANDOM), (), frame, 1, np.arange(1))


def test_integers() -> None:
    def of_integers(name: str, *values: int) -> Any:
        function = next(f for f in library(Precision())[name] if f.parameters[0] == INT32)
        return maths(function, tuple(map(np.int32, values)))

    assert of_integers("abs", -7) == 7
    assert of_integers("min", -7, 3) == -7
    assert of_integers("max", -7, 3).dtype == np.int32
    assert call("isnan", 1.0).dtype == BOOL.dtype
