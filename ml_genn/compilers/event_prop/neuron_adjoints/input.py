"""Input neurons: their spikes are given, so that nothing has to be known about them but when they came."""

from __future__ import annotations

from typing import Any

from ....errors import UnsupportedError
from ....neurons import Input
from ....population import Population
from ..adjoint import NeuronAdjoint
from .registry import NEURON_ADJOINTS


@NEURON_ADJOINTS.add(Input)
def source(population: Population, neuron: Any) -> NeuronAdjoint:
    """No adjoint state.

    Raises:
        UnsupportedError: the neurons send negative spikes, or values instead of spikes.
    """
    if neuron.sends_values:
        kind = type(neuron).__name__
        raise UnsupportedError(f"{population}: EventProp needs inputs that spike, {kind} sends values; use another")
    if getattr(neuron, "signed_spikes", False):
        raise UnsupportedError(f"{population}: EventProp cannot train networks whose inputs send negative spikes")
    return NeuronAdjoint(is_source_only=True)
