"""What the nodes between neurons compute, in numpy: shapes, and matrices of combinations that we have no name for.

A map takes values of shape (examples, *shape) and leaves out its bias, so that it is linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...connectivity import Sparse
from .convolve import Margins, padding_of, pair
from .pairs import Ends
from .problems import Refusal

Map = Callable[[Any, np.ndarray], np.ndarray]
MOST_ENTRIES = 2**27
ROWS = 256
"""Rows of a matrix that are worked out together."""


def _matrix(node: Any, values: np.ndarray) -> np.ndarray:
    weight = np.asarray(node.weight)
    if weight.ndim != 2 or weight.shape[1] != math.prod(values.shape[1:]):
        raise Refusal(
            f"its weights of shape {weight.shape} do not fit values of shape {values.shape[1:]}", "correct the graph"
        )
    result: np.ndarray = values.reshape(len(values), weight.shape[1]) @ weight.T
    return result


def _conv2d(node: Any, values: np.ndarray) -> np.ndarray:
    """Cross-correlation, place by place of the kernel."""
    weight, groups = np.asarray(node.weight), int(node.groups)
    if values.ndim != 4 or values.shape[1] != weight.shape[1] * groups:
        raise Refusal(
            f"its kernel of shape {weight.shape} does not fit values of shape {values.shape[1:]}", "correct the graph"
        )
    strides, dilation = pair(node.stride), pair(node.dilation)
    padding = padding_of(node.padding, weight.shape[2:], dilation)
    padded, size = _windows(values, weight.shape[2:], strides, padding, dilation)
    split = padded.reshape(len(values), groups, weight.shape[1], *padded.shape[2:])
    kernels = weight.reshape(groups, -1, *weight.shape[1:])
    total = np.zeros((len(values), groups, kernels.shape[1], *size), np.result_type(values, weight))
    for row, column in np.ndindex(*weight.shape[2:]):
        part = _place(split, row * dilation[0], column * dilation[1], strides, size)
        total += np.einsum("ngcyx,gfc->ngfyx", part, kernels[..., row, column])
    return total.reshape(len(values), weight.shape[0], *size)


def _conv1d(node: Any, values: np.ndarray) -> np.ndarray:
    """A convolution over images of one row."""
    word = node.padding if isinstance(node.padding, str | bytes) else (0, int(np.asarray(node.padding).flat[0]))
    flat = SimpleNamespace(
        weight=np.asarray(node.weight)[:, :, np.newaxis],
        stride=(1, int(np.asarray(node.stride).flat[0])),
        padding=word,
        dilation=(1, int(np.asarray(node.dilation).flat[0])),
        groups=node.groups,
    )
    return _conv2d(flat, values[:, :, np.newaxis] if values.ndim == 3 else values)[:, :, 0]


def _sum_pool(node: Any, values: np.ndarray) -> np.ndarray:
    if values.ndim != 4:
        raise Refusal(f"it pools rows and columns, and its input has shape {values.shape[1:]}", "correct the graph")
    kernel, strides, (rows, columns) = pair(node.kernel_size), pair(node.stride), pair(node.padding)
    padded, size = _windows(values, kernel, strides, ((rows, rows), (columns, columns)), (1, 1))
    total = np.zeros((*values.shape[:2], *size), values.dtype)
    for row, column in np.ndindex(*kernel):
        total += _place(padded, row, column, strides, size)
    return total


def _average_pool(node: Any, values: np.ndarray) -> np.ndarray:
    return _sum_pool(node, values) / np.float32(math.prod(pair(node.kernel_size)))


def _scale(node: Any, values: np.ndarray) -> np.ndarray:
    result: np.ndarray = values * np.asarray(node.scale)
    return result


def _flatten(node: Any, values: np.ndarray) -> np.ndarray:
    """All axes: some tools count the batch among those to flatten from, and no other node takes less than all."""
    return values.reshape(len(values), -1) if len(values) else np.zeros((0, math.prod(values.shape[1:])))


def _same(node: Any, values: np.ndarray) -> np.ndarray:
    return values


MAPS: Mapping[str, Map] = {
    "Affine": _matrix,
    "Linear": _matrix,
    "Conv1d": _conv1d,
    "Conv2d": _conv2d,
    "SumPool2d": _sum_pool,
    "AvgPool2d": _average_pool,
    "Scale": _scale,
    "Flatten": _flatten,
    "Delay": _same,
}


def apply(nodes: Sequence[Any], values: np.ndarray) -> np.ndarray:
    """The nodes one after another."""
    for node in nodes:
        values = MAPS[type(node).__name__](node, values)
    return values


def shape_after(nodes: Sequence[Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape behind the nodes."""
    return apply(nodes, np.zeros((0, *shape), np.float32)).shape[1:]


def as_synapses(nodes: Sequence[Any], ends: Ends) -> Sparse:
    """The nodes as a list of synapses, without those of weight 0.

    Raises:
        Refusal: the list would be too long.
    """
    source, target = ends.source, ends.target
    if source.size * target.size > MOST_ENTRIES:
        raise Refusal("these nodes together have no name here, and their matrix would be too large", "split them")
    found = []
    for first in range(0, source.size, ROWS):
        inputs = np.eye(min(ROWS, source.size - first), source.size, first, np.float32)
        weights = apply(nodes, inputs.reshape(-1, *source.shape)).reshape(len(inputs), -1)
        pre, post = np.nonzero(weights)
        found.append((source.ours[pre + first], target.ours[post], weights[pre, post]))
    pre, post, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Sparse(weights, pre, post)


def _windows(
    values: np.ndarray,
    kernel: Sequence[int],
    strides: Sequence[int],
    padding: Margins,
    dilation: Sequence[int],
) -> tuple[np.ndarray, tuple[int, int]]:
    """The values with zeros around, and how many windows there are."""
    padded = np.pad(values, (*[(0, 0)] * (values.ndim - 2), *padding))
    sizes = [
        (length - step * (places - 1) - 1) // stride + 1
        for length, places, stride, step in zip(padded.shape[-2:], kernel, strides, dilation, strict=True)
    ]
    if min(sizes) < 1:
        raise Refusal(f"its window is larger than its input of shape {values.shape[1:]}", "correct the graph")
    return padded, (sizes[0], sizes[1])


def _place(values: np.ndarray, row: int, column: int, strides: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """What lies at one place of all windows."""
    rows = slice(row, row + strides[0] * (size[0] - 1) + 1, strides[0])
    return values[..., rows, slice(column, column + strides[1] * (size[1] - 1) + 1, strides[1])]
