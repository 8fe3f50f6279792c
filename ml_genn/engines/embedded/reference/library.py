"""The maths library, by name, as numpy functions; where numpy has none, Python's, one value at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.language.tree import Function
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.reference.lanes import Values
from ml_genn.errors import InternalCompilerError


def maths(function: Function, arguments: tuple[Values, ...]) -> Values:
    """Value of a library function, rounded to the type of its result."""
    if function.name not in _FUNCTIONS or not isinstance(function.result, NumericType):
        raise InternalCompilerError(f"the reference has no library function '{function.name}'")
    result: Values = np.asarray(_FUNCTIONS[function.name](*arguments)).astype(function.result.dtype)[()]
    return result


def _one_by_one(function: Callable[..., float]) -> Callable[..., NDArray[Any]]:
    """A function of Python floats over arrays; where Python raises, C's answer: infinity for a pole, else NaN."""

    def of_numbers(*numbers: float) -> float:
        try:
            return function(*numbers)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return np.vectorize(of_numbers, otypes=[np.float64])


def _round(values: NDArray[Any]) -> NDArray[Any]:
    """To the nearest whole number, halves away from zero."""
    whole = np.trunc(values)
    away = whole + np.copysign(np.asarray(values).dtype.type(1), values)
    return np.where(np.abs(values - whole) >= 0.5, away, np.copysign(whole, values))


def _gamma(value: float) -> float:
    """tgamma: infinite with the sign of the zero at zero, where Python raises."""
    return math.copysign(math.inf, value) if value == 0 else math.gamma(value)


def _log_gamma(value: float) -> float:
    """lgamma: infinite at its poles, zero and the negative whole numbers, where Python raises."""
    return math.inf if value <= 0 and value == math.floor(value) else math.lgamma(value)


def _positive_difference(left: Values, right: Values) -> Values:
    difference: Values = np.where(left > right, np.subtract(left, right), np.where(np.isnan(left + right), left + right, 0))
    return difference


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(np, name)
        for name in ("cos", "sin", "tan", "cosh", "sinh", "tanh", "exp", "expm1", "exp2", "log", "log1p", "log2")
        + ("log10", "sqrt", "cbrt", "hypot", "ceil", "floor", "trunc", "rint", "fabs", "fmod", "fmax", "fmin", "copysign")
        + ("ldexp", "nextafter")
    },
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "acosh": np.arccosh,
    "asinh": np.arcsinh,
    "atanh": np.arctanh,
    "pow": np.power,
    "nearbyint": np.rint,
    "round": _round,
    "fdim": _positive_difference,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "erf": _one_by_one(math.erf),
    "erfc": _one_by_one(math.erfc),
    "tgamma": _one_by_one(_gamma),
    "lgamma": _one_by_one(_log_gamma),
}
