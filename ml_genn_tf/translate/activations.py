"""Activations: inside a layer (`activation="relu"`) or as layers of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import ir
from ..ir import Node, Weights
from ..keras_graph import Call
from ..problems import Refusal
from .registry import inner, require, translates, weights

Activate = Callable[[Call, str], list[Node]]
"""Gives the nodes that apply the activation to a value, by its name; the last one is named `call.name`."""


def with_activation(call: Call, nodes: Sequence[Node]) -> list[Node]:
    """`nodes`, which compute the layer without its activation, followed by the activation the layer's config names.

    The last one of `nodes` has the call's name, and hands it on.
    """
    name = _activation_name(call.config.get("activation") or "linear")
    if name == "linear":
        return list(nodes)
    before = replace(nodes[-1], name=inner(call, "linear"))
    return [*nodes[:-1], before, *ACTIVATIONS[name](call, before.name)]


def _activation_name(activation: Any) -> str:
    remedy = f"retrain with one of {', '.join(ACTIVATIONS)}"
    if not isinstance(activation, str):
        given = activation.get("config", activation) if isinstance(activation, dict) else activation
        raise Refusal(f"has the activation {given!r}, which is no plain Keras activation", remedy)
    if activation not in ACTIVATIONS:
        raise Refusal(f"has the activation {activation!r}, which is not supported", remedy)
    return activation


def _linear(call: Call, value: str) -> list[Node]:
    return [ir.Identity(name=call.name, layer=call.name, inputs=(value,))]


def _relu(call: Call, value: str) -> list[Node]:
    return [ir.Relu(name=call.name, layer=call.name, inputs=(value,))]


def _relu6(call: Call, value: str) -> list[Node]:
    return [ir.Relu(name=call.name, layer=call.name, inputs=(value,), ceiling=6.0)]


def _leaky_relu(call: Call, value: str) -> list[Node]:
    return leaking(call, value, np.full(1, 0.2))


def _curve(function: str, alpha: float = 1.0) -> Activate:
    """An activation that few-spike coding fits."""

    def activate(call: Call, value: str) -> list[Node]:
        return [ir.Curve(name=call.name, layer=call.name, inputs=(value,), function=function, alpha=alpha)]

    return activate


def _softmax(call: Call, value: str) -> list[Node]:
    return [ir.Softmax(name=call.name, layer=call.name, inputs=(value,))]


ACTIVATIONS: dict[str, Activate] = {
    "linear": _linear,
    "relu": _relu,
    "relu6": _relu6,
    "leaky_relu": _leaky_relu,
    **{name: _curve(name) for name in ("sigmoid", "tanh", "hard_sigmoid", "silu", "gelu", "elu", "softplus")},
    "swish": _curve("silu"),
    "softmax": _softmax,
}


@translates("Activation")
def activation_layer(call: Call) -> Sequence[Node]:
    """Activation(f): y = f(x)."""
    return ACTIVATIONS[_activation_name(call.config["activation"])](call, call.inputs[0])


@translates("ReLU")
def relu(call: Call) -> Sequence[Node]:
    """min(max(x, 0), max_value) - negative_slope max(-x, 0); with a threshold x where it is reached, else 0."""
    slope = float(call.config.get("negative_slope") or 0.0)
    ceiling = call.config.get("max_value")
    threshold = float(call.config.get("threshold") or 0.0)
    if threshold > 0 and not slope and ceiling is None:
        return _curve("thresholded_relu", threshold)(call, call.inputs[0])
    remedy = "a positive threshold can stand alone, without slope and ceiling; else use threshold=0 and retrain"
    require(call.config, "threshold", (0, 0.0), remedy)
    return leaking(call, call.inputs[0], np.full(1, slope), None if ceiling is None else float(ceiling))


@translates("ELU")
def elu(call: Call) -> Sequence[Node]:
    """x where positive, else alpha (exp(x) - 1)."""
    return _curve("elu", float(call.config["alpha"]))(call, call.inputs[0])


@translates("LeakyReLU")
def leaky_relu(call: Call) -> Sequence[Node]:
    """max(x, 0) - negative_slope max(-x, 0)."""
    slope = call.config.get("negative_slope", call.config.get("alpha"))
    return leaking(call, call.inputs[0], np.full(1, float(slope)))


@translates("PReLU")
def p_relu(call: Call) -> Sequence[Node]:
    """max(x, 0) - alpha max(-x, 0) with a trained alpha for each neuron, or shared along some axes."""
    return leaking(call, call.inputs[0], weights(call.layer.alpha))


@translates("Softmax")
def softmax(call: Call) -> Sequence[Node]:
    """Softmax over the last axis."""
    require(call.config, "axis", (-1, len(call.input_shapes[0])), "apply softmax over the last axis")
    return _softmax(call, call.inputs[0])


def leaking(call: Call, value: str, slope: Weights, ceiling: float | None = None) -> list[Node]:
    """relu(x) - slope relu(-x): two populations, of which at most one neuron of a pair is active."""
    positive = ir.Relu(name=call.name, layer=call.name, inputs=(value,), ceiling=ceiling)
    if not slope.any():
        return [positive]
    minus, none = np.full(1, -1.0), np.zeros(1)
    above = replace(positive, name=inner(call, "above"))
    turned = ir.Scale(name=inner(call, "minus"), layer=call.name, inputs=(value,), scale=minus, shift=none)
    below = ir.Relu(name=inner(call, "below"), layer=call.name, inputs=(turned.name,))
    leak = ir.Scale(name=inner(call, "leak"), layer=call.name, inputs=(below.name,), scale=-slope, shift=none)
    return [above, turned, below, leak, ir.Add(name=call.name, layer=call.name, inputs=(above.name, leak.name))]
