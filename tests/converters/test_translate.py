"""Every translated layer computes what Keras computes."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from ml_genn_tf.execute import run
from ml_genn_tf.translate import translate

RTOL = 1e-5  # float32 sums of fewer than 10^3 terms in another order, relative to the largest value


def test_sequential_convolution_and_dense() -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((9, 7, 3)),
            layers.Conv2D(4, 3, strides=(2, 1), padding="same", activation="relu"),
            layers.Dense(5, activation="relu"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(7, 9, 7, 3)).astype(np.float32)
    translation = translate(model)
    (value,) = run(translation.graph, x).values()
    expected = model(x).numpy()
    assert translation.problems == ()
    np.testing.assert_allclose(value, expected, atol=RTOL * np.abs(expected).max(), rtol=0)
