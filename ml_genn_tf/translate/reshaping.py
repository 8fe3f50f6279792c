"""Layers that move values and change none: reshaping, permuting, padding, cropping, repeating."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import ir
from ..ir import Node, numbers, size
from ..keras_graph import Call
from .geometry import Image, chain, image_of, on_image
from .registry import require, translates


@translates("Reshape")
def reshape(call: Call) -> Sequence[Node]:
    """The same values in C order; Keras has worked out the new shape."""
    shape = call.layer.compute_output_shape((None, *call.input_shapes[0]))[1:]
    return chain(call, [ir.Reshape(name="shape", layer=call.name, shape=shape)])


@translates("Flatten")
def flatten(call: Call) -> Sequence[Node]:
    """All values in one row, in C order with the channels last."""
    length = size(call.input_shapes[0])
    flat = ir.Reshape(name="flat", layer=call.name, shape=(length,))
    first = call.config.get("data_format") == "channels_first" and len(call.input_shapes[0]) > 1
    return chain(call, [_gather(call, np.moveaxis(_numbers(call), 0, -1)), flat] if first else [flat])


@translates("Permute")
def permute(call: Call) -> Sequence[Node]:
    """Axis k of the result is axis dims[k] of the argument, counted from 1."""
    return chain(call, [_gather(call, _numbers(call).transpose([axis - 1 for axis in call.config["dims"]]))])


@translates("RepeatVector")
def repeat_vector(call: Call) -> Sequence[Node]:
    """The vector n times, one below the other."""
    return chain(call, [_gather(call, np.tile(_numbers(call), (int(call.config["n"]), 1)))])


@translates("ZeroPadding1D", "ZeroPadding2D")
def zero_padding(call: Call) -> Sequence[Node]:
    """Zeros around the image, or before and behind the sequence."""
    image = image_of(call)
    padding = image.sides(call.config["padding"])
    return on_image(call, image, [ir.ZeroPad(name="pad", layer=call.name, padding=padding)])


@translates("Cropping1D", "Cropping2D")
def cropping(call: Call) -> Sequence[Node]:
    """The image without some rows and columns at its edges."""
    image = image_of(call)
    (top, bottom), (left, right) = image.sides(call.config["cropping"])
    rows, cols, _ = image.shape
    kept = numbers(image.shape)[top : rows - bottom, left : cols - right]
    return on_image(call, image, [_of_image(call, image, kept)])


@translates("UpSampling1D", "UpSampling2D")
def up_sampling(call: Call) -> Sequence[Node]:
    """Every row and column several times (nearest-neighbour interpolation)."""
    require(call.config, "interpolation", ("nearest",), 'use interpolation="nearest"')
    image = image_of(call)
    rows, cols = image.pair(call.config["size"])
    index = numbers(image.shape)
    return on_image(call, image, [_of_image(call, image, index.repeat(rows, axis=0).repeat(cols, axis=1))])


def _numbers(call: Call) -> np.ndarray:
    return numbers(call.input_shapes[0])


def _gather(call: Call, index: np.ndarray) -> Node:
    return ir.Gather(name="gather", layer=call.name, index=index, source=call.input_shapes[0])


def _of_image(call: Call, image: Image, index: np.ndarray) -> Node:
    return ir.Gather(name="gather", layer=call.name, index=index, source=image.shape)
