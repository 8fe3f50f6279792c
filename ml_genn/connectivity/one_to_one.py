"""One-to-one connectivity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import DataError, ShapeError
from .connectivity import Connectivity, ConnectivitySnippet
from .sparse import INDICES

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class OneToOne(Connectivity):
    """Neuron i to neuron i; both populations have the same shape.

    Args:
        weight: a number, an initializer or an array with one weight per neuron.
        delay: timesteps, like `weight`.
    """

    def __init__(self, weight: Any, delay: Any = 0) -> None:
        super().__init__(weight, delay)

    def connect(self, source: Population, target: Population) -> None:
        known, other = (target, source) if source.shape is None else (source, target)
        if known.shape is None:
            raise ShapeError(
                f"{source}->{target}: OneToOne connectivity needs a population with a shape; give {source} one"
            )
        if other.shape is None:
            other.shape = known.shape
        elif other.num_neurons != known.num_neurons:
            raise ShapeError(
                f"{source}->{target}: OneToOne connectivity needs populations of the same size, "
                f"got {source.shape} and {target.shape}"
            )
        for name, value in (("weight", self.weight), ("delay", self.delay)):
            if isinstance(value, np.ndarray) and value.size != source.num_neurons:
                raise ShapeError(
                    f"{source}->{target}: OneToOne {name} array must hold {source.num_neurons} values, "
                    f"got shape {value.shape}"
                )

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        neurons = np.arange(connection.ends[0].num_neurons)
        return ConnectivitySnippet(
            matrix_type="SPARSE", weight=_flat(self.weight), delay=_flat(self.delay), indices=(neurons, neurons)
        )

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        return (source.num_neurons,)

    def restored(self, connection: Connection, arrays: Mapping[str, np.ndarray]) -> Connectivity:
        neurons = np.arange(connection.ends[0].num_neurons)
        if any(not np.array_equal(arrays.get(name, neurons), neurons) for name in INDICES):
            raise DataError(f"{connection.describe()}: the checkpoint lists synapses that are not one to one")
        return super().restored(connection, {name: array for name, array in arrays.items() if name not in INDICES})

    def fan_out(self, connection: Connection) -> np.ndarray:
        return np.ones(connection.ends[0].num_neurons)


def _flat(value: Any) -> Any:
    return value.ravel() if isinstance(value, np.ndarray) else value
