"""Average pooling and all-to-all connectivity in one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import ShapeError, UnsupportedError
from ..values import is_number
from .connectivity import Connectivity, ConnectivitySnippet
from .geometry import Pair, Windows2D, as_pair, sliding_windows
from .pool import pool_synapses
from .sharing import Sharing
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

    shares_weights = True

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
        synapses = pool_synapses(self._windows(source), image_shape(source, target, "AvgPoolDense2D")[2])
        sharing = _averages(synapses, (source.num_neurons, *self.weight_shape(source, target)))
        weight = self.weight.ravel() if isinstance(self.weight, np.ndarray) else self.weight
        return ConnectivitySnippet(matrix_type="DENSE", weight=weight, delay=self.delay, sharing=sharing)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, int]:
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


def _averages(synapses: tuple[np.ndarray, np.ndarray, np.ndarray], sizes: tuple[int, int, int]) -> Sharing:
    """Each source neuron has the weights of all its windows, over the number of their cells.

    Args:
        synapses: of the pooling, as `pool_synapses` gives them.
        sizes: source neurons, windows * channels, target neurons.
    """
    num_sources, num_windows, num_targets = sizes
    pre, window, cells = synapses

    def spread(free: Any) -> np.ndarray:
        pooled = np.broadcast_to(free, num_windows * num_targets).reshape(num_windows, num_targets)
        return _sums_of_rows(pooled, window, cells.astype(pooled.dtype), pre, num_sources)

    def fold(numbers: np.ndarray) -> np.ndarray:
        rows = numbers.reshape(num_sources, num_targets)
        return _sums_of_rows(rows, pre, cells.astype(np.float64), window, num_windows).ravel()

    return Sharing(num_windows * num_targets, spread, fold)


def _sums_of_rows(
    rows: np.ndarray, taken: np.ndarray, divisors: np.ndarray, place: np.ndarray, count: int
) -> np.ndarray:
    """Row i is the sum of rows[taken] / divisors over where `place` is i, in that order; zeros where it never is."""
    order = np.argsort(place, kind="stable")
    places, starts = np.unique(place[order], return_index=True)
    sums = np.zeros((count, rows.shape[1]), divisors.dtype)
    if places.size:
        sums[places] = np.add.reduceat(rows[taken[order]] / divisors[order, np.newaxis], starts, axis=0)
    return sums
