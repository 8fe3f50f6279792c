"""Average and max pooling, in windows and over the whole image."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .geometry import image_padding, pair, require_channels_last
from .registry import inner, translates

PoolClass = type[ir.AveragePool] | type[ir.MaxPool]
WINDOWED: dict[str, PoolClass] = {"AveragePooling2D": ir.AveragePool, "MaxPooling2D": ir.MaxPool}
GLOBAL: dict[str, PoolClass] = {"GlobalAveragePooling2D": ir.AveragePool, "GlobalMaxPooling2D": ir.MaxPool}


@translates(*WINDOWED)
def pooling_2d(call: Call) -> Sequence[Node]:
    """Windows of any size and stride, padding "same" or "valid"; padded cells take no part."""
    require_channels_last(call)
    pool = pair(call.config["pool_size"])
    strides = pair(call.config["strides"] or pool)
    padding = image_padding(call, pool, strides)
    make = WINDOWED[call.class_name]
    return [make(name=call.name, layer=call.name, inputs=call.inputs, pool=pool, strides=strides, padding=padding)]


@translates(*GLOBAL)
def global_pooling_2d(call: Call) -> Sequence[Node]:
    """One window that covers the image, then the shape (channels,), or (1, 1, channels) with keepdims."""
    require_channels_last(call)
    rows, cols, channels = call.input_shapes[0]
    shape = (1, 1, channels) if call.config.get("keepdims") else (channels,)
    pool = GLOBAL[call.class_name](
        name=inner(call, "pool"), layer=call.name, inputs=call.inputs, pool=(rows, cols), strides=(rows, cols)
    )
    return [pool, ir.Reshape(name=call.name, layer=call.name, inputs=(pool.name,), shape=shape)]
