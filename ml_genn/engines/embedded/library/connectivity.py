"""Built-in connectivity: names and parameters; `embedded/connections.py` says what they connect."""

from __future__ import annotations

from ml_genn.engines.embedded.declarations import Param, Values
from ml_genn.engines.embedded.models import SparseConnectInitSnippet, ToeplitzConnectInitSnippet


def _integers(*names: str) -> tuple[Param, ...]:
    return tuple(Param(name, "int") for name in names)


# Neuron i to neuron i.
ONE_TO_ONE = SparseConnectInitSnippet("OneToOne")
# Each pair with probability prob in [0, 1], independently.
FIXED_PROBABILITY = SparseConnectInitSnippet("FixedProbability", params=(Param("prob"),))
# The same without connections of a neuron to the one with its own index.
FIXED_PROBABILITY_NO_AUTAPSE = SparseConnectInitSnippet("FixedProbabilityNoAutapse", params=(Param("prob"),))

# num synapses in all; here and in the next two each random neuron is drawn anew, so that a pair may have several.
FIXED_NUMBER_TOTAL = SparseConnectInitSnippet("FixedNumberTotalWithReplacement", params=(Param("num", "unsigned int"),))
# num random targets for each presynaptic neuron.
FIXED_NUMBER_POST = SparseConnectInitSnippet(
    "FixedNumberPostWithReplacement",
    params=(Param("num", "unsigned int"),),
    row_build_code="for (unsigned int k = 0; k < num; k++) { addSynapse(gennrand() % num_post); }",
)
# num random sources for each postsynaptic neuron.
FIXED_NUMBER_PRE = SparseConnectInitSnippet(
    "FixedNumberPreWithReplacement",
    params=(Param("num", "unsigned int"),),
    col_build_code="for (unsigned int k = 0; k < num; k++) { addSynapse(gennrand() % num_pre); }",
)


def _kernel(params: Values) -> tuple[int, ...]:
    return tuple(int(params[name]) for name in ("conv_kh", "conv_kw", "conv_ic", "conv_oc"))


# A convolution whose synapses have weights of their own; `init_var("Kernel")` starts them from a kernel. An input cell
# is covered by the outputs y with 0 <= row + conv_padh - y * conv_sh < conv_kh.
SPARSE_CONV_2D = SparseConnectInitSnippet(
    "Conv2D",
    params=_integers(
        *("conv_kh", "conv_kw", "conv_sh", "conv_sw", "conv_padh", "conv_padw"),
        *("conv_ih", "conv_iw", "conv_ic", "conv_oh", "conv_ow", "conv_oc"),
    ),
    row_build_code="""
int channel = (int)id_pre % conv_ic;
int row = (int)id_pre / conv_ic / conv_iw + conv_padh;
int column = (int)id_pre / conv_ic % conv_iw + conv_padw;
int first_y = (max(row - conv_kh + 1, 0) + conv_sh - 1) / conv_sh;
int first_x = (max(column - conv_kw + 1, 0) + conv_sw - 1) / conv_sw;
for (int y = first_y; y < conv_oh && y * conv_sh <= row; y++) {
    for (int x = first_x; x < conv_ow && x * conv_sw <= column; x++) {
        for (int f = 0; f < conv_oc; f++) {
            addSynapse((y * conv_ow + x) * conv_oc + f, row - y * conv_sh, column - x * conv_sw, channel, f);
        }
    }
}
""",
    kernel_size=_kernel,
)

SPARSE_SNIPPETS = {
    snippet.name: snippet
    for snippet in (
        ONE_TO_ONE,
        FIXED_PROBABILITY,
        FIXED_PROBABILITY_NO_AUTAPSE,
        FIXED_NUMBER_TOTAL,
        FIXED_NUMBER_POST,
        FIXED_NUMBER_PRE,
        SPARSE_CONV_2D,
    )
}

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
