"""Dense, on vectors and on the last axis of images and sequences."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .activations import with_activation
from .registry import inner, translates, weights, weights_or


@translates("Dense")
def dense(call: Call) -> Sequence[Node]:
    """y = f(x W + b); on more than one axis the same W at every position, which is a 1 x 1 convolution."""
    kernel = weights(call.layer.kernel)
    bias = weights_or(call.layer.bias, kernel.shape[1], 0.0)
    shape = call.input_shapes[0]
    if len(shape) == 1:
        return with_activation(
            call, ir.Dense(name=call.name, layer=call.name, inputs=call.inputs, weight=kernel, bias=bias)
        )
    rows, cols = (ir.size(shape[:-2]), shape[-2])
    image = ir.Reshape(name=inner(call, "image"), layer=call.name, inputs=call.inputs, shape=(rows, cols, shape[-1]))
    convolution = ir.Convolution(
        name=inner(call, "positions"),
        layer=call.name,
        inputs=(image.name,),
        kernel=kernel[None, None],
        bias=bias,
    )
    back = ir.Reshape(name=call.name, layer=call.name, inputs=(convolution.name,), shape=(*shape[:-1], kernel.shape[1]))
    return [image, convolution, *with_activation(call, back)]
