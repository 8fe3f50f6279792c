"""Average pooling, alone and before a convolution or a matrix: SumPool2d and Scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...connectivity import AvgPool2D, AvgPoolConv2D, AvgPoolDense2D
from ...connectivity.geometry import Padding, Windows2D, sliding_windows
from .convolve import channel_bias, conv_node, kernel_of, margins, pair
from .dense import matrix_nodes, matrix_of
from .library import nir_library
from .order import Order, image_order
from .pairs import Ends, Nodes, PathPair
from .problems import Refusal
from .weights import weight_array


def _pool_nodes(windows: Windows2D, connectivity: Any, channels: int) -> Nodes:
    """SumPool2d over `windows`, and Scale by one over the cells of each that lie inside the image."""
    nir = nir_library()
    sides = margins(windows)
    if any(before != after for before, after in sides):
        raise Refusal("its windows reach further beyond one side of the image than the other", "pad both alike")
    cells = windows.cells_per_window().reshape(windows.window_shape)
    scale = np.broadcast_to(1.0 / cells.astype(np.float32), (channels, *windows.window_shape))
    pool = nir.SumPool2d(
        kernel_size=np.array(connectivity.pool_size),
        stride=np.array(connectivity.pool_strides),
        padding=np.array([before for before, _ in sides]),
    )
    return (("pool", pool), ("average", nir.Scale(np.ascontiguousarray(scale))))


def _windows(connectivity: Any, source: Order, padding: str | Padding) -> Windows2D:
    return sliding_windows(
        (source.shape[1], source.shape[2]), connectivity.pool_size, connectivity.pool_strides, padding
    )


def _write(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    windows = _windows(connectivity, ends.source, connectivity.pool_padding)
    (name, pool), (_, scale) = _pool_nodes(windows, connectivity, ends.source.shape[0])
    return ((name, pool), ("", scale))


def _write_conv(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    windows = _windows(connectivity, ends.source, "valid")
    channels = ends.source.shape[0]
    conv = sliding_windows(
        windows.window_shape, connectivity.conv_size, connectivity.conv_strides, connectivity.conv_padding
    )
    node = conv_node(connectivity, channels, conv, channel_bias(bias, ends.target))
    return (*_pool_nodes(windows, connectivity, channels), ("", node))


def _write_dense(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    windows = _windows(connectivity, ends.source, "valid")
    channels = ends.source.shape[0]
    pooled = image_order(*windows.window_shape, channels)
    weight = weight_array(connectivity, (pooled.size, ends.target.size))
    return (
        *_pool_nodes(windows, connectivity, channels),
        *matrix_nodes(weight[:, ends.target.ours], pooled, bias),
    )


def _averages(pool: Any, scale: Any, source: Order) -> Windows2D | None:
    """The windows of SumPool2d, if Scale divides by the cells of each."""
    if not source.is_image:
        return None
    rows, columns = pair(pool.padding)
    windows = sliding_windows(
        (source.shape[1], source.shape[2]),
        pair(pool.kernel_size),
        pair(pool.stride),
        ((rows, rows), (columns, columns)),
    )
    cells = windows.cells_per_window().reshape(windows.window_shape)
    expected = np.broadcast_to(1.0 / cells.astype(np.float32), (source.shape[0], *windows.window_shape))
    found = np.asarray(scale)
    return windows if found.shape == expected.shape and (found == expected).all() else None


def _read(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    pool, scale = nodes
    windows = _averages(pool, scale.scale, ends.source)
    return None if windows is None else _pooling(pool, flat)


def _pooling(pool: Any, flat: bool) -> Any:
    rows, columns = pair(pool.padding)
    return AvgPool2D(pair(pool.kernel_size), flat, pair(pool.stride), pool_padding=((rows, rows), (columns, columns)))


def _read_average(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    """AvgPool2d divides by all cells of the window, those beyond the image too: the same only without padding."""
    return None if any(pair(nodes[0].padding)) else _pooling(nodes[0], flat)


def _read_conv(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    pool, scale, convolution = nodes
    found = kernel_of(convolution)
    if found is None or _averages(pool, scale.scale, ends.source) is None or not _apart(pool):
        return None
    kernel, padding = found
    size = kernel.shape[:2]
    strides = pair(pool.stride), pair(convolution.stride)
    return AvgPoolConv2D(kernel, kernel.shape[3], pair(pool.kernel_size), size, flat, *strides, padding)


def _read_dense(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    pool, scale, matrix = nodes
    windows = _averages(pool, scale.scale, ends.source)
    if windows is None or any(pair(pool.padding)):
        return None
    pooled = image_order(*windows.window_shape, ends.source.shape[0])
    weight = np.empty((pooled.size, ends.target.size), matrix.weight.dtype)
    weight[:, ends.target.ours] = matrix_of(matrix, pooled)
    return AvgPoolDense2D(weight, pair(pool.kernel_size), pair(pool.stride))


def _apart(pool: Any) -> bool:
    """Whether windows neither overlap nor reach beyond the image, as AvgPoolConv2D has them."""
    overlap = any(step < size for step, size in zip(pair(pool.stride), pair(pool.kernel_size), strict=True))
    return not overlap and not any(pair(pool.padding))


PAIRS = (
    PathPair("AvgPool2D", ("SumPool2d", "Scale"), _write, _read, carries_bias=False, makes_image=True),
    PathPair("AvgPool2D", ("AvgPool2d",), _write, _read_average, carries_bias=False, makes_image=True),
    PathPair("AvgPoolConv2D", ("SumPool2d", "Scale", "Conv2d"), _write_conv, _read_conv, True, True),
    PathPair("AvgPoolDense2D", ("SumPool2d", "Scale", "Affine"), _write_dense, _read_dense, True, False),
    PathPair("AvgPoolDense2D", ("SumPool2d", "Scale", "Linear"), _write_dense, _read_dense, True, False),
)
