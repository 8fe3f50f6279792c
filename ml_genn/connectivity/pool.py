"""What the two poolings share: windows over each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UnsupportedError
from ..values import Switch, is_number
from .connectivity import Connectivity
from .geometry import Pair, Windows2D, as_padding, as_pair, sliding_windows
from .spatial import channel_shape, fit_target, image_shape

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


class PoolConnectivity(Connectivity):
    """Target (y, x, c) is connected to the cells of its window over channel c of the source.

    Args:
        pool_size: height and width of the window.
        flatten: the target is one-dimensional.
        pool_strides: vertical and horizontal stride, by default `pool_size`.
        pool_padding: "valid", "same" (smaller half first) or ((top, bottom), (left, right)).
        delay: timesteps, a number.
    """

    trainable = False
    flatten = Switch()

    def __init__(
        self,
        pool_size: int | Pair,
        flatten: bool = False,
        pool_strides: int | Pair | None = None,
        delay: Any = 0,
        pool_padding: Any = "valid",
    ) -> None:
        super().__init__(1.0, delay)
        kind = type(self).__name__
        if not is_number(self.delay):
            raise UnsupportedError(f"{kind} connectivity only supports constant delays")
        self.pool_size = as_pair(f"{kind}.pool_size", pool_size)
        self.flatten = flatten
        self.pool_strides = as_pair(f"{kind}.pool_strides", self.pool_size if pool_strides is None else pool_strides)
        self.pool_padding = as_padding(f"{kind}.pool_padding", pool_padding)

    def connect(self, source: Population, target: Population) -> None:
        kind = type(self).__name__
        channels = image_shape(source, target, kind)[2]
        fit_target(source, target, kind, channel_shape(self.windows(source).window_shape, channels), self.flatten)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        return ()

    def fan_out(self, connection: Connection) -> np.ndarray:
        source = connection.ends[0]
        channels = image_shape(source, source, type(self).__name__)[2]
        return np.repeat(self.windows(source).windows_per_cell().astype(np.float64), channels)

    def windows(self, source: Population) -> Windows2D:
        """The windows over the source."""
        height, width, _ = image_shape(source, source, type(self).__name__)
        return sliding_windows((height, width), self.pool_size, self.pool_strides, self.pool_padding)

    def synapses(self, source: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arrays (source neuron, target neuron, number of cells in the target's window), one entry per synapse."""
        windows = self.windows(source)
        return pool_synapses(windows, image_shape(source, source, type(self).__name__)[2])


def pool_synapses(windows: Windows2D, channels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrays (source neuron, target neuron, number of cells in the target's window), one entry per synapse."""
    cell, window, _ = windows.triplets()
    cells = windows.cells_per_window()[window]
    channel = np.arange(channels)
    return (
        (cell[:, np.newaxis] * channels + channel).ravel(),
        (window[:, np.newaxis] * channels + channel).ravel(),
        np.repeat(cells, channels),
    )
