"""Convolution over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from ..values import is_number
from .connectivity import ConnectivitySnippet
from .geometry import Windows2D, sliding_windows
from .kernel import KernelConnectivity
from .spatial import channel_shape, fit_target, image_shape

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class Conv2D(KernelConnectivity):
    """Cross-correlation: target (y, x, f) gets sum w[i, j, c, f] of source (y sh - top + i, x sw - left + j, c).

    Args:
        weight: a number, an initializer or an array of shape (kernel height, kernel width, channels, filters).
        filters: channels of the target.
        conv_size: height and width of the kernel.
        flatten: the target is one-dimensional.
        conv_strides: vertical and horizontal stride, by default 1.
        conv_padding: "valid", "same" (smaller half first) or ((top, bottom), (left, right)).
        delay: timesteps, like `weight`.
    """

    def connect(self, source: Population, target: Population) -> None:
        axes = "kernel height, kernel width, channels, filters"
        self.check_kernel(source, target, axes)
        output = channel_shape(self._windows(source).window_shape, self.filters)
        fit_target(source, target, "Conv2D", output, self.flatten)

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        source = connection.ends[0]
        windows = self._windows(source)
        plain = self.conv_strides == (1, 1) and has_plain_padding(windows)
        strided = "TOEPLITZ_STRIDED" in supported_matrix_type
        if not is_number(self.delay) or not (strided or (plain and "TOEPLITZ" in supported_matrix_type)):
            return self.sparse_snippet(connection)
        params = toeplitz_params(windows, image_shape(source, source, "Conv2D")[2], self.filters)
        if not plain:
            params |= {
                "conv_sh": windows.rows.stride,
                "conv_sw": windows.columns.stride,
                "conv_padh": windows.rows.before,
                "conv_padw": windows.columns.before,
            }
        return ConnectivitySnippet(
            matrix_type="TOEPLITZ", weight=self.weight, delay=self.delay, init="Conv2D", init_params=params
        )

    def synapses(self, source: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return kernel_synapses(self._windows(source), image_shape(source, source, "Conv2D")[2], self.filters)

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        channels = image_shape(source, target, "Conv2D")[2]
        return *self.conv_size, channels, self.filters

    def fan_out(self, connection: Connection) -> np.ndarray:
        source = connection.ends[0]
        channels = image_shape(source, source, "Conv2D")[2]
        return np.repeat(self._windows(source).windows_per_cell() * float(self.filters), channels)

    def _windows(self, source: Population) -> Windows2D:
        height, width, _ = image_shape(source, source, "Conv2D")
        return sliding_windows((height, width), self.conv_size, self.conv_strides, self.conv_padding)


def has_plain_padding(windows: Windows2D) -> bool:
    """Whether the padding is what GeNN's snippets work out for stride 1: half of what the windows reach beyond the
    cells, the larger half before them."""
    return all(
        axis.before == (axis.windows + axis.kernel - axis.cells) // 2 for axis in (windows.rows, windows.columns)
    )


def toeplitz_params(windows: Windows2D, channels: int, filters: int) -> dict[str, int]:
    """Parameters of GeNN's Conv2D snippet for a convolution."""
    return {
        "conv_kh": windows.rows.kernel,
        "conv_kw": windows.columns.kernel,
        "conv_ih": windows.rows.cells,
        "conv_iw": windows.columns.cells,
        "conv_ic": channels,
        "conv_oh": windows.rows.windows,
        "conv_ow": windows.columns.windows,
        "conv_oc": filters,
    }


def kernel_synapses(windows: Windows2D, channels: int, filters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrays (source neuron, target neuron, C-order index in a kernel of shape (height, width, channels, filters))."""
    cell, window, place = (values[:, np.newaxis, np.newaxis] for values in windows.triplets())
    channel = np.arange(channels)[:, np.newaxis]
    target = np.arange(filters)
    pre, post, entry = np.broadcast_arrays(
        cell * channels + channel, window * filters + target, (place * channels + channel) * filters + target
    )
    return pre.ravel(), post.ravel(), entry.ravel()
