"""`ml_genn_tf.convert` and what it returns, called with what they cannot use: one error that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import ml_genn_tf
from ml_genn.errors import DataError, DescriptionError, MlGennError, ShapeError, UsageError
from ml_genn.evaluation import evaluate_file

from .conftest import nonnegative, randomised

X = nonnegative((4,))
Y = np.zeros(len(X), int)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    inner = keras.layers.Dense(3, activation="relu")
    return randomised(keras.Sequential([keras.Input((4,), name="in"), inner, keras.layers.Dense(2)]))


OPTIONS: dict[str, tuple[dict[str, Any], type[MlGennError], str]] = {
    "k of 0": ({"k": 0}, UsageError, "few-spike needs k from 1 to 24 bits, a whole number, got 0"),
    "k of 25": ({"k": 25}, UsageError, "got 25"),
    "k in words": ({"k": "many"}, UsageError, "few-spike needs k from 1 to 24 bits, a whole number, got 'many'"),
    "half a bit": ({"k": 2.5}, UsageError, "got 2.5"),
    "k of truth": ({"k": True}, UsageError, "got True"),
    "no time": ({"method": "simple", "timesteps": 0}, UsageError, "simple needs at least 1 timestep, a whole number"),
    "time in words": (
        {"method": "data-norm", "timesteps": "9"},
        UsageError,
        "data-norm needs at least 1 timestep.*'9'",
    ),
    "alpha in words": ({"alpha": "1"}, UsageError, "few-spike needs a positive, finite alpha, got '1'"),
    "alpha of 0": ({"alpha": 0}, UsageError, "few-spike needs a positive, finite alpha, got 0"),
    "seed below 0": ({"seed": -1}, UsageError, "seed must be a whole number from 0 on, got -1"),
    "seed in words": ({"seed": "a"}, UsageError, "seed must be a whole number from 0 on, got 'a'"),
    "signed in words": ({"signed": "no"}, UsageError, "signed must be True, False or None, got 'no'"),
    "no batch": ({"batch_size": 0}, DescriptionError, "batch_size must be a whole number at least 1, got 0"),
    "no threads": ({"threads": 0}, DescriptionError, "num_threads must be a whole number at least 1, or None, got 0"),
    "engine": ({"engine": "warp"}, DescriptionError, "engine must be one of None, 'auto', .*got 'warp'"),
    "precision": ({"precision": "half"}, DescriptionError, "precision must be one of 'float', 'double', got 'half'"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options(case: str, model: keras.Model) -> None:
    options, error, message = OPTIONS[case]
    with pytest.raises(error, match=message):
        ml_genn_tf.convert(model, calibration=X, **options).compile()


CALIBRATION: dict[str, tuple[Any, type[MlGennError], str]] = {
    "empty": (X[:0], DataError, "calibration data of input in is empty; give at least one example"),
    "empty of another shape": (np.zeros((0, 9)), DataError, "calibration data of input in is empty"),
    "text": (
        X.astype(str),
        DataError,
        r"input in must hold real numbers, got a ndarray of dtype <U\d+; convert it with",
    ),
    "complex": (X.astype(complex), DataError, "input in must hold real numbers, got a ndarray of dtype complex128"),
    "not finite": (
        X * np.nan,
        DataError,
        "calibration data of input in holds NaN or infinite values, first in example",
    ),
    "shape": (X[:, :3], ShapeError, r"input in needs shape \(examples, 4\), got"),
}


@pytest.mark.parametrize("case", CALIBRATION)
def test_calibration(case: str, model: keras.Model) -> None:
    """Bad data are told of as such, not as a pass that changed what the model computes."""
    data, error, message = CALIBRATION[case]
    with pytest.raises(error, match=message):
        ml_genn_tf.convert(model, calibration=data)


EXAMPLES: dict[str, tuple[Any, str]] = {
    "text": (X.astype(str), "input in must hold real numbers, got a ndarray of dtype <U"),
    "nothing": (None, "input in must hold real numbers, got a NoneType of dtype object"),
    "an object": (object(), "input in must hold real numbers, got a object of dtype object"),
    "lists of unequal length": ([[1.0, 2.0], [1.0]], "the values of input in make no array: "),
}


@pytest.mark.parametrize("case", EXAMPLES)
def test_examples(case: str, model: keras.Model) -> None:
    x, message = EXAMPLES[case]
    with pytest.raises(DataError, match=message):
        ml_genn_tf.convert(model, calibration=X, k=3).evaluate(x, Y)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_numbers_beyond_single_precision(model: keras.Model) -> None:
    with pytest.raises(DataError, match="evaluation data of input in holds NaN or infinite values, first in example 0"):
        ml_genn_tf.convert(model, calibration=X, k=3).evaluate(X.astype(np.float64) * 1e300, Y)


@pytest.mark.parametrize("given", ["model.keras", Path("model.keras"), None, 3])
def test_no_model(given: Any) -> None:
    for call in (lambda: ml_genn_tf.convert(given, calibration=X), lambda: ml_genn_tf.check_supported(given)):
        with pytest.raises(
            UsageError, match=rf"a Keras model, got a {type(given).__name__}; ml_genn_tf.load_model\(path"
        ):
            call()


def test_a_saved_network_has_no_batch_of_nothing_either(model: keras.Model, tmp_path: Path) -> None:
    ml_genn_tf.convert(model, calibration=X, k=3).save(tmp_path / "n.h5")
    with pytest.raises(DescriptionError, match="batch_size must be a whole number at least 1, got 0"):
        evaluate_file(tmp_path / "n.h5", X, Y, batch_size=0)
