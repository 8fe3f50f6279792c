"""Dense, on vectors and on the last axis of images and sequences."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .activations import with_activation
from .geometry import chain
from .registry import translates, weights, weights_or


@translates("Dense")
def dense(call: Call) -> Sequence[Node]:
    """y = f(x W + b); on more than one axis the same W at every position, which is a 1 x 1 convolution."""
    kernel = weights(call.layer.kernel)
    bias = weights_or(call.layer.bias, kernel.shape[1], 0.0)
    shape = call.input_shapes[0]
    if len(shape) == 1:
        return with_activation(call, chain(call, [ir.Dense(name="kernel", layer=call.name, weight=kernel, bias=bias)]))
    image = shape if len(shape) == 3 else (ir.size(shape[:-1]), 1, shape[-1])
    positions = [
        ir.Reshape(name="image", layer=call.name, shape=image),
        ir.Convolution(name="positions", layer=call.name, kernel=kernel[None, None], bias=bias),
        ir.Reshape(name="back", layer=call.name, shape=(*shape[:-1], kernel.shape[1])),
    ]
    return with_activation(call, chain(call, positions))
