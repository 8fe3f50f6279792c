"""Average and max pooling of images and sequences, in windows and over all positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .geometry import chain, image_of, image_padding, on_image
from .registry import translates

PoolClass = type[ir.AveragePool] | type[ir.MaxPool]
KINDS: Mapping[str, PoolClass] = {"Average": ir.AveragePool, "Max": ir.MaxPool}
WINDOWED: Mapping[str, PoolClass] = {f"{kind}Pooling{axes}D": KINDS[kind] for kind in KINDS for axes in (1, 2)}
GLOBAL: Mapping[str, PoolClass] = {f"Global{kind}Pooling{axes}D": KINDS[kind] for kind in KINDS for axes in (1, 2)}


@translates(*WINDOWED)
def pooling(call: Call) -> Sequence[Node]:
    """Windows of any size and stride, padding "same" or "valid"; padded cells take no part."""
    image = image_of(call)
    pool = image.pair(call.config["pool_size"])
    strides = image.pair(call.config["strides"] or call.config["pool_size"])
    padding = image_padding(call, image.shape, pool, strides)
    make = WINDOWED[call.class_name]
    return on_image(call, image, [make(name="pool", layer=call.name, pool=pool, strides=strides, padding=padding)])


@translates(*GLOBAL)
def global_pooling(call: Call) -> Sequence[Node]:
    """One window that covers everything; the result has the shape (channels,), or ones for positions with keepdims."""
    image = image_of(call)
    window = (image.shape[0], image.shape[1])
    pool = GLOBAL[call.class_name](name="pool", layer=call.name, pool=window, strides=window)
    return chain(call, [*image.before, pool, ir.Reshape(name="flat", layer=call.name, shape=call.shape or ())])
