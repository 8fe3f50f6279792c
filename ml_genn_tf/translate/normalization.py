"""BatchNormalization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .registry import require, translates, weights, weights_or


@translates("BatchNormalization")
def batch_normalization(call: Call) -> Sequence[Node]:
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the moving statistics, per channel."""
    last = len(call.input_shapes[0])
    require(call.config, "axis", (-1, last, (-1,), (last,)), "normalise over the last axis")
    layer = call.layer
    mean = weights(layer.moving_mean)
    deviation = np.sqrt(weights(layer.moving_variance) + float(layer.epsilon))
    scale = weights_or(layer.gamma, len(mean), 1.0) / deviation
    shift = weights_or(layer.beta, len(mean), 0.0) - mean * scale
    return [ir.Scale(name=call.name, layer=call.name, inputs=call.inputs, scale=scale, shift=shift)]
