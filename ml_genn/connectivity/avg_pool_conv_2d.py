"""Average pooling and convolution in one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import UnsupportedError
from ..values import is_number
from .connectivity import ConnectivitySnippet
from .conv_2d import has_plain_padding, kernel_synapses, toeplitz_params
from .geometry import Pair, Windows2D, as_pair, sliding_windows
from .kernel import KernelConnectivity
from .spatial import channel_shape, fit_target, image_shape

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class AvgPoolConv2D(KernelConnectivity):
    """Conv2D over the averages of windows that do not overlap.

    Args:
        weight: a number, an initializer or an array of shape (kernel height, kernel width, channels, filters).
        filters: channels of the target.
        pool_size: height and width of the pooling window.
        conv_size: height and width of the kernel.
        flatten: the target is one-dimensional.
        pool_strides: vertical and horizontal stride of the pooling, by default and at least `pool_size`.
        conv_strides: vertical and horizontal stride of the convolution, by default 1.
        conv_padding: "valid", "same" (smaller half first) or ((top, bottom), (left, right)).
        delay: timesteps, like `weight`.
    """

    def __init__(
        self,
        weight: Any,
        filters: int,
        pool_size: int | Pair,
        conv_size: int | Pair,
        flatten: bool = False,
        pool_strides: int | Pair | None = None,
        conv_strides: int | Pair | None = None,
        conv_padding: Any = "valid",
        delay: Any = 0,
    ) -> None:
        super().__init__(weight, filters, conv_size, flatten, conv_strides, conv_padding, delay)
        self.pool_size = as_pair("AvgPoolConv2D.pool_size", pool_size)
        self.pool_strides = as_pair(
            "AvgPoolConv2D.pool_strides", self.pool_size if pool_strides is None else pool_strides
        )
        if any(stride < size for stride, size in zip(self.pool_strides, self.pool_size, strict=True)):
            raise UnsupportedError(
                "AvgPoolConv2D: pool stride < pool size is not supported; use AvgPool2D and Conv2D one after the other"
            )

    def connect(self, source: Population, target: Population) -> None:
        axes = "kernel height, kernel width, channels, filters"
        self.check_kernel(source, target, axes)
        output = channel_shape(self._windows(source)[1].window_shape, self.filters)
        fit_target(source, target, "AvgPoolConv2D", output, self.flatten)

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        source = connection.ends[0]
        pool, conv = self._windows(source)
        without_gaps = self.pool_strides == self.pool_size
        plain = without_gaps and self.conv_strides == (1, 1) and has_plain_padding(conv)
        if not (plain and "TOEPLITZ" in supported_matrix_type and is_number(self.delay)):
            return self.sparse_snippet(connection, self._scale)
        channels = image_shape(source, source, "AvgPoolConv2D")[2]
        params = {
            name: value
            for name, value in toeplitz_params(conv, channels, self.filters).items()
            if name not in ("conv_ih", "conv_iw", "conv_ic")
        }
        params |= {
            "pool_kh": pool.rows.kernel,
            "pool_kw": pool.columns.kernel,
            "pool_sh": pool.rows.stride,
            "pool_sw": pool.columns.stride,
            "pool_ih": pool.rows.cells,
            "pool_iw": pool.columns.cells,
            "pool_ic": channels,
        }
        return ConnectivitySnippet(
            matrix_type="TOEPLITZ",
            weight=self.weight,
            delay=self.delay,
            init="AvgPoolConv2D",
            init_params=params,
            scale=self._scale,
        )

    def synapses(self, source: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        channels = image_shape(source, source, "AvgPoolConv2D")[2]
        pool, conv = self._windows(source)
        return _join(pool, kernel_synapses(conv, channels, self.filters), channels)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        channels = image_shape(source, target, "AvgPoolConv2D")[2]
        return *self.conv_size, channels, self.filters

    def fan_out(self, connection: Connection) -> np.ndarray:
        source, target = connection.ends
        channels = image_shape(source, target, "AvgPoolConv2D")[2]
        pool, conv = self._windows(source)
        cell, window, _ = pool.triplets()
        counts = np.zeros(pool.rows.cells * pool.columns.cells)
        counts[cell] = conv.windows_per_cell()[window] * self.filters
        return np.repeat(counts, channels)

    @property
    def _scale(self) -> float:
        return 1.0 / (self.pool_size[0] * self.pool_size[1])

    def _windows(self, source: Population) -> tuple[Windows2D, Windows2D]:
        height, width, _ = image_shape(source, source, "AvgPoolConv2D")
        pool = sliding_windows((height, width), self.pool_size, self.pool_strides, "valid")
        return pool, sliding_windows(pool.window_shape, self.conv_size, self.conv_strides, self.conv_padding)


def _join(
    pool: Windows2D, synapses: tuple[np.ndarray, np.ndarray, np.ndarray], channels: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The convolution's synapses with each pooled cell replaced by the cells of its window."""
    cell, window, _ = pool.triplets()
    order = np.argsort(window, kind="stable")
    cells_of_window = cell[order].reshape(pool.rows.windows * pool.columns.windows, -1)
    pre, post, entry = synapses
    sources = cells_of_window[pre // channels] * channels + (pre % channels)[:, np.newaxis]
    repeats = cells_of_window.shape[1]
    return sources.ravel(), np.repeat(post, repeats), np.repeat(entry, repeats)
