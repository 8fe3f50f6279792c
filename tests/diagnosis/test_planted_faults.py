"""A fault is planted in one layer after the other; the diagnosis, which does not know, names that layer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn_tf.build import SpikingModel
from ml_genn_tf.diagnosis.findings import suspect_of
from ml_genn_tf.diagnosis.probe import Probe
from ml_genn_tf.measure import measure
from ml_genn_tf.methods import Method, create_method

from .faults import RUN, Original, faults

MODELS = Path(__file__).parents[2] / "models"
RIGHT = 0.95
"""What the diagnosis promises."""

METHODS: dict[str, dict[str, Any]] = {"few-spike": {"k": 8}, "rate": {"timesteps": 128}}


def named(spiking: SpikingModel, method: Method, x: np.ndarray) -> str:
    """The layer that the diagnosis names."""
    compiled = method.create_compiler(**RUN, rng_seed=1, **method.observation).compile(spiking.network)
    probe = Probe(spiking, method, len(x))
    measure(spiking, method, compiled, {spiking.stages.inputs[0]: x}, probe=probe)
    return suspect_of(probe)


def score(original: Original, x: np.ndarray) -> Counter[str]:
    """How many layers were named rightly, and which were not."""
    found: Counter[str] = Counter()
    for fault in faults(original):
        answer = named(fault.build(), original.method, x)
        found["right" if answer == fault.layer else f"{fault.what} of {fault.layer}: {answer}"] += 1
    return found


def digits(name: str, method: Method) -> tuple[Original, np.ndarray]:
    train, test = (load_data("digits", split=split, expected_shape=(8, 8, 1)) for split in ("train", "test"))
    return Original.of(ml_genn_tf.load_model(MODELS / f"{name}.keras"), method, train.x), test.x[:128]


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", ["digits_average_pool", "digits_batch_norm", "digits_max_pool"])
def test_digits(model: str, method: str) -> None:
    found = score(*digits(model, create_method(method, **METHODS[method])))
    assert found["right"] >= RIGHT * found.total(), found
    assert found.total() >= 7  # thresholds and scales of two layers at least, three biases


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_moonflower(method: str, data_folder: Path) -> None:
    (model,) = (data_folder / "keras_models" / "mnist_moonflower_keras").glob("*.keras")
    train = load_data(f"{data_folder / 'mnist'}:train", expected_shape=(28, 28, 1)).x[:500]
    test = load_data(str(data_folder / "mnist"), expected_shape=(28, 28, 1)).x[:128]
    found = score(Original.of(ml_genn_tf.load_model(model), create_method(method, **METHODS[method]), train), test)
    assert found["right"] >= RIGHT * found.total(), found
    assert found.total() >= 7


def test_one_fault_of_each_kind() -> None:
    """The quick one: the second layer of a small network."""
    original, x = digits("digits_batch_norm", create_method("few-spike", k=6))
    of_second_layer = [fault for fault in faults(original) if fault.layer == "relu2"]
    assert sorted(fault.what for fault in of_second_layer) == ["batch norm", "bias", "full scale", "threshold"]
    for fault in of_second_layer:
        assert named(fault.build(), original.method, x[:64]) == "relu2", fault.what
