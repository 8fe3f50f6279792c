"""Layers without neurons of their own are named in the report."""

from __future__ import annotations

import keras
from keras import layers

from ml_genn_tf.folded import BECAME, NEURONS, SOFTMAX, folded_layers
from ml_genn_tf.translate.registry import TRANSLATORS


def test_every_layer_that_can_be_translated_is_known() -> None:
    assert set(TRANSLATORS) == NEURONS | set(BECAME)
    assert not NEURONS & set(BECAME)


def test_lines_name_layer_class_and_fate() -> None:
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    assert folded_layers(model) == (
        "norm (BatchNormalization): folded into the weights and biases beside it",
        "drop (Dropout): left out, it acts in training only",
        "flat (Flatten): numbers neurons anew, computes nothing",
        f"softmax of classes: {SOFTMAX}",
    )
