"""Random connectivity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import DataError
from ..values import Switch, Value
from .connectivity import Connectivity, ConnectivitySnippet
from .sparse import INDICES, restored_sparse

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class FixedProbability(Connectivity):
    """Each pair of neurons is connected with probability p, drawn by the engine from the compiler's rng_seed.

    Args:
        p: probability.
        weight: a number or an initializer.
        allow_self_connections: whether, within one population, a neuron may connect to itself.
        delay: timesteps, a number or an initializer.
    """

    lists_synapses = True
    p = Value(constant=True, low=0, high=1)
    allow_self_connections = Switch()

    def __init__(self, p: float, weight: Any, allow_self_connections: bool = False, delay: Any = 0) -> None:
        super().__init__(weight, delay)
        self.p = p
        self.allow_self_connections = allow_self_connections

    def connect(self, source: Population, target: Population) -> None:
        """Nothing to decide: any two shapes fit."""

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        name = "FixedProbabilityNoAutapse" if self._without_self(connection) else "FixedProbability"
        return ConnectivitySnippet(
            matrix_type="SPARSE", weight=self.weight, delay=self.delay, init=name, init_params={"prob": self.p}
        )

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...] | None:
        return None

    def restored(self, connection: Connection, arrays: Mapping[str, np.ndarray]) -> Connectivity:
        """The synapses that the checkpoint lists, as Sparse connectivity."""
        if not arrays.keys() >= set(INDICES):
            raise DataError(
                f"{connection.describe()}: weights of FixedProbability connectivity need the neurons that they join, "
                "pre_ind and post_ind; write these with save_connectivity"
            )
        return restored_sparse(self, connection, arrays)

    def fan_out(self, connection: Connection) -> np.ndarray:
        source, target = connection.ends
        targets = target.num_neurons - int(self._without_self(connection))
        return np.full(source.num_neurons, self.p * targets)

    def _without_self(self, connection: Connection) -> bool:
        source, target = connection.ends
        return source is target and not self.allow_self_connections
