"""Functions of the language -> functions of C or of our own headers."""

from __future__ import annotations

from ml_genn.engines.embedded.language.tree import Function
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.errors import InternalCompilerError

# the same function in <math.h>; the float one ends in f
_C_LIBRARY = """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs floor
fma fmod hypot lgamma log log10 log1p log2 nearbyint nextafter pow remainder rint round sin sinh sqrt
tan tanh tgamma trunc"""
# ours, in the headers, by name and type: C's are undefined somewhere, differ between libraries or do not vectorise
_OWN = "abs fdim fmax fmin isfinite ilogb isinf isnan ldexp max min scalbn"
_RANDOM = """gennrand gennrand_uniform gennrand_normal gennrand_exponential gennrand_log_normal gennrand_gamma
gennrand_binomial"""


def maths_function(function: Function) -> str:
    """Name of the C function that computes a maths function of the library."""
    operand = function.parameters[0]
    if isinstance(operand, NumericType):
        if function.name in _C_LIBRARY.split() and operand.is_float:
            return f"{function.name}f" if operand.bits == 32 else function.name
        if function.name in _OWN.split():
            return f"gen_{function.name}_{operand.name}"
    raise InternalCompilerError(f"no C for the function {function!r}; this is a bug in ml_genn")


def random_function(function: Function) -> str:
    """Name of the C function that takes the next draw."""
    if function.name not in _RANDOM.split():
        raise InternalCompilerError(f"no C for the function {function!r}; this is a bug in ml_genn")
    return f"gen_{function.name.removeprefix('gen')}_{function.result}"
