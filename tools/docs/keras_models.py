"""The smallest Keras model with a layer, and its conversion."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

import ml_genn_tf
from ml_genn_tf.methods import METHODS

IMAGE = (4, 4, 2)

ARGUMENTS: Mapping[str, Any] = {
    "activation": "relu",
    "dims": (2, 1, 3),
    "filters": 2,
    "kernel_size": 2,
    "n": 2,
    "pool_size": 2,
    "scale": 0.5,
    "target_shape": (2, 16),
    "units": 3,
}
"""Values for arguments of layers that have no default, by the argument's name."""

MERGING = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Subtract")
"""Layers that take several inputs."""

VECTORS = ("RepeatVector",)
"""Layers whose input has one axis."""


def with_layer(class_name: str) -> tuple[Any, np.ndarray]:
    """A model with a hidden layer before the layer and a ReLU behind it, and calibration examples; always the same."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(IMAGE)
    hidden = keras.layers.Conv2D(2, 1, activation="relu")(inputs)
    if class_name == "InputLayer":
        return _finished(inputs, hidden)
    layer = _create(getattr(keras.layers, class_name))
    if class_name == "Softmax":  # belongs at the output
        model, x = _finished(inputs, hidden)
        return keras.Model(inputs, layer(model.output)), x
    if class_name in MERGING:
        behind = layer([hidden, keras.layers.Conv2D(2, 1, activation="relu")(inputs)])
    else:
        behind = layer(_in_shape(hidden, class_name))
    return _finished(inputs, keras.layers.ReLU()(behind))


def with_activation(name: str) -> tuple[Any, np.ndarray]:
    """A model with the activation in its hidden layer, or softmax at its output, and calibration examples."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(IMAGE)
    if name == "softmax":
        model, x = _finished(inputs, keras.layers.Conv2D(2, 1, activation="relu")(inputs))
        return keras.Model(inputs, keras.layers.Softmax()(model.output)), x
    return _finished(inputs, keras.layers.Conv2D(2, 1, activation=name)(inputs))


def _create(cls: Any) -> Any:
    """The layer, with as few arguments as it takes."""
    parameters = inspect.signature(cls).parameters.values()
    needed = (
        item.name for item in parameters if item.default is item.empty and item.kind == item.POSITIONAL_OR_KEYWORD
    )
    return cls(**{name: ARGUMENTS[name] for name in needed})


def _in_shape(image: Any, class_name: str) -> Any:
    """The image, or its values as a sequence or a vector for layers that take those."""
    if class_name in VECTORS:
        return keras.layers.Flatten()(image)
    return keras.layers.Reshape((8, 4))(image) if "1D" in class_name else image


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
    few_steps: dict[str, Any] = {"timesteps": 4} if "timesteps" in inspect.signature(METHODS[method]).parameters else {}
    return ml_genn_tf.convert(model, calibration=x, method=method, engine="reference", **few_steps).compile()
