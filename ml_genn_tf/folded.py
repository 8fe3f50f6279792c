"""Which layers of a model have no neurons of their own in the spiking network, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from .keras_graph import Call, walk
from .translate.training_only import AUGMENTATION, REGULARISATION

_CONVOLUTIONS = ("Conv", "DepthwiseConv", "SeparableConv")
NEURONS = frozenset(
    (
        *("Activation", "Dense", "ELU", "InputLayer", "LeakyReLU", "Maximum", "Minimum", "PReLU", "ReLU"),
        *(f"{kind}{axes}D" for axes in (1, 2) for kind in (*_CONVOLUTIONS, "MaxPooling", "GlobalMaxPooling")),
        *(f"Conv{axes}DTranspose" for axes in (1, 2)),
    )
)
"""Layers that become neurons, or the connection to them."""

SOFTMAX = "left out, it does not change which output is the largest"
_SAME = "what it combines are connections to the same neurons"
_FOLDED = "folded into the weights and biases beside it"
_CONNECTION = "linear, became part of a connection"
_RENUMBERED = "numbers neurons anew, computes nothing"

BECAME: Mapping[str, str] = {
    **dict.fromkeys((*REGULARISATION, *AUGMENTATION), "left out, it acts in training only"),
    **dict.fromkeys(("Add", "Average", "Subtract"), _SAME),
    **dict.fromkeys(("BatchNormalization", "Normalization", "Rescaling"), _FOLDED),
    **dict.fromkeys(("Concatenate", "Flatten", "Permute", "RepeatVector", "Reshape"), _RENUMBERED),
    **dict.fromkeys(
        (f"{kind}{axes}D" for axes in (1, 2) for kind in ("AveragePooling", "GlobalAveragePooling", "UpSampling")),
        _CONNECTION,
    ),
    **dict.fromkeys(
        (f"{kind}{axes}D" for axes in (1, 2) for kind in ("ZeroPadding", "Cropping")),
        "folded into the connection that follows",
    ),
    "Softmax": SOFTMAX,
}


def folded_layers(model: keras.Model) -> tuple[str, ...]:
    """A line for each such layer of a model that has been converted, in the model's order."""
    lines = (_line(call) for call in walk(model).calls)
    return tuple(line for line in lines if line is not None)


def _line(call: Call) -> str | None:
    if call.class_name in NEURONS:
        return f"softmax of {call.name}: {SOFTMAX}" if call.config.get("activation") == "softmax" else None
    return f"{call.name} ({call.class_name}): {BECAME[call.class_name]}"
