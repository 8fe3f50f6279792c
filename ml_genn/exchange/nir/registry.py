"""The pairs of all families, and what NIR has no node for."""

from __future__ import annotations

import fnmatch

from . import convolve, dense, fire, inputs, leak, pool, scale
from .pairs import InputPair, NeuronPair, PathPair, Refused

NEURON_PAIRS: tuple[NeuronPair, ...] = (*fire.PAIRS, *leak.PAIRS)
PATH_PAIRS: tuple[PathPair, ...] = (*dense.PAIRS, *convolve.PAIRS, *pool.PAIRS, *scale.PAIRS)
INPUT_PAIRS: tuple[InputPair, ...] = inputs.PAIRS

_SYNAPSES = "connect with Dense, Sparse, Conv2D, OneToOne or average pooling"
REFUSED: tuple[Refused, ...] = (
    Refused("FewSpike*", "few-spike neurons compute in stages of K bits", "convert the model with a rate method"),
    Refused("SpikeMaxPool", "NIR has no max-pooling", "use a model with average pooling"),
    Refused("MaxPool2D", "NIR has no max-pooling", "use a model with average pooling"),
    Refused("SignedIntegrateFire", "NIR's neurons take no spikes back", "convert with negative_spikes=False"),
    Refused("AdaptiveLeakyIntegrateFire", "NIR has no adaptive thresholds", "use LeakyIntegrateFire"),
    Refused("FixedProbability", "its synapses are drawn at random when the network is compiled", "use Sparse"),
    Refused("Conv2DTranspose", "NIR has no transposed convolution", _SYNAPSES),
)

STATEFUL = frozenset(pair.node for pair in NEURON_PAIRS)
"""Nodes that become populations."""
STATELESS = frozenset(("Affine", "Linear", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Scale", "Flatten", "Delay"))
"""Nodes of the paths between them."""
BORDERS = frozenset(("Input", "Output"))


def refusal_of(class_name: str, known: str) -> Refused:
    """Why a class of ours cannot be expressed."""
    for refused in REFUSED:
        if fnmatch.fnmatchcase(class_name, refused.class_name):
            return refused
    return Refused(class_name, "NIR has no node for it", f"use {known}")
