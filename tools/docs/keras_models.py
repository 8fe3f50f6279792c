"""The smallest Keras model with a layer, and its conversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

import ml_genn_tf

IMAGE = (4, 4, 2)

ARGUMENTS: Mapping[str, tuple[Any, ...]] = {
    "Activation": ("relu",),
    "AveragePooling2D": (2,),
    "Conv2D": (2, 3),
    "Dense": (3,),
    "Reshape": ((2, 16),),
}
"""Of layers that need some."""


def with_layer(class_name: str) -> tuple[Any, np.ndarray]:
    """A model with a hidden layer before and after the layer, and calibration examples; always the same."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(IMAGE)
    hidden = keras.layers.Conv2D(2, 1, activation="relu")(inputs)
    if class_name == "InputLayer":
        middle = hidden
    elif class_name == "Softmax":
        return _at_the_end(inputs, hidden, keras.layers.Softmax())
    else:
        layer = getattr(keras.layers, class_name)(*ARGUMENTS.get(class_name, ()))
        middle = layer([hidden, hidden]) if class_name == "Add" else layer(hidden)
    return _finished(inputs, keras.layers.ReLU()(middle))


def _at_the_end(inputs: Any, hidden: Any, layer: Any) -> tuple[Any, np.ndarray]:
    """A layer that belongs at the output."""
    model, x = _finished(inputs, hidden)
    return keras.Model(inputs, layer(model.output)), x


def _finished(inputs: Any, hidden: Any) -> tuple[Any, np.ndarray]:
    if len(hidden.shape) > 2:
        hidden = keras.layers.Flatten()(hidden)
    x = np.random.default_rng(1).random((8, *IMAGE), np.float32)
    return keras.Model(inputs, keras.layers.Dense(3)(hidden)), x


def convert(model: Any, x: np.ndarray, method: str) -> Any:
    """Converts and compiles the model.

    Raises:
        MlGennError: the method cannot convert it.
    """
    return ml_genn_tf.convert(model, calibration=x, method=method, engine="reference").compile()
