"""Reports of large models stay small: many classes, wide layers, large pictures."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

import ml_genn_tf
from ml_genn.reports import read_json, render_html, write_json

CLASSES = 300


def test_a_wide_model(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    layers = [
        keras.Input((72, 72, 3)),
        keras.layers.Conv2D(4, 5, strides=4, activation="relu"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(1000, activation="relu"),
        keras.layers.Dense(CLASSES, activation="softmax"),
    ]
    generator = np.random.default_rng(1)
    x = generator.random((40, 72, 72, 3), np.float32)
    conversion = ml_genn_tf.convert(keras.Sequential(layers), calibration=x[:20], k=2)
    result = conversion.evaluate(x[20:], generator.integers(0, CLASSES, 20))
    write_json(result, tmp_path / "result.json")
    page = render_html(result)
    assert (tmp_path / "result.json").stat().st_size < 500_000  # pictures of 24 x 24, four densities
    assert len(page.encode()) < 500_000
    assert render_html(read_json(tmp_path / "result.json")) == page
    assert result.confusion is not None
    assert (result.confusion.classes, result.confusion.snn) == (CLASSES, None)
    assert result.confusion.frequent
    assert all(example.input is not None and example.input.shape == (24, 24, 3) for example in result.examples)
    assert sum(layer.arriving_synops or 0 for layer in result.layers) == result.totals.synops
    for layer in result.layers:
        assert layer.activations is not None
        assert len(layer.activations.counts) <= 48
