"""Which layers of a model have no neurons of their own in the spiking network, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from .keras_graph import Call, walk
from .translate.training_only import AUGMENTATION, REGULARISATION

NEURONS = frozenset(("Activation", "Conv2D", "Dense", "GlobalMaxPooling2D", "InputLayer", "MaxPooling2D", "ReLU"))
"""Layers that become neurons, or the connection to them."""

SOFTMAX = "left out, it does not change which output is the largest"

BECAME: Mapping[str, str] = {
    **dict.fromkeys((*REGULARISATION, *AUGMENTATION), "left out, it acts in training only"),
    "Add": "what it adds are connections to the same neurons",
    "AveragePooling2D": "linear, became part of a connection",
    "BatchNormalization": "folded into the weights and biases beside it",
    "Flatten": "numbers neurons anew, computes nothing",
    "GlobalAveragePooling2D": "linear, became part of a connection",
    "Reshape": "numbers neurons anew, computes nothing",
    "Softmax": SOFTMAX,
    "ZeroPadding2D": "folded into the connection that follows",
}


def folded_layers(model: keras.Model) -> tuple[str, ...]:
    """A line for each such layer of a model that has been converted, in the model's order."""
    lines = (_line(call) for call in walk(model).calls)
    return tuple(line for line in lines if line is not None)


def _line(call: Call) -> str | None:
    if call.class_name in NEURONS:
        return f"softmax of {call.name}: {SOFTMAX}" if call.config.get("activation") == "softmax" else None
    return f"{call.name} ({call.class_name}): {BECAME[call.class_name]}"
