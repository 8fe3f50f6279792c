"""Flatten, Reshape and ZeroPadding2D: values move, none changes."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .geometry import pair, require_channels_last
from .registry import translates


@translates("Flatten", "Reshape")
def reshape(call: Call) -> Sequence[Node]:
    """The same values in C order; Keras has worked out the new shape."""
    if len(call.input_shapes[0]) > 1:
        require_channels_last(call)
    shape = call.layer.compute_output_shape((None, *call.input_shapes[0]))[1:]
    return [ir.Reshape(name=call.name, layer=call.name, inputs=call.inputs, shape=shape)]


@translates("ZeroPadding2D")
def zero_padding_2d(call: Call) -> Sequence[Node]:
    """Zeros around the image."""
    require_channels_last(call)
    rows, cols = call.config["padding"]
    return [ir.ZeroPad(name=call.name, layer=call.name, inputs=call.inputs, padding=(pair(rows), pair(cols)))]
