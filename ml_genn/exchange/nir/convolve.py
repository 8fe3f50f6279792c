"""Convolutions: Conv2d, whose kernels are (filters, channels, rows, columns)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...connectivity import Conv2D
from ...connectivity.geometry import Windows, Windows2D, sliding_windows
from .library import nir_library
from .notes import add_note, read_note
from .order import Order
from .pairs import Ends, Nodes, PathPair
from .problems import Refusal
from .weights import weight_array

Margins = tuple[tuple[int, int], tuple[int, int]]


def margins(windows: Windows2D) -> Margins:
    """((top, bottom), (left, right)): what the windows reach beyond the image, or do not reach of it."""
    return _margin(windows.rows), _margin(windows.columns)


def pair(value: Any) -> tuple[int, int]:
    """Two whole numbers from one or two."""
    numbers = np.asarray(value).ravel()
    return (int(numbers[0]), int(numbers[-1]))


def padding_of(padding: Any, kernel: tuple[int, int], dilation: tuple[int, int] = (1, 1)) -> Margins:
    """The margins of a node: numbers, "valid", or "same", whose smaller half comes first."""
    word = padding.decode() if isinstance(padding, bytes) else str(padding)
    if word == "valid":
        return (0, 0), (0, 0)
    if word == "same":
        totals = [step * (size - 1) for size, step in zip(kernel, dilation, strict=True)]
        return (totals[0] // 2, totals[0] - totals[0] // 2), (totals[1] // 2, totals[1] - totals[1] // 2)
    rows, columns = pair(padding)
    return (rows, rows), (columns, columns)


def channel_bias(bias: Any, target: Order) -> np.ndarray:
    """One bias per channel.

    Raises:
        Refusal: neurons of a channel have different ones.
    """
    if bias is None:
        return np.zeros(target.shape[0], np.float32)
    values = np.asarray(bias, np.float32).reshape(target.shape[0], -1)
    if (values != values[:, :1]).any():
        raise Refusal(
            "neurons of a channel have different biases, and Conv2d has one for each channel",
            "use zero biases, or a connection of Dense connectivity",
        )
    return np.ascontiguousarray(values[:, 0])


def conv_node(connectivity: Any, channels: int, windows: Windows2D, bias: np.ndarray) -> Any:
    """Conv2d of a kernel over `windows`.

    NIR pads alike on both sides. Where we do not, the kernel gets rows or columns of zeros on one side, so that alike
    padding means the same; a note tells how many.
    """
    kernel = weight_array(connectivity, (*connectivity.conv_size, channels, connectivity.filters))
    wanted = margins(windows)
    zeros = [(max(after - before, 0), max(before - after, 0)) for before, after in wanted]
    node = nir_library().Conv2d(
        input_shape=(windows.rows.cells, windows.columns.cells),
        weight=np.ascontiguousarray(np.pad(kernel, (*zeros, (0, 0), (0, 0))).transpose(3, 2, 0, 1)),
        stride=connectivity.conv_strides,
        padding=tuple(max(before, after) for before, after in wanted),
        dilation=(1, 1),
        groups=1,
        bias=bias,
    )
    if any(map(any, zeros)):
        add_note(node, zeros=zeros)
    return node


def kernel_of(node: Any) -> tuple[np.ndarray, Margins] | None:
    """The kernel (rows, columns, channels, filters) and margins of a Conv2d; None if it has groups or dilation."""
    if int(node.groups) != 1 or pair(node.dilation) != (1, 1):
        return None
    kernel = np.asarray(node.weight).transpose(2, 3, 1, 0)
    rows, columns = padding_of(node.padding, kernel.shape[:2])
    found = [list(map(int, side)) for side in read_note(node).get("zeros", ((0, 0), (0, 0)))]
    (top, bottom), (left, right) = found
    inner = kernel[top : kernel.shape[0] - bottom, left : kernel.shape[1] - right]
    padded = np.pad(inner, (*found, (0, 0), (0, 0)))
    if padded.shape != kernel.shape or (padded != kernel).any():
        return np.ascontiguousarray(kernel), (rows, columns)
    return np.ascontiguousarray(inner), ((rows[0] - top, rows[1] - bottom), (columns[0] - left, columns[1] - right))


def _write(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    channels, rows, columns = ends.source.shape
    windows = sliding_windows(
        (rows, columns), connectivity.conv_size, connectivity.conv_strides, connectivity.conv_padding
    )
    return (("", conv_node(connectivity, channels, windows, channel_bias(bias, ends.target))),)


def _read(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    found = kernel_of(nodes[0])
    if found is None:
        return None
    kernel, padding = found
    return Conv2D(kernel, kernel.shape[3], kernel.shape[:2], flat, pair(nodes[0].stride), padding)


def _margin(axis: Windows) -> tuple[int, int]:
    """Alike on both sides where that gives as many windows."""
    if (axis.cells + 2 * axis.before - axis.kernel) // axis.stride + 1 == axis.windows:
        return axis.before, axis.before
    reach = (axis.windows - 1) * axis.stride + axis.kernel
    return axis.before, max(reach - axis.before - axis.cells, 0)


PAIRS = (PathPair("Conv2D", ("Conv2d",), _write, _read, carries_bias=True, makes_image=True),)
