"""Models with a single output tell two classes apart: class 1 where the logit is above 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import ml_genn_tf
from ml_genn.commands import main
from ml_genn.errors import DataError
from ml_genn.evaluation import evaluate_file
from ml_genn.reports import read_json
from ml_genn.runtime.output_trace import chosen_classes, classes_told_apart
from ml_genn_tf.early_exit import margins

from .conftest import nonnegative, randomised

EXAMPLES = 200


def binary(activation: str | None) -> keras.Model:
    """A model whose probabilities lie on both sides of one half."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(20, activation="relu"), layers.Dense(1, name="positive")])
    randomised(model, seed=3)
    last = model.layers[-1]
    last.bias.assign(last.bias - np.median(model(nonnegative((6,), EXAMPLES))))
    last.activation = keras.activations.get(activation)
    return model


def labelled(model: keras.Model, boundary: float) -> tuple[np.ndarray, np.ndarray]:
    x = nonnegative((6,), EXAMPLES)
    return x, (np.asarray(model(x))[:, 0] > boundary).astype(np.int64)


@pytest.mark.parametrize("method", [{"method": "few-spike", "k": 10}, {"method": "rate", "timesteps": 64}], ids=str)
@pytest.mark.parametrize(("activation", "boundary"), [("sigmoid", 0.5), (None, 0.0)])
def test_both_classes(activation: str | None, boundary: float, method: dict[str, Any], tmp_path: Path) -> None:
    model = binary(activation)
    x, y = labelled(model, boundary)
    conversion = ml_genn_tf.convert(model, calibration=x, **method)
    result = conversion.evaluate(x, y)
    assert result.ann is not None
    assert result.agreement is not None
    assert (result.ann.accuracy, result.model.classes) == (1.0, 2)
    assert result.agreement == result.snn.accuracy >= 0.95  # the others lie near the boundary
    assert result.confusion is not None
    assert np.shape(result.confusion.snn) == (2, 2)
    conversion.report(tmp_path / "report.html")
    conversion.save(tmp_path / "snn.h5")
    again = evaluate_file(tmp_path / "snn.h5", x, y)
    assert again.snn.correct == result.snn.correct
    assert again.confusion is not None
    assert again.confusion.snn == result.confusion.snn


def test_early_exit_at_the_distance_from_the_boundary() -> None:
    model = binary("sigmoid")
    x, y = labelled(model, 0.5)
    found = ml_genn_tf.convert(model, calibration=x, method="rate", timesteps=32).early_exit(x, y, tolerance=0.01)
    assert found.mean_timesteps < 32
    assert found.agreement >= 0.99
    np.testing.assert_array_equal(margins(np.array([[-2.0], [0.5]])), [2.0, 0.5])
    np.testing.assert_array_equal(margins(np.array([[1.0, 4.0, 3.0]])), [1.0])


def test_comparison() -> None:
    model = binary("sigmoid")
    x, y = labelled(model, 0.5)
    found = ml_genn_tf.compare(model, x, y, calibration=x, methods=["few-spike"], ks=[8])
    assert found.ann.accuracy == 1.0
    assert found.runs[0].agreement >= 0.95


def test_why_and_the_diagnosis(tmp_path: Path) -> None:
    """At two bits answers change, and the diagnosis sees which layer does it."""
    model = binary("sigmoid")
    x, y = labelled(model, 0.5)
    model.save(tmp_path / "binary.keras")
    for name in ("data", "training"):
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    data = ("--data", tmp_path / "data.npz", "--norm-data", tmp_path / "training.npz")
    words = ["why", tmp_path / "binary.keras", *data]
    assert main([*map(str, words), "--k", "2", "--json", str(tmp_path / "r.json"), "-q"]) == 0
    result = read_json(tmp_path / "r.json")
    agreements = [layer.agreement for layer in result.diagnosis]
    assert min(agreements) < 1.0
    assert result.agreement == pytest.approx(agreements[-1], abs=0.02)  # a code at a boundary may round otherwise


def test_other_labels() -> None:
    model = binary("sigmoid")
    x, _ = labelled(model, 0.5)
    conversion = ml_genn_tf.convert(model, calibration=x)
    with pytest.raises(DataError, match=r"is 2, but the model has 2 classes; labels must lie between 0 and 1"):
        conversion.evaluate(x, np.full(EXAMPLES, 2))


def test_chosen_classes() -> None:
    np.testing.assert_array_equal(chosen_classes(np.array([[0.5], [-0.5], [0.0]])), [1, 0, 0])
    np.testing.assert_array_equal(chosen_classes(np.array([[0.5, 2.0], [1.0, 1.0]])), [1, 0])
    assert [classes_told_apart(outputs) for outputs in (1, 2, 10)] == [2, 2, 10]
