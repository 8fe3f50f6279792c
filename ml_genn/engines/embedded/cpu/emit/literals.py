"""Numbers as C writes them."""

from __future__ import annotations

import math

import numpy as np

from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.errors import InternalCompilerError


def literal(value: float | bool, type_: NumericType) -> str:
    """C text of `value` as a constant of `type_`; floats with the fewest digits that give the same bits."""
    if type_.kind == "bool":
        return "true" if value else "false"
    if type_.is_float:
        return _float_literal(float(value), type_)
    return _integer_literal(int(value), type_)


def lowest(type_: NumericType) -> str:
    """C text of the lowest value of a type: where a maximum starts."""
    if type_.is_float:
        return literal(-math.inf, type_)
    return literal(0 if type_.kind in ("uint", "bool") else -(2 ** (type_.bits - 1)), type_)


def _float_literal(value: float, type_: NumericType) -> str:
    if not math.isfinite(value):
        name = "NAN" if math.isnan(value) else "INFINITY"
        text = f"({type_.name})-{name}" if value < 0 else f"({type_.name}){name}"
        return f"({text})"
    digits = repr(float(str(np.float32(value)))) if type_.bits == 32 else repr(value)
    suffix = "f" if type_.bits == 32 else ""
    text = f"{digits}{suffix}"
    return f"({text})" if text.startswith("-") else text


def _integer_literal(value: int, type_: NumericType) -> str:
    unsigned = type_.kind == "uint"
    if not -(2 ** (type_.bits - 1)) <= value < 2 ** (type_.bits - (0 if unsigned else 1)) or (unsigned and value < 0):
        raise InternalCompilerError(f"{value} is no {type_}; this is a bug in ml_genn")
    if type_.bits == 64:
        # the smallest number has no literal of its own: C reads -x as the negation of x
        return f"UINT64_C({value})" if unsigned else f"(INT64_C({value + 1}) - 1)" if value < 0 else f"INT64_C({value})"
    if type_.bits == 32:
        return f"{value}u" if unsigned else f"({value + 1} - 1)" if value < 0 else str(value)
    return f"(({type_.name}){value})"
