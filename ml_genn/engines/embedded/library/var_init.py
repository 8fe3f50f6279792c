"""Built-in initialisation of variables."""

from __future__ import annotations

from ml_genn.engines.embedded.declarations import DerivedParam, ExtraGlobalParam, Param
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

# Shape a and scale b: mean a b, variance a b^2.
GAMMA = _snippet("Gamma", ("a", "b"), "value = b * gennrand_gamma(a);")
# Successes of n trials, each with probability p.
BINOMIAL = _snippet("Binomial", ("n", "p"), "value = gennrand_binomial((unsigned int)n, p);")
# Weights of sparse synapses from the kernel that they belong to: its values are `extra_global_params["kernel"]`.
KERNEL = VarInitSnippet(
    "Kernel", extra_global_params=(ExtraGlobalParam("kernel", "scalar*"),), var_init_code="value = kernel[id_kernel];"
)


def _in_timesteps(name: str) -> DerivedParam:
    return DerivedParam(f"{name}Timesteps", lambda params, dt: params[name] / dt)


# Delays: drawn in ms as by NormalClipped, held in whole timesteps.
NORMAL_CLIPPED_DELAY = VarInitSnippet(
    "NormalClippedDelay",
    params=NORMAL_CLIPPED.params,
    derived_params=tuple(_in_timesteps(name) for name in ("mean", "sd", "min", "max")),
    var_init_code="""
scalar drawn;
do {
    drawn = meanTimesteps + gennrand_normal() * sdTimesteps;
} while (drawn < minTimesteps || drawn > maxTimesteps);
value = rint(drawn);
""",
)

VAR_INIT_SNIPPETS = {
    snippet.name: snippet
    for snippet in (
        CONSTANT,
        UNIFORM,
        NORMAL,
        NORMAL_CLIPPED,
        NORMAL_CLIPPED_DELAY,
        EXPONENTIAL,
        GAMMA,
        BINOMIAL,
        KERNEL,
    )
}
