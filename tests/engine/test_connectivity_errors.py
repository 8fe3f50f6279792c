"""What the front end says to a mistake in matrix types, connections and their initialisers."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.access import SynapseMatrixType
from ml_genn.engines.embedded import (
    create_sparse_connect_init_snippet,
    create_toeplitz_connect_init_snippet,
    create_var_init_snippet,
    init_sparse_connectivity,
    init_toeplitz_connectivity,
    init_var,
)
from ml_genn.errors import DescriptionError, ShapeError, UnsupportedError

from .mistakes import CONV, Mistakes, built_synapses, check_told, listed, loaded, synapses, wu

MISTAKES: Mistakes = {
    "matrix type name": (
        lambda: synapses(kind="DENS"),
        DescriptionError,
        r"s: matrix type 'DENS' is not known \(did you mean 'DENSE'",
    ),
    "variables of bits": (
        lambda: synapses(kind=SynapseMatrixType.BITMASK, rule=init_sparse_connectivity("OneToOne")),
        DescriptionError,
        r"s: synapses of a BITMASK matrix have no variables of their own, but 'StaticPulse' has 'g'; use SPARSE",
    ),
    "procedural variables that change": (
        lambda: synapses(
            kind="PROCEDURAL",
            rule=init_sparse_connectivity("OneToOne"),
            wum=wu(vars=[("x", "scalar")]),
        ),
        DescriptionError,
        r"s: variables of a PROCEDURAL matrix must be READ_ONLY, and 'x' is not; use SPARSE",
    ),
    "procedural weights that change": (
        lambda: synapses(kind="DENSE_PROCEDURALG", wum=wu(vars=[("x", "scalar")])),
        DescriptionError,
        r"s: variables of a DENSE_PROCEDURALG matrix must be READ_ONLY, and 'x' is not; use DENSE",
    ),
    "dynamics of what is procedural": (
        lambda: synapses(
            kind="PROCEDURAL",
            rule=init_sparse_connectivity("OneToOne"),
            wum=wu(synapse_dynamics_code="addToPost(1.0);"),
        ),
        DescriptionError,
        r"s: synapse_dynamics_code cannot run on a PROCEDURAL matrix; use SPARSE",
    ),
    "kernel of a snippet of one's own": (
        lambda: synapses(kind="PROCEDURAL_KERNELG", rule=init_sparse_connectivity("OneToOne")),
        UnsupportedError,
        r"s: a PROCEDURAL_KERNELG matrix needs the snippet Conv2D, not 'OneToOne'; use SPARSE, and",
    ),
    "procedural without a rule": (
        lambda: synapses(kind="PROCEDURAL"),
        DescriptionError,
        r"s: the connectivity initialiser of a PROCEDURAL matrix must be init_sparse_connectivity\(...\)",
    ),
    "connections listed of bits": (
        lambda: synapses(
            kind="BITMASK", rule=init_sparse_connectivity("OneToOne"), wum=wu(pre_spike_syn_code="addToPost(1.0);")
        )[1].set_sparse_connections([0], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs SPARSE connectivity, not BITMASK",
    ),
    "rule of dense": (
        lambda: synapses(rule=init_sparse_connectivity("OneToOne")),
        DescriptionError,
        r"s: the connectivity initialiser of a DENSE matrix must be none",
    ),
    "rule of sparse": (
        lambda: synapses(kind="SPARSE", rule=init_toeplitz_connectivity("Conv2D", CONV)),
        DescriptionError,
        r"of a SPARSE matrix must be init_sparse_connectivity",
    ),
    "rule of convolution": (
        lambda: synapses(kind="TOEPLITZ"),
        DescriptionError,
        r"of a TOEPLITZ matrix must be init_toeplitz_connectivity",
    ),
    "no connections": (
        lambda: built_synapses(kind="SPARSE"),
        DescriptionError,
        r"s: call set_sparse_connections, or give",
    ),
    "dense connections": (
        lambda: synapses()[1].set_sparse_connections([0], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs SPARSE connectivity, not DENSE",
    ),
    "unequal connections": (
        lambda: listed([0, 1], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs two lists of integers of the same length, got int64 \(2,\) and int64 \(1,\)",
    ),
    "connections of numbers": (
        lambda: listed([0.5], [0.0]),
        DescriptionError,
        r"two lists of integers of the same length, got float64",
    ),
    "connection outside": (
        lambda: listed([0, 9], [0, 1]),
        DescriptionError,
        r"s: set_sparse_connections got neuron 9, but the population has 4 neurons",
    ),
    "sparse weights": (
        lambda: listed([0, 1], [0, 1], [1.0, 2.0, 3.0]),
        ShapeError,
        r"synapses.s.g: initial values must have shape \(2,\), got \(3,\)",
    ),
    "dense weights": (
        lambda: built_synapses(np.zeros((4, 3))),
        ShapeError,
        r"synapses.s.g: initial values must have shape \(12,\), got \(4, 3\)",
    ),
    "probability": (
        lambda: synapses(kind="SPARSE", rule=init_sparse_connectivity("FixedProbability", {"prob": 1.5})),
        DescriptionError,
        r"s: the probability of FixedProbability must lie in \[0, 1\], got 1.5",
    ),
    "sparse snippet": (
        lambda: built_synapses(
            kind="SPARSE",
            rule=init_sparse_connectivity(create_sparse_connect_init_snippet("mine", row_build_code="addSynapse(7);")),
        ),
        DescriptionError,
        r"s.row_build_code: addSynapse\(7\) names no postsynaptic neuron; they are 0 to 2",
    ),
    "sparse snippet without code": (
        lambda: built_synapses(
            kind="SPARSE", rule=init_sparse_connectivity(create_sparse_connect_init_snippet("mine"))
        ),
        DescriptionError,
        r"s: its connectivity snippet has neither row_build_code nor col_build_code",
    ),
    "convolution snippet": (
        lambda: synapses(
            kind="TOEPLITZ", rule=init_toeplitz_connectivity(create_toeplitz_connect_init_snippet("mine"))
        ),
        UnsupportedError,
        r"s: Toeplitz connectivity snippets of your own \('mine'\) are not supported yet",
    ),
    "convolution parameter": (
        lambda: synapses(kind="TOEPLITZ", rule=init_toeplitz_connectivity("Conv2D", {**CONV, "conv_sx": 2})),
        DescriptionError,
        r"s \(Conv2D\): parameter 'conv_sx' is not known \(did you mean",
    ),
    "convolution size": (
        lambda: synapses(kind="TOEPLITZ", rule=init_toeplitz_connectivity("Conv2D", {**CONV, "conv_oh": 0})),
        DescriptionError,
        r"s \(Conv2D\): conv_oh must be positive, got 0",
    ),
    "convolution shape": (
        lambda: built_synapses(0.0, "TOEPLITZ", init_toeplitz_connectivity("Conv2D", CONV), sizes=(16, 30)),
        ShapeError,
        r"s: the convolution's postsynaptic side has shape \(4, 4, 2\), 32 neurons, but the population has 30",
    ),
    "overlapping pools": (
        lambda: synapses(
            kind="TOEPLITZ",
            rule=init_toeplitz_connectivity(
                "AvgPoolConv2D",
                {
                    name: 1
                    for name in ("conv_kh", "conv_kw", "conv_oh", "conv_ow", "conv_oc", "pool_ic", "pool_ih", "pool_iw")
                }
                | {"pool_kh": 3, "pool_kw": 3, "pool_sh": 2, "pool_sw": 2},
            ),
        ),
        UnsupportedError,
        r"s \(AvgPoolConv2D\): the stride of pooling must equal its size, \(3, 3\)",
    ),
    "kernel initialisation by neuron": (
        lambda: built_synapses(
            init_var(create_var_init_snippet("mine", var_init_code="value = id_pre;")),
            "TOEPLITZ",
            init_toeplitz_connectivity("Conv2D", CONV),
            sizes=(16, 32),
        ),
        UnsupportedError,
        r"uses 'id_pre': a kernel entry belongs to many synapses",
    ),
    "postsynaptic target": (
        lambda: (pair := synapses(), setattr(pair[1], "post_target_var", "Jsyn"), pair[0].build()),
        DescriptionError,
        r"s.postsynaptic: the population has no input 'Jsyn'; it has Isyn",
    ),
    "view of sparse": (
        lambda: (
            pair := synapses(kind="SPARSE"),
            pair[1].set_sparse_connections([0], [0]),
            loaded(pair[0]),
            pair[1].vars["g"].view,
        ),
        UnsupportedError,
        r"synapses.s.g: a variable of sparse connectivity has no view; use values",
    ),
    "connectivity of dense": (
        lambda: (pair := synapses(), loaded(pair[0]), pair[1].get_sparse_pre_inds()),
        DescriptionError,
        r"s: only SPARSE connectivity lists its synapses, not DENSE",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    check_told(*MISTAKES[mistake])
