"""BatchNormalization, Normalization and Rescaling: y = scale x + shift."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from .. import ir
from ..ir import Node, Weights, numbers
from ..keras_graph import Call
from .geometry import chain
from .registry import translates, weights, weights_or


@translates("BatchNormalization")
def batch_normalization(call: Call) -> Sequence[Node]:
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the moving statistics, along one axis."""
    layer = call.layer
    mean = weights(layer.moving_mean)
    deviation = np.sqrt(weights(layer.moving_variance) + float(layer.epsilon))
    scale = weights_or(layer.gamma, len(mean), 1.0) / deviation
    shift = weights_or(layer.beta, len(mean), 0.0) - mean * scale
    axis = call.config["axis"]
    return _along(call, int(axis[0] if isinstance(axis, list | tuple) else axis), scale, shift)


@translates("Normalization")
def normalization(call: Call) -> Sequence[Node]:
    """y = (x - mean) / max(sqrt(variance), epsilon), or its inverse, with the statistics it was adapted to."""
    layer = call.layer
    shape = call.input_shapes[0]
    mean = np.broadcast_to(weights(layer.mean)[0], shape)
    deviation = np.maximum(np.sqrt(np.broadcast_to(weights(layer.variance)[0], shape)), keras.config.epsilon())
    scale, shift = (deviation, mean) if call.config.get("invert") else (1 / deviation, -mean / deviation)
    return chain(call, [_scale(call, *_per_channel(scale, shift))])


@translates("Rescaling")
def rescaling(call: Call) -> Sequence[Node]:
    """y = scale x + offset, numbers or one for each channel."""
    shape = call.input_shapes[0]
    scale = np.broadcast_to(weights(call.config["scale"]), shape)
    return chain(call, [_scale(call, *_per_channel(scale, np.broadcast_to(weights(call.config["offset"]), shape)))])


def _along(call: Call, axis: int, scale: Weights, shift: Weights) -> list[Node]:
    """Factors along an axis, counted with the batch axis as Keras does; the axis moves to the end and back."""
    shape = call.input_shapes[0]
    at = axis - 1 if axis > 0 else axis + len(shape)
    if at == len(shape) - 1:
        return chain(call, [_scale(call, scale, shift)])
    last = np.moveaxis(numbers(shape), at, -1)
    back = np.moveaxis(numbers(last.shape), -1, at)
    return chain(
        call,
        [
            ir.Gather(name="last", layer=call.name, index=last, source=shape),
            _scale(call, scale, shift),
            ir.Gather(name="back", layer=call.name, index=back, source=last.shape),
        ],
    )


def _scale(call: Call, scale: Weights, shift: Weights) -> Node:
    return ir.Scale(name="scale", layer=call.name, scale=scale, shift=shift)


def _per_channel(scale: Weights, shift: Weights) -> tuple[Weights, Weights]:
    """Both as one number for each channel, where all positions of a channel share theirs."""
    first = tuple(values.reshape(-1, values.shape[-1])[0] for values in (scale, shift))
    shared = bool((scale == first[0]).all() and (shift == first[1]).all())
    return (first[0], first[1]) if shared else (scale, shift)
