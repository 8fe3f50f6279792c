"""Built-in initialisation of variables."""

from __future__ import annotations

from ml_genn.engines.embedded.declarations import Param
from ml_genn.engines.embedded.models import VarInitSnippet


def _snippet(name: str, params: tuple[str, ...], code: str) -> VarInitSnippet:
    return VarInitSnippet(name, params=tuple(Param(param) for param in params), var_init_code=code)


CONSTANT = _snippet("Constant", ("constant",), "value = constant;")
UNIFORM = _snippet("Uniform", ("min", "max"), "value = min + gennrand_uniform() * (max - min);")
NORMAL = _snippet("Normal", ("mean", "sd"), "value = mean + gennrand_normal() * sd;")
# Draws again while the value lies outside [min, max].
NORMAL_CLIPPED = _snippet(
    "NormalClipped",
    ("mean", "sd", "min", "max"),
    """
scalar drawn;
do {
    drawn = mean + gennrand_normal() * sd;
} while (drawn < min || drawn > max);
value = drawn;
""",
)
# PyGeNN's meaning: lambda scales the standard exponential.
EXPONENTIAL = _snippet("Exponential", ("lambda",), "value = lambda * gennrand_exponential();")

VAR_INIT_SNIPPETS = {snippet.name: snippet for snippet in (CONSTANT, UNIFORM, NORMAL, NORMAL_CLIPPED, EXPONENTIAL)}
