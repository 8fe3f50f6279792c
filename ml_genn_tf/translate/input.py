"""InputLayer: where data enters."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from ..problems import Refusal
from .registry import translates


@translates("InputLayer")
def input_layer(call: Call) -> Sequence[Node]:
    """An input of fixed shape; a spiking network has a fixed number of neurons."""
    shape = call.shape or ()
    if not shape or None in shape:
        raise Refusal(f"has the shape {shape}, which is not fixed", "rebuild the model with a fixed input shape")
    return [ir.Input(name=call.name, layer=call.name, shape=shape)]
