"""Leaky integrators: outputs that never spike."""

from __future__ import annotations

from typing import Any

from ....neurons import LeakyIntegrate
from ....population import Population
from ..adjoint import NeuronAdjoint
from .constants import BIAS, tau_mem
from .registry import NEURON_ADJOINTS


@NEURON_ADJOINTS.add(LeakyIntegrate)
def leaky_integrate(population: Population, neuron: Any) -> NeuronAdjoint:
    """LambdaV <- Alpha LambdaV, the transpose of V <- Alpha V."""
    scale_i = neuron.scale_i
    return NeuronAdjoint(
        carry="LambdaV *= Alpha;",
        gain=gain(scale_i=scale_i),
        constants=(tau_mem(scale_i=scale_i), BIAS),
    )


def gain(*, scale_i: bool) -> str:
    """What V gains from an input of one in a timestep."""
    return "(1.0 - Alpha)" if scale_i else "1.0"
