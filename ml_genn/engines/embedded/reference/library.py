"""The maths library, by name, as numpy functions; where numpy has none, Python's, one value at a time.

Functions of single precision are computed in double and rounded once: numpy's own are further off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.language.tree import Function
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.reference.lanes import Values
from ml_genn.errors import InternalCompilerError

Numbers = NDArray[Any]


def maths(function: Function, arguments: tuple[Values, ...]) -> Values:
    """Value of a library function, rounded to the type of its result."""
    if function.name not in _FUNCTIONS or not isinstance(function.result, NumericType):
        raise InternalCompilerError(f"the reference has no library function '{function.name}'")
    given = [np.asarray(argument) for argument in arguments]
    numbers = given if function.name == "nextafter" else [_widened(numbers) for numbers in given]
    result: Values = np.asarray(_FUNCTIONS[function.name](*numbers)).astype(function.result.dtype)[()]
    return result


def _widened(numbers: Numbers) -> Numbers:
    return numbers.astype(np.float64) if numbers.dtype == np.float32 else numbers


def _one_by_one(function: Callable[..., float]) -> Callable[..., Numbers]:
    """A function of Python floats over arrays; where Python raises, C's answer: infinity if too large, else NaN."""

    def of_numbers(*numbers: float) -> float:
        try:
            return function(*numbers)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return np.vectorize(of_numbers, otypes=[np.float64])


def _round(values: Numbers) -> Numbers:
    """To the nearest whole number, halves away from zero."""
    whole = np.trunc(values)
    away = whole + np.copysign(values.dtype.type(1), values)
    return np.where(np.abs(values - whole) >= 0.5, away, whole)


def _smaller(left: Numbers, right: Numbers) -> Numbers:
    """The smaller; a number rather than NaN, and the left one of equals."""
    return np.where((right < left) | (left != left), right, left)


def _larger(left: Numbers, right: Numbers) -> Numbers:
    """The larger; a number rather than NaN, and the left one of equals."""
    return np.where((left < right) | (left != left), right, left)


def _positive_difference(left: Numbers, right: Numbers) -> Numbers:
    return np.where(left > right, left - right, np.where(left <= right, left.dtype.type(0), left + right))


def _exponent(values: Numbers) -> Numbers:
    """Power of two below a number: the lowest integer for zero and NaN, the highest for infinity."""
    power = np.frexp(values)[1].astype(np.int64) - 1
    limits = np.iinfo(np.int32)
    return np.where(np.isinf(values), limits.max, np.where((values == 0) | np.isnan(values), limits.min, power))


def _gamma(value: float) -> float:
    """tgamma, infinite with the sign of the zero at zero, where Python raises."""
    return math.copysign(math.inf, value) if value == 0 else math.gamma(value)


def _log_gamma(value: float) -> float:
    """lgamma, infinite at its poles, zero and the negative whole numbers, where Python raises."""
    return math.inf if value <= 0 and value == math.floor(value) else math.lgamma(value)


def _multiply_add(left: float, right: float, addend: float) -> float:
    """left * right + addend, exact until it is rounded."""
    if not all(map(math.isfinite, (left, right, addend))):
        return left * right + addend
    return float(Fraction(left) * Fraction(right) + Fraction(addend))


_OF_NUMPY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh fabs ceil floor trunc rint hypot fmod "
    "copysign ldexp nextafter isnan isinf isfinite abs"
)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in _OF_NUMPY.split()},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "pow": np.power,
    "nearbyint": np.rint,
    "scalbn": np.ldexp,
    "ilogb": _exponent,
    "round": _round,
    "fmin": _smaller,
    "min": _smaller,
    "fmax": _larger,
    "max": _larger,
    "fdim": _positive_difference,
    "fma": _one_by_one(_multiply_add),
    "remainder": _one_by_one(math.remainder),
    "erf": _one_by_one(math.erf),
    "erfc": _one_by_one(math.erfc),
    "tgamma": _one_by_one(_gamma),
    "lgamma": _one_by_one(_log_gamma),
}
