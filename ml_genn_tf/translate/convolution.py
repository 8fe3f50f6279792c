"""Conv2D."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .activations import with_activation
from .geometry import image_padding, pair, require_channels_last
from .registry import require, translates, weights, weights_or


@translates("Conv2D")
def conv_2d(call: Call) -> Sequence[Node]:
    """y = f(kernel * x + b), with any strides and padding "same" or "valid"."""
    require_channels_last(call)
    require(call.config, "dilation_rate", ((1, 1), 1), "use dilation_rate=1")
    require(call.config, "groups", (1,), "use groups=1")
    kernel = weights(call.layer.kernel)
    strides = pair(call.config["strides"])
    node = ir.Convolution(
        name=call.name,
        layer=call.name,
        inputs=call.inputs,
        kernel=kernel,
        bias=weights_or(call.layer.bias, kernel.shape[3], 0.0),
        strides=strides,
        padding=image_padding(call, kernel.shape[:2], strides),
    )
    return with_activation(call, node)
