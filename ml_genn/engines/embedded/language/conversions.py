"""The conversions that C99 implies (6.3.1), made explicit as `Cast`."""

from __future__ import annotations

import math

from ml_genn.engines.embedded.language import semantics
from ml_genn.engines.embedded.language.tree import Cast, Expression, Number, Position
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, INT64, UINT32, UINT64, NumericType

_INTEGERS = {("int", 32): INT32, ("uint", 32): UINT32, ("int", 64): INT64, ("uint", 64): UINT64}


def promote(type_: NumericType) -> NumericType:
    """Integer promotion: `bool` and integers narrower than `int` become `int`, which holds all their values."""
    return INT32 if not type_.is_float and type_.bits < 32 else type_


def common_type(left: NumericType, right: NumericType) -> NumericType:
    """Usual arithmetic conversions: the wider float, else of the promoted integers the wider, unsigned if in doubt."""
    if left.is_float or right.is_float:
        return DOUBLE if DOUBLE in (left, right) else FLOAT
    left, right = promote(left), promote(right)
    bits = max(left.bits, right.bits)
    unsigned = any(type_.kind == "uint" and type_.bits == bits for type_ in (left, right))
    return _INTEGERS["uint" if unsigned else "int", bits]


def converted(expression: Expression, target: NumericType, position: Position | None = None) -> Expression:
    """The expression as a value of type `target`; a number written in the code takes it at once."""
    if expression.type == target:
        return expression
    if isinstance(expression, Number):
        value = semantics.convert(expression.value, expression.type, target).item()
        if math.isfinite(value) and value >= 0:
            return Number(value, target, expression.position)
    return Cast(expression, target, position or expression.position)
