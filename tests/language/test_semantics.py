"""Arithmetic and conversions against Python's own integers and exact fractions, at every edge."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from ml_genn.engines.embedded.language import semantics
from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    NumericType,
)

INTEGERS = (INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64)
FLOATS = (FLOAT, DOUBLE)


@pytest.fixture(autouse=True)
def _anything_numpy_would_warn_of_is_an_error() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def edges(type_: NumericType) -> list[int]:
    """Values of an integer type around zero, its ends and its powers of two."""
    low, high = semantics.limits(type_)
    around = [0, 1, 2, 3, 7, 10, type_.bits - 1, type_.bits, low, low + 1, low // 2, high, high - 1, high // 3]
    return sorted({value for number in around for value in (number, -number) if low <= value <= high})


def wrapped(value: int, type_: NumericType) -> int:
    """Two's complement: the value of the type that differs by a multiple of 2^bits."""
    low, _ = semantics.limits(type_)
    return (value - low) % 2**type_.bits + low


def quotient(left: int, right: int) -> int:
    """Truncated toward zero; 0 if divided by 0."""
    return int(Fraction(left, right)) if right else 0


def remainder(left: int, right: int) -> int:
    """What the quotient leaves, with the sign of the dividend; 0 if divided by 0."""
    return left - right * quotient(left, right) if right else 0


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": quotient,
    "%": remainder,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def test_limits() -> None:
    assert semantics.limits(INT8) == (-128, 127)
    assert semantics.limits(UINT64) == (0, 18446744073709551615)
    assert semantics.limits(BOOL) == (0, 1)


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
@pytest.mark.parametrize("name", ARITHMETIC)
def test_integers_wrap(name: str, type_: NumericType) -> None:
    pairs = list(product(edges(type_), repeat=2))
    left, right = np.array(pairs, type_.dtype).T
    result = semantics.BINARY[name](left, right, type_)
    assert result.dtype == type_.dtype
    assert result.tolist() == [wrapped(ARITHMETIC[name](*pair), type_) for pair in pairs]


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
@pytest.mark.parametrize("name", COMPARISONS)
def test_integers_compare(name: str, type_: NumericType) -> None:
    pairs = list(product(edges(type_), repeat=2))
    left, right = np.array(pairs, type_.dtype).T
    result = semantics.BINARY[name](left, right, type_)
    assert result.dtype == np.bool_
    assert result.tolist() == [COMPARISONS[name](*pair) for pair in pairs]


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
@pytest.mark.parametrize("count_type", INTEGERS, ids=str)
def test_shift_counts_are_taken_modulo_the_width(type_: NumericType, count_type: NumericType) -> None:
    pairs = list(product(edges(type_), edges(count_type)))
    values = np.array([value for value, _ in pairs], type_.dtype)
    counts = np.array([count for _, count in pairs], count_type.dtype)
    left, right = semantics.shift_left(values, counts, type_), semantics.shift_right(values, counts, type_)
    assert left.dtype == right.dtype == type_.dtype
    assert left.tolist() == [wrapped(value << count % type_.bits, type_) for value, count in pairs]
    assert right.tolist() == [value >> count % type_.bits for value, count in pairs]


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
def test_unary(type_: NumericType) -> None:
    values = edges(type_)
    array = np.array(values, type_.dtype)
    assert semantics.UNARY["-"](array, type_).tolist() == [wrapped(-value, type_) for value in values]
    assert semantics.UNARY["~"](array, type_).tolist() == [wrapped(~value, type_) for value in values]


def test_logic() -> None:
    left, right = np.array([False, False, True, True]), np.array([False, True, False, True])
    assert semantics.BINARY["&&"](left, right, BOOL).tolist() == [False, False, False, True]
    assert semantics.BINARY["||"](left, right, BOOL).tolist() == [False, True, True, True]
    assert semantics.UNARY["!"](left, BOOL).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("/", -(2**31), -1, -(2**31)),
        ("%", -(2**31), -1, 0),
        ("/", -7, 2, -3),
        ("%", -7, 2, -1),
        ("/", 7, -2, -3),
        ("%", 7, -2, 1),
        ("/", 5, 0, 0),
        ("%", 5, 0, 0),
        ("+", 2**31 - 1, 1, -(2**31)),
        ("*", 65536, 65536, 0),
        ("<<", 1, 31, -(2**31)),
        ("<<", 1, 33, 2),
        ("<<", 1, -1, -(2**31)),
        (">>", -8, 1, -4),
    ],
)
def test_table_of_the_documentation(name: str, left: int, right: int, expected: int) -> None:
    """The rows of semantics.md, on scalars."""
    result = semantics.BINARY[name](np.int32(left), np.int32(right), INT32)
    assert isinstance(result, np.int32) and result == expected


SPECIAL = [0.0, -0.0, 1.0, -1.5, 3.0, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("type_", FLOATS, ids=str)
def test_floats_follow_ieee(type_: NumericType) -> None:
    largest = np.finfo(type_.dtype).max
    divide, multiply = semantics.BINARY["/"], semantics.BINARY["*"]
    assert [divide(1, 0, type_), divide(-1, 0, type_), divide(1, -0.0, type_)] == [math.inf, -math.inf, -math.inf]
    assert np.isnan(divide(0, 0, type_)) and np.isnan(semantics.subtract(math.inf, math.inf, type_))
    assert multiply(largest, 2, type_) == math.inf
    assert np.signbit(semantics.negate(0.0, type_))
    assert divide(1, 3, type_).dtype == type_.dtype


@pytest.mark.parametrize("type_", FLOATS, ids=str)
@pytest.mark.parametrize("name", COMPARISONS)
def test_floats_compare(name: str, type_: NumericType) -> None:
    pairs = list(product(SPECIAL, repeat=2))
    left, right = np.array(pairs, type_.dtype).T
    assert semantics.BINARY[name](left, right, type_).tolist() == [COMPARISONS[name](*pair) for pair in pairs]


# Conversions


@np.errstate(all="ignore")
def neighbours(value: float, type_: NumericType) -> list[float]:
    """The floats next to a float."""
    return [float(np.nextafter(np.asarray(value, type_.dtype), type_.dtype.type(way))) for way in (-1e38, 1e38)]


@np.errstate(all="ignore")
def float_edges(type_: NumericType) -> list[float]:
    """Values of a float type around the ends of every integer type, and the special ones."""
    ends = [float(end) for integer in INTEGERS for end in semantics.limits(integer)]
    near = [value for end in ends for value in (end, end + 0.5, end - 0.5, end * 1.5, *neighbours(end, type_))]
    return [*SPECIAL, 0.5, -0.5, 0.99, -0.99, 1e30, -1e30, *near]


def to_integer(value: float, type_: NumericType) -> int:
    """Truncated, then saturated; NaN is 0."""
    low, high = semantics.limits(type_)
    if math.isnan(value):
        return 0
    if math.isinf(value):
        return high if value > 0 else low
    return min(max(math.trunc(value), low), high)


@pytest.mark.parametrize("source", FLOATS, ids=str)
@pytest.mark.parametrize("target", INTEGERS, ids=str)
def test_float_to_integer_truncates_and_saturates(source: NumericType, target: NumericType) -> None:
    values = np.array(float_edges(source), source.dtype)
    result = semantics.convert(values, source, target)
    assert result.dtype == target.dtype
    assert result.tolist() == [to_integer(value, target) for value in values.tolist()]


@pytest.mark.parametrize("source", INTEGERS, ids=str)
@pytest.mark.parametrize("target", INTEGERS, ids=str)
def test_integer_to_integer_wraps(source: NumericType, target: NumericType) -> None:
    values = edges(source)
    result = semantics.convert(np.array(values, source.dtype), source, target)
    assert result.dtype == target.dtype
    assert result.tolist() == [wrapped(value, target) for value in values]


@pytest.mark.parametrize("source", INTEGERS, ids=str)
@pytest.mark.parametrize("target", FLOATS, ids=str)
def test_integer_to_float_rounds_to_nearest(source: NumericType, target: NumericType) -> None:
    low, high = semantics.limits(source)
    ties = [high // 2 + 1 + (1 << shift) for shift in range(source.bits - 2)]
    values = [*edges(source), *(value for value in ties if low <= value <= high)]
    result = semantics.convert(np.array(values, source.dtype), source, target)
    assert result.dtype == target.dtype
    for value, rounded in zip(values, result, strict=True):
        away = [abs(Fraction(neighbour) - value) for neighbour in neighbours(rounded, target)]
        error = abs(Fraction(float(rounded)) - value)
        assert error <= min(away)
        if error and error == min(away):  # halfway: the last bit is even
            assert rounded.view(f"uint{target.bits}") % 2 == 0


def test_double_to_float() -> None:
    values = [0.1, 1e39, -1e39, 1e-50, math.inf, math.nan]
    result = semantics.convert(values, DOUBLE, FLOAT)
    assert result.dtype == np.float32
    assert result[:5].tolist() == [13421773 * 2.0**-27, math.inf, -math.inf, 0.0, math.inf] and math.isnan(result[5])


@pytest.mark.parametrize("source", (*INTEGERS, *FLOATS), ids=str)
def test_to_bool_is_whether_it_is_not_zero(source: NumericType) -> None:
    assert semantics.convert(np.array([0, 1, 2, 100], source.dtype), source, BOOL).tolist() == [False, True, True, True]


def test_nan_and_small_numbers_are_true() -> None:
    assert semantics.convert([math.nan, -0.0, 0.1, 1e-300], DOUBLE, BOOL).tolist() == [True, False, True, True]


@pytest.mark.parametrize("target", (*INTEGERS, *FLOATS), ids=str)
def test_bool_is_zero_or_one(target: NumericType) -> None:
    result = semantics.convert(np.array([False, True]), BOOL, target)
    assert result.dtype == target.dtype and result.tolist() == [0, 1]


def test_scalars_stay_scalars_and_arrays_keep_their_shape() -> None:
    assert isinstance(semantics.convert(2.7, DOUBLE, UINT8), np.uint8)
    assert isinstance(semantics.divide(np.float32(1), 2.0, FLOAT), np.float32)
    assert semantics.add(np.zeros((2, 3), np.float32), np.float32(1), FLOAT).shape == (2, 3)
    assert semantics.modulo(np.arange(6, dtype=np.int32).reshape(2, 3), np.int32(0), INT32).tolist() == [[0] * 3] * 2
