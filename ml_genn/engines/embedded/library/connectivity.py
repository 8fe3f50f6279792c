"""Built-in connectivity: names and parameters; `embedded/connections.py` says what they connect."""

from __future__ import annotations

from ml_genn.engines.embedded.declarations import Param
from ml_genn.engines.embedded.models import SparseConnectInitSnippet, ToeplitzConnectInitSnippet


def _integers(*names: str) -> tuple[Param, ...]:
    return tuple(Param(name, "int") for name in names)


# Neuron i to neuron i.
ONE_TO_ONE = SparseConnectInitSnippet("OneToOne")
# Each pair with probability prob in [0, 1], independently.
FIXED_PROBABILITY = SparseConnectInitSnippet("FixedProbability", params=(Param("prob"),))
# The same without connections of a neuron to the one with its own index.
FIXED_PROBABILITY_NO_AUTAPSE = SparseConnectInitSnippet("FixedProbabilityNoAutapse", params=(Param("prob"),))

SPARSE_SNIPPETS = {snippet.name: snippet for snippet in (ONE_TO_ONE, FIXED_PROBABILITY, FIXED_PROBABILITY_NO_AUTAPSE)}

# Kernel [conv_kh][conv_kw][conv_ic][conv_oc] over an input of (conv_ih, conv_iw, conv_ic). Extensions: strides conv_sh,
# conv_sw (1 if left out) and padding conv_padh, conv_padw (PyGeNN's rule if left out).
CONV_2D = ToeplitzConnectInitSnippet(
    "Conv2D",
    params=_integers("conv_kh", "conv_kw", "conv_ih", "conv_iw", "conv_ic", "conv_oh", "conv_ow", "conv_oc"),
    optional=_integers("conv_sh", "conv_sw", "conv_padh", "conv_padw"),
)
# The same over the averages of (pool_kh, pool_kw) cells; the kernel carries the factor 1 / (pool_kh * pool_kw).
AVG_POOL_CONV_2D = ToeplitzConnectInitSnippet(
    "AvgPoolConv2D",
    params=_integers(
        *("conv_kh", "conv_kw", "pool_kh", "pool_kw", "pool_sh", "pool_sw"),
        *("pool_ih", "pool_iw", "pool_ic", "conv_oh", "conv_ow", "conv_oc"),
    ),
)

TOEPLITZ_SNIPPETS = {snippet.name: snippet for snippet in (CONV_2D, AVG_POOL_CONV_2D)}
