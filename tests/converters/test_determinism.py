"""A conversion gives the same numbers again: for any threads and batch size, and from the saved file."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import keras
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.evaluation import evaluate_file
from ml_genn.reports import Result
from ml_genn.reports.json_file import to_json

MODELS = Path(__file__).parents[2] / "models"
METHODS: dict[str, dict[str, Any]] = {
    "few-spike": {"method": "few-spike", "k": 6},
    "few-spike signed": {"method": "few-spike", "k": 5, "signed": True},
    "data-norm": {"method": "data-norm", "timesteps": 24},
    "simple": {"method": "simple", "timesteps": 24},
}
THREADS, BATCH_SIZES = (1, 2, 7), (1, 7, 100)
EXAMPLES = 45
BY_THE_MACHINE = ("timing", "environment", "command", "warnings")


BESIDE_THE_MODEL = {
    "layers": ("activation_error", "correlation"),
    "diagnosis": ("error", "inherited_error", "lasting_error", "own_error"),
}
"""Fields that compare a layer with the Keras model's."""


@pytest.fixture(scope="module", params=["digits_max_pool", "digits_average_pool"])
def model(request: pytest.FixtureRequest) -> keras.Model:
    return ml_genn_tf.load_model(MODELS / f"{request.param}.keras")


def errors(result: Result) -> list[float | None]:
    """How far each layer is from the Keras model, whose own sums follow the size of its batches."""
    layers = [getattr(layer, name) for layer in result.layers for name in BESIDE_THE_MODEL["layers"]]
    return layers + [getattr(layer, name) for layer in result.diagnosis for name in BESIDE_THE_MODEL["diagnosis"]]


def numbers(result: Result, *others: str) -> dict[str, Any]:
    """A result without `errors`, seconds, and what names the machine and the call."""
    plain = json.loads(to_json(result))
    for accuracy in ("ann", "snn"):
        (plain.get(accuracy) or {}).pop("seconds", None)
    for part, names in BESIDE_THE_MODEL.items():
        for layer, name in product(plain.get(part) or (), names):
            layer.pop(name, None)
    for layer in plain["layers"]:
        layer.pop("activations", None)  # counts of both networks' values together
        if plain["method"]["name"] != "few-spike":
            layer.pop("threshold")  # of inputs and max-pooling a scale, which a saved network has no more need of
    return {name: value for name, value in plain.items() if name not in (*BY_THE_MACHINE, *others)}


def converted(model: keras.Model, method: str, **run: Any) -> tuple[Any, Result]:
    test, training = (load_data(f"digits:{split}", expected_shape=(8, 8, 1)).x for split in ("test", "train"))
    labels = load_data("digits:test").y[:EXAMPLES]
    conversion = ml_genn_tf.convert(model, calibration=training[:200], **METHODS[method], **run)
    return conversion, conversion.evaluate(test[:EXAMPLES], labels)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_same_numbers_again(method: str, model: keras.Model, tmp_path: Path) -> None:
    data = load_data("digits:test", expected_shape=(8, 8, 1)).first(EXAMPLES)
    expected: Result | None = None
    for threads, batch_size in product(THREADS, BATCH_SIZES):
        conversion, result = converted(model, method, seed=3, threads=threads, batch_size=batch_size)
        expected = expected or result
        assert numbers(result) == numbers(expected), (threads, batch_size)
        assert errors(result) == pytest.approx(errors(expected), rel=1e-4, abs=1e-6)  # float32 sums of 10^2 terms
    conversion.save(tmp_path / "network.h5")
    only_with_keras = (
        "confusion",
        "diagnosis",
        "examples",
        "paired",
        "ann",
        "agreement",
        "accuracy_by_timestep",
        "gates",
    )
    for threads, batch_size in zip(THREADS, BATCH_SIZES, strict=True):
        again = evaluate_file(tmp_path / "network.h5", data.x, data.y, num_threads=threads, batch_size=batch_size)
        assert numbers(again, *only_with_keras) == numbers(result, *only_with_keras), (threads, batch_size)


def test_seeds() -> None:
    model = ml_genn_tf.load_model(MODELS / "digits_max_pool.keras")
    results = [converted(model, "data-norm", seed=seed)[1] for seed in (0, 0, 1)]
    assert numbers(results[0]) == numbers(results[1])
    assert errors(results[0]) == errors(results[1])
    assert results[0].totals.spikes != results[2].totals.spikes
