"""The dense matrix of a convolution, by loops over every output, kernel place and channel."""

from __future__ import annotations

import itertools

import numpy as np

from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity


def dense_weights(connectivity: ConvolutionConnectivity, kernel: np.ndarray) -> np.ndarray:
    """Weights [pre][post] of a kernel [height][width][channel][filter]; pooling sends each cell to its pool."""
    pre_height, pre_width, channels = connectivity.pre_shape
    height, width, _ = connectivity.in_shape
    out_height, out_width, filters = connectivity.out_shape
    weights = np.zeros((pre_height, pre_width, channels, out_height, out_width, filters))
    places = itertools.product(range(out_height), range(out_width), *map(range, connectivity.kernel))
    for y, x, i, j in places:
        row = y * connectivity.strides[0] - connectivity.padding[0] + i
        column = x * connectivity.strides[1] - connectivity.padding[1] + j
        if not (0 <= row < height and 0 <= column < width):
            continue
        cells = itertools.product(range(pre_height), range(pre_width))
        for r, s in cells:
            if (r // connectivity.pool[0], s // connectivity.pool[1]) == (row, column):
                weights[r, s, :, y, x, :] += kernel[i, j]
    return weights.reshape(pre_height * pre_width * channels, -1)
