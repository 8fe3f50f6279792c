"""The function library as data: one line per family of functions; overloads are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce

from ml_genn.engines.embedded.language.conversions import common_type
from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT32,
    INT64,
    UINT32,
    UINT64,
    NumericType,
    Precision,
    Type,
)

FLOATS = (FLOAT, DOUBLE)
NUMBERS = (INT32, UINT32, INT64, UINT64, FLOAT, DOUBLE)

# names, parameters, result, and the types that T runs through; T is the type which C gives the arguments together
_MATHS = (
    ("exp exp2 expm1 log log2 log10 log1p", "T", "T", FLOATS),
    ("sqrt cbrt", "T", "T", FLOATS),
    ("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", "T", "T", FLOATS),
    ("erf erfc tgamma lgamma", "T", "T", FLOATS),
    ("fabs ceil floor round trunc rint nearbyint", "T", "T", FLOATS),
    ("pow hypot atan2 fmod remainder fmin fmax copysign fdim", "T T", "T", FLOATS),
    ("fma", "T T T", "T", FLOATS),
    ("nextafter", "T T", "T", FLOATS),
    ("ldexp scalbn", "T int", "T", FLOATS),
    ("ilogb", "T", "int", FLOATS),
    ("isnan isinf isfinite", "T", "bool", FLOATS),
    ("abs", "T", "T", NUMBERS),
    ("min max", "T T", "T", NUMBERS),
)

_RANDOM = (
    ("gennrand", "", "uint"),
    ("gennrand_uniform gennrand_normal gennrand_exponential", "", "scalar"),
    ("gennrand_log_normal", "scalar scalar", "scalar"),
    ("gennrand_gamma", "scalar", "scalar"),
    ("gennrand_binomial", "uint scalar", "uint"),
)

REFUSED_CALLS = {
    "printf": "printf is not part of the language; record the variable instead",
    "assert": "assert is not part of the language; check values in Python, before or after the simulation",
}

Overloads = tuple[Function, ...]


@lru_cache
def library(precision: Precision) -> dict[str, Overloads]:
    """All functions by name; random numbers are `scalar`."""
    named: dict[str, Overloads] = {}
    fixed = {"int": INT32, "uint": UINT32, "bool": BOOL, "scalar": precision.scalar}
    for names, parameters, result, family in _MATHS:
        for name in names.split():
            named[name] = tuple(
                _function(name, parameters, result, {**fixed, "T": type_}, FunctionKind.MATHS) for type_ in family
            )
    for names, parameters, result in _RANDOM:
        for name in names.split():
            named[name] = (_function(name, parameters, result, fixed, FunctionKind.RANDOM),)
    return named


def _function(name: str, parameters: str, result: str, types: dict[str, NumericType], kind: FunctionKind) -> Function:
    return Function(name, tuple(types[word] for word in parameters.split()), types[result], kind)


def choose(overloads: Overloads, arguments: Sequence[Type], scalar: NumericType) -> Function | None:
    """The overload for arguments of these types, or None if none takes so many.

    Where overloads of one length differ, it is the one that takes the common type of the arguments there; if there is
    none, such as `exp` of an integer, the one that takes `scalar`, or else the first.
    """
    fitting = [function for function in overloads if len(function.parameters) == len(arguments)]
    if len(fitting) <= 1:
        return fitting[0] if fitting else None
    varying = [i for i, types in enumerate(zip(*(f.parameters for f in fitting), strict=True)) if len(set(types)) > 1]
    numbers = [type_ for i in varying if isinstance(type_ := arguments[i], NumericType)]
    wanted = reduce(common_type, numbers, INT32)
    for type_ in (wanted, scalar):
        for function in fitting:
            if all(function.parameters[i] == type_ for i in varying):
                return function
    return fitting[0]
