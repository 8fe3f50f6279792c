"""Connectivity given synapse by synapse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import DescriptionError, ShapeError
from .connectivity import Connectivity, ConnectivitySnippet

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class Sparse(Connectivity):
    """Synapse i from neuron pre_ind[i] to neuron post_ind[i]; no pair of neurons may occur twice.

    Args:
        weight: a number, an initializer or an array with one weight per synapse.
        pre_ind: source neuron of each synapse.
        post_ind: target neuron of each synapse.
        delay: timesteps, a number, an initializer or one per synapse.
    """

    def __init__(self, weight: Any, pre_ind: Any, post_ind: Any, delay: Any = 0) -> None:
        super().__init__(weight, delay)
        self.pre_ind = _indices("pre_ind", pre_ind)
        self.post_ind = _indices("post_ind", post_ind)
        if self.pre_ind.shape != self.post_ind.shape:
            raise DescriptionError(
                "Sparse.pre_ind and Sparse.post_ind must be arrays of one index per synapse, "
                f"got shapes {self.pre_ind.shape} and {self.post_ind.shape}"
            )
        for name in ("weight", "delay"):
            value = getattr(self, name)
            if isinstance(value, np.ndarray) and value.shape != self.pre_ind.shape:
                raise DescriptionError(
                    f"Sparse.{name} must hold one value per synapse, shape {self.pre_ind.shape}, got {value.shape}"
                )

    def connect(self, source: Population, target: Population) -> None:
        for role, population, indices in (("source", source, self.pre_ind), ("target", target, self.post_ind)):
            if population.shape is None:
                raise ShapeError(f"{source}->{target}: Sparse connectivity needs a {role} population with a shape")
            if indices.size and indices.max() >= population.num_neurons:
                raise ShapeError(
                    f"{source}->{target}: Sparse connectivity has the {role} index {int(indices.max())}, "
                    f"{population} has {population.num_neurons} neurons"
                )
        pairs = self.pre_ind * target.num_neurons + self.post_ind
        if np.unique(pairs).size != pairs.size:
            raise DescriptionError(
                f"{source}->{target}: Sparse connectivity connects a pair of neurons twice; add the weights"
            )

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        return ConnectivitySnippet(
            matrix_type="SPARSE", weight=self.weight, delay=self.delay, indices=(self.pre_ind, self.post_ind)
        )

    def fan_out(self, connection: Connection) -> np.ndarray:
        return np.bincount(self.pre_ind, minlength=connection.ends[0].num_neurons).astype(np.float64)


def _indices(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array.size and array.min() < 0):
        raise DescriptionError(
            f"Sparse.{name} must be a one-dimensional array of neuron indices, not negative; "
            f"got dtype {array.dtype} and shape {array.shape}"
        )
    return array.astype(np.int64)
