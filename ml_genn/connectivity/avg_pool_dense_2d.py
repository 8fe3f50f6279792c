"""Average pooling and all-to-all connectivity in one connection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import ShapeError, UnsupportedError
from ..values import is_initializer, is_number
from .connectivity import Connectivity, ConnectivitySnippet
from .geometry import Pair, Windows2D, as_pair, sliding_windows
from .pool import pool_synapses
from .shared_draws import SharedDraws
from .spatial import image_shape

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class AvgPoolDense2D(Connectivity):
    """Dense from the averages of the source's windows, counted in C order, channels last.

    Args:
        weight: a number, an initializer or an array of shape (windows * channels, target neurons).
        pool_size: height and width of the pooling window.
        pool_strides: vertical and horizontal stride of the pooling, by default `pool_size`.
        delay: timesteps, a number.
    """

    def __init__(
        self, weight: Any, pool_size: int | Pair, pool_strides: int | Pair | None = None, delay: Any = 0
    ) -> None:
        super().__init__(weight, delay)
        self.pool_size = as_pair("AvgPoolDense2D.pool_size", pool_size)
        self.pool_strides = as_pair(
            "AvgPoolDense2D.pool_strides", self.pool_size if pool_strides is None else pool_strides
        )
        if not is_number(self.delay):
            raise UnsupportedError("AvgPoolDense2D: delays must be a number")

    def connect(self, source: Population, target: Population) -> None:
        pooled = self._pooled(source, target)
        if not isinstance(self.weight, np.ndarray):
            return
        if self.weight.ndim != 2 or self.weight.shape[0] != pooled:
            raise ShapeError(
                f"{source}->{target}: AvgPoolDense2D weights must have shape ({pooled}, target neurons), "
                f"got {self.weight.shape}"
            )
        if target.shape is None:
            target.shape = (self.weight.shape[1],)
        elif target.num_neurons != self.weight.shape[1]:
            raise ShapeError(
                f"{source}->{target}: AvgPoolDense2D weights of shape {self.weight.shape} need a target population of "
                f"{self.weight.shape[1]} neurons, {target} has shape {target.shape}"
            )

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        source, target = connection.ends
        shape = self._pooled(source, target), target.num_neurons
        pre, window, cells = pool_synapses(self._windows(source), image_shape(source, target, "AvgPoolDense2D")[2])

        def spread(values: np.ndarray) -> np.ndarray:
            pooled = values.reshape(shape)
            weights = np.zeros((source.num_neurons, shape[1]), pooled.dtype)
            np.add.at(weights, pre, pooled[window] / cells[:, np.newaxis].astype(pooled.dtype))
            return weights

        if is_initializer(self.weight):
            weight: Any = SharedDraws(self.weight, math.prod(shape), spread)
        else:
            weight = spread(np.broadcast_to(self.weight, shape))
        return ConnectivitySnippet(matrix_type="DENSE", weight=weight, delay=self.delay)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        return self._pooled(source, target), target.num_neurons

    def fan_out(self, connection: Connection) -> np.ndarray:
        source, target = connection.ends
        return np.full(source.num_neurons, float(target.num_neurons))

    def _pooled(self, source: Population, target: Population) -> int:
        channels = image_shape(source, target, "AvgPoolDense2D")[2]
        rows, columns = self._windows(source).window_shape
        return rows * columns * channels

    def _windows(self, source: Population) -> Windows2D:
        height, width, _ = image_shape(source, source, "AvgPoolDense2D")
        return sliding_windows((height, width), self.pool_size, self.pool_strides, "valid")
