"""Activations: inside a layer (`activation="relu"`) or as layers of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from ..problems import Refusal
from .registry import inner, require, translates

ACTIVATIONS: dict[str, Callable[..., Node]] = {
    "linear": ir.Identity,
    "relu": ir.Relu,
    "softmax": ir.Softmax,
}
REMEDY = f"retrain with one of {', '.join(ACTIVATIONS)}; hidden layers spike with relu"


def with_activation(call: Call, node: Node) -> list[Node]:
    """`node`, which computes the layer without its activation, followed by the activation the layer's config
    names."""
    name = _activation_name(call.config.get("activation") or "linear")
    if name == "linear":
        return [node]
    before = replace(node, name=inner(call, "linear"))
    return [before, ACTIVATIONS[name](name=call.name, layer=call.name, inputs=(before.name,))]


def _activation_name(activation: Any) -> str:
    if not isinstance(activation, str):
        given = activation.get("config", activation) if isinstance(activation, dict) else activation
        raise Refusal(f"has the activation {given!r}, which is no plain Keras activation", REMEDY)
    if activation not in ACTIVATIONS:
        raise Refusal(f"has the activation {activation!r}, which is not supported", REMEDY)
    return activation


@translates("Activation")
def activation_layer(call: Call) -> Sequence[Node]:
    """Activation(f): y = f(x)."""
    name = _activation_name(call.config["activation"])
    return [ACTIVATIONS[name](name=call.name, layer=call.name, inputs=call.inputs)]


@translates("ReLU")
def relu(call: Call) -> Sequence[Node]:
    """ReLU without a ceiling, a leak or a threshold."""
    remedy = "use plain ReLU() and retrain"
    require(call.config, "negative_slope", (0, 0.0), remedy)
    require(call.config, "threshold", (0, 0.0), remedy)
    require(call.config, "max_value", (), remedy)
    return [ir.Relu(name=call.name, layer=call.name, inputs=call.inputs)]


@translates("Softmax")
def softmax(call: Call) -> Sequence[Node]:
    """Softmax over the last axis."""
    require(call.config, "axis", (-1, len(call.input_shapes[0])), "apply softmax over the last axis")
    return [ir.Softmax(name=call.name, layer=call.name, inputs=call.inputs)]
