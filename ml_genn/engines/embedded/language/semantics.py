"""What arithmetic and conversions yield, on numpy arrays and scalars alike: the definition behind `semantics.md`.

The reference interpreter uses these functions; the cpu engine's C must reproduce their bits. Operands already have the
type that the checker gave them; every result has the dtype of the type asked for. Nothing here warns or raises for any
value: integers wrap, floats follow IEEE 754.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml_genn.engines.embedded.language.types import BOOL, NumericType

Value = NDArray[Any] | np.generic

_quiet = np.errstate(all="ignore")


def limits(type_: NumericType) -> tuple[int, int]:
    """Smallest and largest value of an integer type or `bool`."""
    if type_.kind == "bool":
        return 0, 1
    if type_.kind == "uint":
        return 0, 2**type_.bits - 1
    return -(2 ** (type_.bits - 1)), 2 ** (type_.bits - 1) - 1


@_quiet
def convert(value: ArrayLike, source: NumericType, target: NumericType) -> Value:
    """Value of `source` type as a value of `target` type.

    To `bool`: whether it is not zero (NaN is not). Float to integer: truncated toward zero, then saturated; NaN
    yields 0. Integer to integer: wraps. To float: rounded to nearest, ties to even; too large becomes infinite.
    """
    values = np.asarray(value, source.dtype)
    if target.kind == "bool":
        return _plain(values != 0)
    if source.is_float and not target.is_float:
        return _plain(_saturate(values, target))
    return _plain(values.astype(target.dtype))


def _saturate(values: NDArray[Any], target: NumericType) -> NDArray[Any]:
    low, high = limits(target)
    whole = np.trunc(values)
    # the bounds themselves, -2^n and 2^m, are exact in every float type; 2^m - 1 is not
    inside = (whole >= low) & (whole < high + 1)
    result = np.where(inside, whole, 0).astype(target.dtype)
    return np.where(inside | np.isnan(values), result, np.where(values > 0, high, low).astype(target.dtype))


@_quiet
def add(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
    """left + right; integers wrap."""
    return _plain(np.add(*_pair(left, right, type_)))


@_quiet
def subtract(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
    """left - right; integers wrap."""
    return _plain(np.subtract(*_pair(left, right, type_)))


@_quiet
def multiply(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
    """left * right; integers wrap."""
    return _plain(np.multiply(*_pair(left, right, type_)))


@_quiet
def divide(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
    """left / right: IEEE for floats; integers truncate toward zero, yield 0 where `right` is 0, wrap for min / -1."""
    dividend, divisor = _pair(left, right, type_)
    if type_.is_float:
        return _plain(np.divide(dividend, divisor))
    return _plain(_truncating_division(dividend, divisor)[0])


@_quiet
def modulo(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
    """Integer left % right with the sign of `left`; 0 where `right` is 0, and for min % -1."""
    return _plain(_truncating_division(*_pair(left, right, type_))[1])


def _truncating_division(dividend: NDArray[Any], divisor: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Quotient and remainder of C, made from numpy's, which round toward minus infinity."""
    by_zero = divisor == 0
    safe = np.where(by_zero, divisor.dtype.type(1), divisor)
    floored, remainder = np.floor_divide(dividend, safe), np.remainder(dividend, safe)
    crossed = (remainder != 0) & ((dividend < 0) != (safe < 0))
    quotient = np.where(crossed, floored + 1, floored).astype(dividend.dtype)
    remainder = np.where(crossed, remainder - safe, remainder).astype(dividend.dtype)
    return np.where(by_zero, 0, quotient).astype(dividend.dtype), np.where(by_zero, 0, remainder).astype(dividend.dtype)


@_quiet
def shift_left(value: ArrayLike, count: ArrayLike, type_: NumericType) -> Value:
    """value << count: bits leave at the top; the count, of any integer type, is taken modulo the width of `type_`."""
    return _plain(np.left_shift(np.asarray(value, type_.dtype), _shift_count(count, type_)))


@_quiet
def shift_right(value: ArrayLike, count: ArrayLike, type_: NumericType) -> Value:
    """value >> count: arithmetic for signed types, logical for unsigned; the count as for `shift_left`."""
    return _plain(np.right_shift(np.asarray(value, type_.dtype), _shift_count(count, type_)))


def _shift_count(count: ArrayLike, type_: NumericType) -> NDArray[Any]:
    counts = np.asarray(count)
    within: NDArray[Any] = np.bitwise_and(counts, counts.dtype.type(type_.bits - 1)).astype(type_.dtype)
    return within


@_quiet
def negate(value: ArrayLike, type_: NumericType) -> Value:
    """-value; the smallest signed integer stays itself, unsigned integers wrap."""
    return _plain(np.negative(np.asarray(value, type_.dtype)))


def complement(value: ArrayLike, type_: NumericType) -> Value:
    """~value, every bit of an integer turned over."""
    return _plain(np.invert(np.asarray(value, type_.dtype)))


def logical_not(value: ArrayLike, type_: NumericType = BOOL) -> Value:
    """!value, of a bool."""
    return _plain(np.logical_not(np.asarray(value, type_.dtype)))


def _elementwise(function: Callable[..., Any]) -> Callable[[ArrayLike, ArrayLike, NumericType], Value]:
    """Operators which numpy means as C does, NaN included."""

    @_quiet
    def operator(left: ArrayLike, right: ArrayLike, type_: NumericType) -> Value:
        return _plain(function(*_pair(left, right, type_)))

    return operator


BinaryFunction = Callable[[ArrayLike, ArrayLike, NumericType], Value]

# operator of tree.Binary -> function of two operands and *their* type (for shifts, the type of the left one)
BINARY: dict[str, BinaryFunction] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "<<": shift_left,
    ">>": shift_right,
    "&": _elementwise(np.bitwise_and),
    "|": _elementwise(np.bitwise_or),
    "^": _elementwise(np.bitwise_xor),
    "&&": _elementwise(np.logical_and),
    "||": _elementwise(np.logical_or),
    "==": _elementwise(np.equal),
    "!=": _elementwise(np.not_equal),
    "<": _elementwise(np.less),
    "<=": _elementwise(np.less_equal),
    ">": _elementwise(np.greater),
    ">=": _elementwise(np.greater_equal),
}

# operator of tree.Unary -> function of the operand and its type
UNARY: dict[str, Callable[[ArrayLike, NumericType], Value]] = {"-": negate, "~": complement, "!": logical_not}


def _pair(left: ArrayLike, right: ArrayLike, type_: NumericType) -> tuple[NDArray[Any], NDArray[Any]]:
    return np.asarray(left, type_.dtype), np.asarray(right, type_.dtype)


def _plain(values: NDArray[Any]) -> Value:
    """An array, or the numpy scalar inside one without dimensions."""
    return values[()]
