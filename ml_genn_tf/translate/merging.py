"""Add: branches that meet."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from ..problems import Refusal
from .registry import translates


@translates("Add")
def add(call: Call) -> Sequence[Node]:
    """The sum of all inputs, element by element."""
    if len(set(call.input_shapes)) > 1:
        shapes = ", ".join(map(str, call.input_shapes))
        raise Refusal(f"adds different shapes {shapes}", "bring the branches to one shape before adding")
    return [ir.Add(name=call.name, layer=call.name, inputs=call.inputs)]
