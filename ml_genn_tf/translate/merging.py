"""Branches that meet: Add, Subtract, Average, Concatenate, Maximum, Minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import ir
from ..ir import Node, numbers
from ..keras_graph import Call
from ..problems import Refusal
from .registry import inner, translates


@translates("Add")
def add(call: Call) -> Sequence[Node]:
    """The sum of all inputs, element by element."""
    _require_one_shape(call, "adds")
    return [_sum(call, call.name, *call.inputs)]


@translates("Subtract")
def subtract(call: Call) -> Sequence[Node]:
    """The first input minus the second."""
    _require_one_shape(call, "subtracts")
    minus = _scaled(call, inner(call, "minus"), call.inputs[1], -1.0)
    return [minus, _sum(call, call.name, call.inputs[0], minus.name)]


@translates("Average")
def average(call: Call) -> Sequence[Node]:
    """The mean of all inputs, element by element."""
    _require_one_shape(call, "averages")
    total = _sum(call, inner(call, "sum"), *call.inputs)
    return [total, _scaled(call, call.name, total.name, 1.0 / len(call.inputs))]


@translates("Maximum")
def maximum(call: Call) -> Sequence[Node]:
    """max(a, b) = a + relu(b - a), one input after the other."""
    _require_one_shape(call, "takes the maximum of")
    return _selected(call, 1.0)


@translates("Minimum")
def minimum(call: Call) -> Sequence[Node]:
    """min(a, b) = a - relu(a - b), one input after the other."""
    _require_one_shape(call, "takes the minimum of")
    return _selected(call, -1.0)


@translates("Concatenate")
def concatenate(call: Call) -> Sequence[Node]:
    """The inputs side by side along an axis: the sum of each one in its place, with zeros elsewhere."""
    axis = int(call.config.get("axis", -1))
    shapes = call.input_shapes
    at = axis - 1 if axis > 0 else axis + len(shapes[0])
    end = np.cumsum([shape[at] for shape in shapes])
    result = (*shapes[0][:at], int(end[-1]), *shapes[0][at + 1 :])
    parts: list[Node] = []
    for number, (name, shape) in enumerate(zip(call.inputs, shapes, strict=True)):
        index = np.full(result, -1, np.int64)
        place = (*[slice(None)] * at, slice(int(end[number]) - shape[at], int(end[number])))
        index[place] = numbers(shape)
        role = inner(call, f"part{number + 1}")
        parts.append(ir.Gather(name=role, layer=call.name, inputs=(name,), index=index, source=shape))
    return [*parts, _sum(call, call.name, *(part.name for part in parts))]


def _require_one_shape(call: Call, verb: str) -> None:
    if len(set(call.input_shapes)) > 1:
        shapes = ", ".join(map(str, call.input_shapes))
        raise Refusal(f"{verb} different shapes {shapes}", "bring the branches to one shape before this layer")


def _sum(call: Call, name: str, *inputs: str) -> Node:
    return ir.Add(name=name, layer=call.name, inputs=inputs)


def _scaled(call: Call, name: str, value: str, factor: float) -> Node:
    return ir.Scale(name=name, layer=call.name, inputs=(value,), scale=np.full(1, factor), shift=np.zeros(1))


def _selected(call: Call, sign: float) -> list[Node]:
    """a + sign relu(sign (b - a)) over all inputs."""
    nodes: list[Node] = []
    chosen = call.inputs[0]
    for number, other in enumerate(call.inputs[1:], start=2):
        last = number == len(call.inputs)
        result = call.name if last else inner(call, f"of{number}")
        minus = _scaled(call, inner(call, f"minus{number}"), chosen if sign > 0 else other, -1.0)
        kept = other if sign > 0 else chosen
        difference = _sum(call, inner(call, f"difference{number}"), kept, minus.name)
        excess = ir.Relu(name=inner(call, f"excess{number}"), layer=call.name, inputs=(difference.name,))
        gain = _scaled(call, inner(call, f"gain{number}"), excess.name, sign)
        nodes += [minus, difference, excess, gain, _sum(call, result, chosen, gain.name)]
        chosen = result
    return nodes
