"""Findings on a real model: nothing where nothing is wrong, and the right cause where a setting is bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.reports import Result, first_drop, suspect
from ml_genn.reports.diagnosis_words import verdict

MODEL = Path(__file__).parents[2] / "models" / "digits_batch_norm.keras"


def diagnosed(diagnosed: int | None = 256, **options: Any) -> Result:
    train, test = (load_data("digits", split=split, expected_shape=(8, 8, 1)) for split in ("train", "test"))
    conversion = ml_genn_tf.convert(ml_genn_tf.load_model(MODEL), calibration=train.x[:500], **options)
    return conversion.evaluate(test.x[:100], test.y[:100], diagnosed=diagnosed)


def test_nothing_to_mend() -> None:
    """Under few-spike coding with 8 bits a layer adds rounding and nothing else; max-pooling adds nothing at all."""
    layers = diagnosed(k=8).diagnosis
    assert [layer.name for layer in layers] == ["image", "relu1", "pool1", "relu2", "pool2", "conv3", "digit"]
    for layer in layers:
        assert layer.own_error <= 1.5 * layer.rounding_error + 1e-6  # rounding is a mean over the values that occur
        assert layer.lasting_error < layer.rounding_error + 1e-6
        assert layer.agreement == 1.0
        assert layer.examples == 100
    assert all(layer.own_error < 1e-6 for layer in layers if layer.name in ("pool1", "pool2", "digit"))
    assert first_drop(layers) is None
    assert verdict(layers)[1] == "No layer changes an answer."


@pytest.mark.parametrize(
    ("options", "layer", "finding", "remedy"),
    [
        ({"k": 8, "alpha": 2.0}, "conv3", "alpha that was given is too small", "Leave alpha out"),
        ({"k": 6, "alpha": 400.0}, "image", "alpha that was given is too large", "Leave alpha out"),
        ({"method": "simple", "timesteps": 32}, "relu1", "lie above the highest value", "--method rate"),
        ({"k": 2}, None, "must cost", "--k 4"),
    ],
    ids=["small alpha", "large alpha", "simple", "two bits"],
)
def test_bad_settings(options: dict[str, Any], layer: str | None, finding: str, remedy: str) -> None:
    result = diagnosed(**options)
    found = suspect(result.diagnosis)
    assert found is not None
    assert layer in (None, found.name)
    assert finding in (found.finding or "")
    assert remedy in (found.remedy or "")
    assert result.diagnosis[-1].agreement == pytest.approx(result.agreement)


def test_how_many_examples() -> None:
    assert diagnosed(40, k=4).diagnosis[0].examples == 40
    assert diagnosed(None, k=4).diagnosis[0].examples == 100
    assert diagnosed(0, k=4).diagnosis == ()
