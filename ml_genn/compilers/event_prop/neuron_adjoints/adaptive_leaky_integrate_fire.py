"""Leaky integrate-and-fire neurons with an adaptive threshold."""

from __future__ import annotations

from typing import Any

from ....neurons import AdaptiveLeakyIntegrateFire
from ....population import Population
from ..adjoint import NeuronAdjoint
from .firing import firing
from .registry import NEURON_ADJOINTS


@NEURON_ADJOINTS.add(AdaptiveLeakyIntegrateFire)
def adaptive_leaky_integrate_fire(population: Population, neuron: Any) -> NeuronAdjoint:
    """Beside LambdaV there is LambdaB = dL/d(beta A): LambdaB <- Rho LambdaB between spikes, and `firing` at them."""
    return firing(neuron, "1.0", adapts=True)
