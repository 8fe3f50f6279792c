"""Dense matrices of image layers, by loops over every window and cell; independent of ml_genn.connectivity."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

Pair = tuple[int, int]


def padding_before(size: int, kernel: int, stride: int, padding: str | Pair) -> int:
    """Cells that TensorFlow puts before the first one."""
    if padding == "same":
        windows = -(-size // stride)
        return max((windows - 1) * stride + kernel - size, 0) // 2
    return 0 if padding == "valid" else int(padding[0])


def window_count(size: int, kernel: int, stride: int, padding: str | Pair) -> int:
    """Number of windows in one dimension."""
    if padding == "same":
        return -(-size // stride)
    extra = 0 if padding == "valid" else sum(padding)  # type: ignore[arg-type]
    return (size + extra - kernel) // stride + 1


def windows(
    size: Pair, kernel: Pair, strides: Pair, padding: str | tuple[Pair, Pair]
) -> tuple[Pair, Iterator[tuple[Pair, Pair, Pair]]]:
    """Number of windows, and (window, place in the kernel, cell) for every cell inside the image."""
    by_axis = (padding, padding) if isinstance(padding, str) else padding
    axes = list(zip(size, kernel, strides, by_axis, strict=True))
    count = tuple(window_count(*axis) for axis in axes)
    before = tuple(padding_before(*axis) for axis in axes)

    def visit() -> Iterator[tuple[Pair, Pair, Pair]]:
        for window, place in itertools.product(np.ndindex(*count), np.ndindex(*kernel)):
            cell = tuple(window[a] * strides[a] - before[a] + place[a] for a in (0, 1))
            if all(0 <= cell[a] < size[a] for a in (0, 1)):
                yield window, place, cell  # type: ignore[misc]

    return count, visit()  # type: ignore[return-value]


def convolution(
    image: tuple[int, int, int], weights: np.ndarray, strides: Pair = (1, 1), padding: str | tuple[Pair, Pair] = "valid"
) -> np.ndarray:
    """Matrix (source neurons, target neurons) of a convolution with weights (height, width, channels, filters)."""
    count, visits = windows(image[:2], weights.shape[:2], strides, padding)  # type: ignore[arg-type]
    matrix = np.zeros((*image, *count, weights.shape[3]))
    for (y, x), (i, j), (row, column) in visits:
        matrix[row, column, :, y, x, :] += weights[i, j]
    return matrix.reshape(int(np.prod(image)), -1)


def transposed_convolution(
    image: tuple[int, int, int], weights: np.ndarray, strides: Pair = (1, 1), padding: str = "valid"
) -> np.ndarray:
    """Matrix of a transposed convolution with weights (height, width, filters, channels): a convolution's transpose."""
    size = [image[a] * strides[a] + (0 if padding == "same" else max(weights.shape[a] - strides[a], 0)) for a in (0, 1)]
    return convolution((size[0], size[1], weights.shape[2]), weights, strides, padding).T


def pooling_windows(
    image: tuple[int, int, int], pool: Pair, strides: Pair, padding: str | tuple[Pair, Pair] = "valid"
) -> list[list[int]]:
    """Source neurons of each target neuron of a pooling."""
    count, visits = windows(image[:2], pool, strides, padding)
    cells: dict[tuple[int, int, int], list[int]] = {}
    for (y, x), _, (row, column) in visits:
        for channel in range(image[2]):
            cells.setdefault((y, x, channel), []).append((row * image[1] + column) * image[2] + channel)
    return [cells[target] for target in np.ndindex(*count, image[2])]


def average_pooling(
    image: tuple[int, int, int], pool: Pair, strides: Pair, padding: str | tuple[Pair, Pair] = "valid"
) -> np.ndarray:
    """Matrix of an average pooling that does not count padding."""
    targets = pooling_windows(image, pool, strides, padding)
    matrix = np.zeros((int(np.prod(image)), len(targets)))
    for target, sources in enumerate(targets):
        matrix[sources, target] = 1 / len(sources)
    return matrix
