"""Convolutions over images and sequences: plain, grouped, dilated, depthwise, separable and transposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ir
from ..ir import Node, Pair, Shape, Weights, dilated, same_padding
from ..keras_graph import Call
from .activations import with_activation
from .geometry import Image, image_of, image_padding, on_image
from .registry import require, translates, weights, weights_or


@translates("Conv1D", "Conv2D")
def convolution(call: Call) -> Sequence[Node]:
    """y = f(kernel * x + b), with any strides, dilation and groups, padding "same", "valid" or "causal"."""
    image = image_of(call)
    kernel = _of_image(weights(call.layer.kernel), image)
    node = _convolution(call, image, kernel, call.layer.bias, int(call.config.get("groups") or 1))
    return with_activation(call, on_image(call, image, [node]))


@translates("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise_convolution(call: Call) -> Sequence[Node]:
    """Each channel convolved by itself, `depth_multiplier` filters for each."""
    image = image_of(call)
    kernel = _depthwise_kernel(call.layer.kernel, image)
    node = _convolution(call, image, kernel, call.layer.bias, image.shape[2])
    return with_activation(call, on_image(call, image, [node]))


@translates("SeparableConv1D", "SeparableConv2D")
def separable_convolution(call: Call) -> Sequence[Node]:
    """A depthwise convolution, then one of 1 x 1."""
    image = image_of(call)
    depthwise = _convolution(call, image, _depthwise_kernel(call.layer.depthwise_kernel, image), None, image.shape[2])
    kernel = _of_image(weights(call.layer.pointwise_kernel), image)
    bias = weights_or(call.layer.bias, kernel.shape[3], 0.0)
    pointwise = ir.Convolution(name="pointwise", layer=call.name, kernel=kernel, bias=bias)
    return with_activation(call, on_image(call, image, [depthwise, pointwise]))


@translates("Conv1DTranspose", "Conv2DTranspose")
def transposed_convolution(call: Call) -> Sequence[Node]:
    """y = f(the transpose of a strided convolution, applied to x, plus b)."""
    image = image_of(call)
    require(call.config, "dilation_rate", (1, (1,), (1, 1)), "use dilation_rate=1")
    kernel = _of_image(weights(call.layer.kernel), image)
    strides = image.pair(call.config["strides"])
    shape = _image_shape(call.shape or (), image)
    node = ir.ConvolutionTranspose(
        name="transpose",
        layer=call.name,
        kernel=kernel,
        bias=weights_or(call.layer.bias, kernel.shape[2], 0.0),
        strides=strides,
        padding=_transposed_padding(call, shape, image.shape, kernel.shape[:2], strides),
        shape=shape,
    )
    return with_activation(call, on_image(call, image, [node]))


def _convolution(call: Call, image: Image, kernel: Weights, bias: Any, groups: int) -> ir.Convolution:
    strides = image.pair(call.config["strides"])
    dilation = image.pair(call.config.get("dilation_rate") or 1)
    reach = dilated((int(kernel.shape[0]), int(kernel.shape[1])), dilation)
    return ir.Convolution(
        name="kernel",
        layer=call.name,
        kernel=kernel,
        bias=weights_or(bias, kernel.shape[3], 0.0),
        strides=strides,
        padding=image_padding(call, image.shape, reach, strides),
        dilation=dilation,
        groups=groups,
    )


def _of_image(kernel: Weights, image: Image) -> Weights:
    """A kernel over sequences as one over images of one column."""
    return kernel if image.axes == 2 else kernel[:, np.newaxis]


def _depthwise_kernel(variable: Any, image: Image) -> Weights:
    """Keras' (rows, columns, channels, multiplier) as the kernel of a convolution with one group for each channel."""
    kernel = _of_image(weights(variable), image)
    return kernel.reshape(*kernel.shape[:2], 1, -1)


def _image_shape(shape: Shape, image: Image) -> Shape:
    """The layer's result of this shape, in its own form, as an image."""
    channels, positions = (shape[0], shape[1:]) if image.channels_first else (shape[-1], shape[:-1])
    return (*positions, *((1,) if image.axes == 1 else ()), channels)


def _transposed_padding(call: Call, result: Shape, image: Shape, window: Sequence[int], strides: Pair) -> ir.Padding:
    """The padding with which the convolution of the result has the image's shape.

    Cells that no window covers (by output_padding, or a kernel smaller than its stride) lie behind the last window.
    """
    require(call.config, "padding", ("same", "valid"), 'use padding="same" or "valid"')
    cells = [(image[axis] - 1) * strides[axis] + int(window[axis]) for axis in range(2)]
    missing = [max(cells[axis] - result[axis], 0) for axis in range(2)]
    if call.config["padding"] == "valid":
        return ((0, missing[0]), (0, missing[1]))
    (top, _), (left, _) = same_padding(result, window, strides)
    return ((top, max(missing[0] - top, 0)), (left, max(missing[1] - left, 0)))
