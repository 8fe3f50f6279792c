"""Names of types, the type that operands have together, literals, and the choice of overloads."""

from __future__ import annotations

import math

import pytest

from ml_genn.engines.embedded.language import RESERVED_WORDS, resolve_type
from ml_genn.engines.embedded.language.conversions import common_type
from ml_genn.engines.embedded.language.functions import FLOATS, NUMBERS, library
from ml_genn.engines.embedded.language.tree import FunctionKind, Number
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
    PointerType,
    Precision,
)

from .model import DOUBLES, SINGLE, WHERE, formula, text

ALL = {
    "bool": BOOL,
    "int8": INT8,
    "uint8": UINT8,
    "int16": INT16,
    "uint16": UINT16,
    "int32": INT32,
    "uint32": UINT32,
    "int64": INT64,
    "uint64": UINT64,
    "float": FLOAT,
    "double": DOUBLE,
}

# C99 6.3.1.8: every row holds the type of `row + column`, columns in the order of ALL
COMMON = """
bool    int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
int8    int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
uint8   int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
int16   int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
uint16  int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
int32   int32  int32  int32  int32  int32  int32  uint32 int64  uint64 float  double
uint32  uint32 uint32 uint32 uint32 uint32 uint32 uint32 int64  uint64 float  double
int64   int64  int64  int64  int64  int64  int64  int64  int64  uint64 float  double
uint64  uint64 uint64 uint64 uint64 uint64 uint64 uint64 uint64 uint64 float  double
float   float  float  float  float  float  float  float  float  float  float  double
double  double double double double double double double double double double double
"""


@pytest.mark.parametrize("row", COMMON.strip().splitlines(), ids=lambda row: row.split()[0])
def test_common_type(row: str) -> None:
    left, *expected = row.split()
    assert [common_type(ALL[left], right) for right in ALL.values()] == [ALL[name] for name in expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scalar", FLOAT),
        ("timepoint", FLOAT),
        ("float", FLOAT),
        ("double", DOUBLE),
        ("bool", BOOL),
        ("int", INT32),
        ("signed", INT32),
        ("unsigned int", UINT32),
        ("int unsigned", UINT32),
        ("unsigned", UINT32),
        ("char", INT8),
        ("unsigned char", UINT8),
        ("short", INT16),
        ("unsigned short int", UINT16),
        ("long", INT64),
        ("long unsigned int long", UINT64),
        ("size_t", UINT64),
        *((f"{type_.name}", type_) for type_ in ALL.values()),
        ("scalar*", PointerType(FLOAT)),
        ("const uint32_t *", PointerType(UINT32)),
        ("int const", INT32),
    ],
)
def test_type_names(name: str, expected: NumericType | PointerType) -> None:
    assert resolve_type(name, SINGLE, WHERE) == expected


def test_scalar_and_timepoint_follow_the_precision() -> None:
    mixed = Precision(scalar=FLOAT, time=DOUBLE)
    names = ("scalar", "timepoint", "scalar*", "timepoint*")
    expected = [FLOAT, DOUBLE, PointerType(FLOAT), PointerType(DOUBLE)]
    assert [resolve_type(name, mixed, WHERE) for name in names] == expected


def test_dtypes_have_the_bytes_of_the_types() -> None:
    assert [str(type_.dtype) for type_ in ALL.values()] == [
        *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
    ]


@pytest.mark.parametrize(
    ("code", "value", "type_"),
    [
        ("0", 0, INT32),
        ("2147483647", 2**31 - 1, INT32),
        ("2147483648", 2**31, INT64),  # a decimal number never becomes unsigned by itself
        ("9223372036854775807", 2**63 - 1, INT64),
        ("4294967295u", 2**32 - 1, UINT32),
        ("4294967296U", 2**32, UINT64),
        ("18446744073709551615ull", 2**64 - 1, UINT64),
        ("1l", 1, INT64),
        ("1LL", 1, INT64),
        ("1uL", 1, UINT64),
        ("1lu", 1, UINT64),
        ("0x7fffffff", 2**31 - 1, INT32),
        ("0xFFFFFFFF", 2**32 - 1, UINT32),  # but a hexadecimal one does
        ("0x100000000", 2**32, INT64),
        ("0Xffffffffffffffffu", 2**64 - 1, UINT64),
        ("0x1e", 30, INT32),
        ("0x1fu", 31, UINT32),
        ("1.5", 1.5, FLOAT),
        ("1.", 1.0, FLOAT),
        (".5", 0.5, FLOAT),
        ("1e3", 1000.0, FLOAT),
        ("25E-1", 2.5, FLOAT),
        ("1.5f", 1.5, FLOAT),
        ("1e+2F", 100.0, FLOAT),
        ("0.1d", 0.1, DOUBLE),
        ("0.1", 13421773 * 2.0**-27, FLOAT),  # the float nearest to 0.1
        ("true", True, BOOL),
        ("false", False, BOOL),
    ],
)
def test_literals(code: str, value: float, type_: NumericType) -> None:
    number = formula(code, None).expression
    assert isinstance(number, Number)
    assert (number.value, number.type) == (value, type_)


def test_plain_numbers_are_scalar() -> None:
    assert formula("0.1", None, DOUBLES).expression == Number(0.1, DOUBLE, formula("0.1", None).expression.position)


def test_tokens_need_no_blanks_between() -> None:
    tight, loose = "n=u<<=2>=0x1e+2-.5e1;V=d- -n--;", "n = u <<= 2 >= 0x1e + 2 - .5e1 ; V = d - - n -- ;"
    assert text(tight) == text(loose)


MATHS = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sqrt", "cbrt", "hypot"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *("erf", "erfc", "tgamma", "lgamma", "fabs", "abs", "ceil", "floor", "round", "trunc", "rint", "nearbyint"),
    *("fmod", "remainder", "fmin", "fmax", "min", "max", "fma", "copysign", "ldexp", "fdim"),
    *("scalbn", "ilogb", "nextafter"),
    *("isnan", "isinf", "isfinite"),
}
RANDOM = {
    *("gennrand", "gennrand_uniform", "gennrand_normal", "gennrand_exponential"),
    *("gennrand_log_normal", "gennrand_gamma", "gennrand_binomial"),
}


def test_library_is_complete() -> None:
    functions = [function for overloads in library(SINGLE).values() for function in overloads]
    assert {function.name for function in functions if function.kind is FunctionKind.MATHS} == MATHS
    assert {function.name for function in functions if function.kind is FunctionKind.RANDOM} == RANDOM
    assert set(library(SINGLE)) == MATHS | RANDOM


@pytest.mark.parametrize("name", sorted(MATHS))
def test_each_function_of_maths_has_both_floats(name: str) -> None:
    overloads = library(SINGLE)[name]
    family = NUMBERS if name in {"abs", "min", "max"} else FLOATS
    assert tuple(function.parameters[0] for function in overloads) == family
    for function in overloads:
        expected = BOOL if name.startswith("is") else INT32 if name == "ilogb" else function.parameters[0]
        assert function.result == expected


@pytest.mark.parametrize("precision", [SINGLE, DOUBLES])
def test_random_numbers_are_scalar(precision: Precision) -> None:
    results = {name: library(precision)[name][0].result for name in RANDOM}
    integers = {"gennrand": UINT32, "gennrand_binomial": UINT32}
    assert results == {**dict.fromkeys(RANDOM, precision.scalar), **integers}


def test_exponent_needs_no_overflow_to_be_refused_later() -> None:
    largest = formula("3.4028234e38f", None).expression
    assert isinstance(largest, Number) and math.isfinite(largest.value)


def test_reserved_words_hold_types_and_statements() -> None:
    assert {"scalar", "unsigned", "if", "switch", "goto", "for_each_synapse", "true"} <= RESERVED_WORDS
    assert not {"V", "exp", "id"} & RESERVED_WORDS
