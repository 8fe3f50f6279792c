"""All-to-all connectivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import ShapeError
from .connectivity import Connectivity, ConnectivitySnippet

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class Dense(Connectivity):
    """Each source neuron to each target neuron.

    Args:
        weight: a number, an initializer or an array of shape (source neurons, target neurons), neurons counted in
            C order, channels last.
        delay: timesteps, like `weight`.
    """

    def __init__(self, weight: Any, delay: Any = 0) -> None:
        super().__init__(weight, delay)

    def connect(self, source: Population, target: Population) -> None:
        for name, value in (("weight", self.weight), ("delay", self.delay)):
            if not isinstance(value, np.ndarray):
                continue
            if value.ndim != 2:
                raise ShapeError(
                    f"{source}->{target}: Dense connectivity requires a 2D array of {name}s "
                    f"(source neurons, target neurons), got shape {value.shape}"
                )
            self._fit(source, target, name, value.shape)

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        return ConnectivitySnippet(matrix_type="DENSE", weight=self.weight, delay=self.delay)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        return source.num_neurons, target.num_neurons

    def fan_out(self, connection: Connection) -> np.ndarray:
        source, target = connection.ends
        return np.full(source.num_neurons, float(target.num_neurons))

    @staticmethod
    def _fit(source: Population, target: Population, name: str, shape: tuple[int, ...]) -> None:
        for role, population, size in (("source", source, shape[0]), ("target", target, shape[1])):
            if population.shape is None:
                population.shape = (size,)
            elif population.num_neurons != size:
                raise ShapeError(
                    f"{source}->{target}: Dense {name} array of shape {shape} needs a {role} population of {size} "
                    f"neurons, {population} has {population.num_neurons} in shape {population.shape}"
                )
