"""Weights that synapses share, where the engine holds one for each synapse, learnt as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ...access import VarAccess
from ...connection import Connection
from ...connectivity import ConnectivitySnippet, Sharing
from ...model import Var
from ...runtime.writing import flat_values
from ..engine_groups import EngineGroups


@final
@dataclass(frozen=True, eq=False)
class SharedWeights:
    """Free weights w that are learnt, and the synapses' weights g = A w, of which dL/dw = A^T dL/dg.

    Args:
        synapses: the engine's synapse group, with g.
        store: the engine's group of the free weights, with w in g and dL/dw in Gradient.
        sharing: how the ones are made of the others.
    """

    synapses: Any
    store: Any
    sharing: Sharing

    def collect(self, gradient: Any) -> None:
        """Add up the gradients of synapses, a variable, into those of the free weights."""
        folded = self.store.vars["Gradient"]
        folded.values = self.sharing.fold(flat_values(gradient))
        folded.push_to_device()

    def spread(self) -> None:
        """Give synapses the weights that follow from the free ones."""
        weights = self.synapses.vars["g"]
        weights.values = np.reshape(self.sharing.spread(self.read()), np.shape(weights.values))
        weights.push_to_device()

    def read(self) -> np.ndarray:
        """The free weights, flat."""
        return flat_values(self.store.vars["g"])


def shared_weights(
    connections: Mapping[Connection, ConnectivitySnippet], synapses: Mapping[Connection, Any], groups: EngineGroups
) -> dict[Connection, SharedWeights]:
    """The free weights of those of the connections whose synapses share them, with groups of the engine to hold them.

    Args:
        connections: those that learn weights, with how they are stored.
        synapses: the engine's synapse groups.
        groups: where to add others.
    """
    found = {}
    for connection, snippet in connections.items():
        if snippet.sharing is not None:
            variables = (
                Var("g", snippet.weight, access=VarAccess.READ_ONLY),
                Var("Gradient", 0.0, access=VarAccess.READ_ONLY),
            )
            store = groups.add_store(f"{connection.name}Free", variables, snippet.sharing.count)
            found[connection] = SharedWeights(synapses[connection], store, snippet.sharing)
    return found
