"""Text of a number -> value and type, by two tables: suffixes, and the integer types that a value may need."""

from __future__ import annotations

import re
from typing import final

from ml_genn.engines.embedded.language import semantics
from ml_genn.engines.embedded.language.types import (
    DOUBLE,
    FLOAT,
    INT32,
    INT64,
    UINT32,
    UINT64,
    NumericType,
    Precision,
)

FLOAT_SUFFIXES = {"f": FLOAT, "d": DOUBLE}  # none: scalar

# suffix -> types tried in order; hexadecimal numbers may also become unsigned (C99 6.4.4.1)
DECIMAL_TYPES = {"": (INT32, INT64), "u": (UINT32, UINT64), "l": (INT64,), "ul": (UINT64,)}
HEXADECIMAL_TYPES = {**DECIMAL_TYPES, "": (INT32, UINT32, INT64, UINT64), "l": (INT64, UINT64)}
INTEGER_SUFFIXES = {"": "", "u": "u", "l": "l", "ll": "l", "ul": "ul", "lu": "ul", "ull": "ul", "llu": "ul"}

_HEXADECIMAL = re.compile(r"0[xX](?P<digits>[0-9A-Fa-f]+)(?P<suffix>\w*)")
_FLOAT = re.compile(r"(?P<digits>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?)(?P<suffix>\w*)")
_DECIMAL = re.compile(r"(?P<digits>[0-9]+)(?P<suffix>\w*)")


@final
class LiteralError(Exception):
    """A number that has no value; its text is the reason."""


def read_number(text: str, precision: Precision) -> tuple[int | float, NumericType]:
    """Returns value and type of a number as the scanner found it; floats are rounded to double, then to their type.

    Raises:
        LiteralError: an unknown suffix, a value no type holds, or an octal number.
    """
    if match := _HEXADECIMAL.fullmatch(text):
        return _read_integer(text, match["digits"], 16, match["suffix"])
    if match := _FLOAT.fullmatch(text):
        return _read_float(text, match["digits"], match["suffix"], precision)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise LiteralError(f"'{text}' is not a number")
    if len(match["digits"]) > 1 and text.startswith("0"):
        raise LiteralError(f"'{text}' would be octal in C; write it without the leading 0")
    return _read_integer(text, match["digits"], 10, match["suffix"])


def _read_float(text: str, digits: str, suffix: str, precision: Precision) -> tuple[float, NumericType]:
    if suffix and suffix.lower() not in FLOAT_SUFFIXES:
        raise LiteralError(
            f"unknown suffix '{suffix}' of '{text}'; a number with a point takes f (float) or d (double)"
        )
    type_ = FLOAT_SUFFIXES[suffix.lower()] if suffix else precision.scalar
    value = float(semantics.convert(float(digits), DOUBLE, type_))
    if value == float("inf"):
        raise LiteralError(f"'{text}' is too large for {type_}")
    return value, type_


def _read_integer(text: str, digits: str, base: int, suffix: str) -> tuple[int, NumericType]:
    if suffix.lower() not in INTEGER_SUFFIXES:
        raise LiteralError(
            f"unknown suffix '{suffix}' of '{text}'; an integer takes u, l or ul, a float a point (1.0f)"
        )
    candidates = (DECIMAL_TYPES if base == 10 else HEXADECIMAL_TYPES)[INTEGER_SUFFIXES[suffix.lower()]]
    if len(digits) > 40:
        raise LiteralError(f"'{text}' is too large for {candidates[-1]}")
    value = int(digits, base)
    for type_ in candidates:
        if value <= semantics.limits(type_)[1]:
            return value, type_
    raise LiteralError(f"'{text}' is too large for {candidates[-1]}")
