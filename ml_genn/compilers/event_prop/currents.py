"""The synaptic currents of a neuron: connections whose currents decay alike share one adjoint."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, final

import numpy as np

from ...connection import Connection
from ...population import Population
from ...values import declared_values
from .adjoint import NeuronAdjoint, SynapseAdjoint
from .synapse_adjoints import SYNAPSE_ADJOINTS


@final
class Currents:
    """Numbers the synaptic currents of each population from 0.

    Args:
        connections: the connections of a network.
        apart: those that share their current with no other, as its time constant is learnt.

    Raises:
        UnsupportedError: the synapse of a connection has no adjoint.
    """

    def __init__(self, connections: Iterable[Connection], apart: Collection[Connection] = ()) -> None:
        self._synapses: dict[Population, dict[Any, Any]] = {}
        self._numbers: dict[Connection, int] = {}
        for connection in connections:
            SYNAPSE_ADJOINTS.find(connection.describe(), connection.synapse)
            kinds = self._synapses.setdefault(connection.ends[1], {})
            key = connection if connection in apart else _key(connection.synapse)
            kinds.setdefault(key, connection.synapse)
            self._numbers[connection] = list(kinds).index(key)

    def number(self, connection: Connection) -> int:
        """Which current of its target a connection feeds."""
        return self._numbers[connection]

    def adjoints(self, population: Population, target: NeuronAdjoint, dt: float) -> list[SynapseAdjoint]:
        """The adjoints of all currents of a population, in order."""
        synapses = self._synapses.get(population, {}).values()
        return [
            SYNAPSE_ADJOINTS.find(population, synapse)(synapse, target, k, dt) for k, synapse in enumerate(synapses)
        ]


def _key(synapse: Any) -> tuple[Any, ...]:
    """Equal for synapses with equal parameters."""
    values = (getattr(synapse, value.name) for value in declared_values(type(synapse)))
    return type(synapse), getattr(synapse, "scale_i", None), *(np.asarray(value).tobytes() for value in values)
