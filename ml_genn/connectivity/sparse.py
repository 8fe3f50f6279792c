"""Connectivity given synapse by synapse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..checkpoint import restored
from ..errors import DescriptionError, ShapeError
from .connectivity import Connectivity, ConnectivitySnippet

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population

INDICES = ("pre_ind", "post_ind")
"""Names of the arrays that list synapses in checkpoints."""


@final
class Sparse(Connectivity):
    """Synapse i from neuron pre_ind[i] to neuron post_ind[i]; no pair of neurons may occur twice.

    Args:
        weight: a number, an initializer or an array with one weight per synapse.
        pre_ind: source neuron of each synapse.
        post_ind: target neuron of each synapse.
        delay: timesteps, a number, an initializer or one per synapse.
    """

    lists_synapses = True

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

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        return (self.pre_ind.size,)

    def restored(self, connection: Connection, arrays: Mapping[str, np.ndarray]) -> Connectivity:
        order = np.lexsort((self.post_ind, self.pre_ind))  # that of the engine, and so of checkpoints
        own = Sparse(*(_taken(item, order) for item in (self.weight, self.pre_ind, self.post_ind, self.delay)))
        return restored_sparse(own, connection, {"pre_ind": own.pre_ind, "post_ind": own.post_ind, **arrays})

    def fan_out(self, connection: Connection) -> np.ndarray:
        return np.bincount(self.pre_ind, minlength=connection.ends[0].num_neurons).astype(np.float64)


def restored_sparse(connectivity: Connectivity, connection: Connection, arrays: Mapping[str, np.ndarray]) -> Sparse:
    """The synapses that a checkpoint lists, with its weights and delays where it has them.

    Raises:
        DataError: weights or delays do not fit the synapses.
        DescriptionError: source and target neurons do not fit each other.
    """
    weight, delay = (
        0.0 if name in arrays else value for name, value in (("g", connectivity.weight), ("d", connectivity.delay))
    )
    listed = Sparse(weight, arrays["pre_ind"], arrays["post_ind"], delay)
    values = {name: array for name, array in arrays.items() if name not in INDICES}
    return restored(listed, values, listed.pre_ind.shape, connection.describe())


def _taken(value: Any, order: np.ndarray) -> Any:
    return value[order] if isinstance(value, np.ndarray) else value


def _indices(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array.size and array.min() < 0):
        raise DescriptionError(
            f"Sparse.{name} must be a one-dimensional array of neuron indices, not negative; "
            f"got dtype {array.dtype} and shape {array.shape}"
        )
    return array.astype(np.int64)
