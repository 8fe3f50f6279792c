"""Transposed convolution over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from ..errors import DescriptionError
from .connectivity import ConnectivitySnippet
from .geometry import Windows2D, transposed_windows
from .kernel import KernelConnectivity
from .spatial import channel_shape, fit_target, image_shape

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
class Conv2DTranspose(KernelConnectivity):
    """Source (y, x, c) reaches target (y sh - top + i, x sw - left + j, f) with weight w[i, j, f, c].

    Args:
        weight: a number, an initializer or an array of shape (kernel height, kernel width, filters, channels).
        filters: channels of the target.
        conv_size: height and width of the kernel.
        flatten: the target is one-dimensional.
        conv_strides: vertical and horizontal stride, by default 1.
        conv_padding: "valid" or "same".
        delay: timesteps, like `weight`.
    """

    def connect(self, source: Population, target: Population) -> None:
        if not isinstance(self.conv_padding, str):
            raise DescriptionError('Conv2DTranspose.conv_padding must be "valid" or "same"')
        axes = "kernel height, kernel width, filters, channels"
        self.check_kernel(source, target, axes)
        windows = self._windows(source)
        output = channel_shape((windows.rows.cells, windows.columns.cells), self.filters)
        fit_target(source, target, "Conv2DTranspose", output, self.flatten)

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        return self.sparse_snippet(connection)

    def synapses(self, source: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        channels = image_shape(source, source, "Conv2DTranspose")[2]
        cell, window, place = (values[:, np.newaxis, np.newaxis] for values in self._windows(source).triplets())
        channel = np.arange(channels)[:, np.newaxis]
        target = np.arange(self.filters)
        pre, post, entry = np.broadcast_arrays(
            window * channels + channel,
            cell * self.filters + target,
            (place * self.filters + target) * channels + channel,
        )
        return pre.ravel(), post.ravel(), entry.ravel()

    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        channels = image_shape(source, target, "Conv2DTranspose")[2]
        return *self.conv_size, self.filters, channels

    def fan_out(self, connection: Connection) -> np.ndarray:
        source = connection.ends[0]
        channels = image_shape(source, source, "Conv2DTranspose")[2]
        return np.repeat(self._windows(source).cells_per_window() * float(self.filters), channels)

    def _windows(self, source: Population) -> Windows2D:
        height, width, _ = image_shape(source, source, "Conv2DTranspose")
        return transposed_windows((height, width), self.conv_size, self.conv_strides, str(self.conv_padding))
