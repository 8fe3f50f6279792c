"""Comparing methods: the same numbers as one conversion after the other, and operations counted by hand."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.errors import DataError, UnsupportedError, UsageError
from ml_genn.reports import MethodComparison, MethodRun, cheapest_within
from ml_genn_tf.comparison import chosen_methods

MODEL = Path(__file__).parents[2] / "models" / "digits_batch_norm.keras"
CONSTANTS = (0.9e-3, 4.6e-3)
"""nJ for an accumulation and a multiply-accumulation, as the result file documents them."""


@pytest.fixture(scope="module")
def data() -> tuple[Any, np.ndarray, np.ndarray, np.ndarray]:
    train, test = (load_data("digits", split=split, expected_shape=(8, 8, 1)) for split in ("train", "test"))
    return ml_genn_tf.load_model(MODEL), train.x[:300], test.x[:60], test.y[:60]


@pytest.fixture(scope="module")
def comparison(data: Any) -> MethodComparison:
    model, train, x, y = data
    methods = ("few-spike", "rate", "simple")
    return ml_genn_tf.compare(model, x, y, calibration=train, methods=methods, ks=(2, 4), timesteps=(8,))


def test_runs_are_those_of_single_conversions(comparison: MethodComparison, data: Any) -> None:
    model, train, x, y = data
    assert [(run.method.name, run.setting) for run in comparison.runs] == [
        ("few-spike", "K = 2"),
        ("few-spike", "K = 4"),
        ("rate", "T = 8"),
        ("simple", "T = 8"),
    ]
    settings: list[dict[str, Any]] = [{"k": 2}, {"k": 4}, {"method": "rate", "timesteps": 8}]
    for run, options in zip(comparison.runs, settings, strict=False):
        result = ml_genn_tf.convert(model, calibration=train, **options).evaluate(x, y, diagnosed=0)
        assert run.snn.correct == result.snn.correct
        assert run.agreement == result.agreement
        assert run.cost.operations == pytest.approx(result.totals.synops)
        assert [(moment.timesteps, moment.accuracy) for moment in run.by_timestep] == list(result.accuracy_by_timestep)
        assert result.ann is not None
        assert comparison.ann.correct == result.ann.correct
        assert comparison.ann_macs == result.totals.ann_macs
        assert run.method == result.method


def test_costs_fit_together(comparison: MethodComparison) -> None:
    for run in comparison.runs:
        cost = run.cost
        energy = cost.accumulates * CONSTANTS[0] + cost.multiply_accumulates * CONSTANTS[1]
        assert cost.energy_nanojoule == pytest.approx(energy)
        assert (cost.multiply_accumulates > 0) == (run.method.name == "rate")
        assert run.wall_seconds > 0
        assert run.cpu_seconds > 0
        assert run.by_timestep[-1].confidence_95 == run.snn.confidence_95


def test_the_cheapest_within(comparison: MethodComparison) -> None:
    def of(accuracy: float, operations: float) -> MethodRun:
        run = comparison.runs[0]
        return dataclasses.replace(
            run,
            snn=dataclasses.replace(run.snn, accuracy=accuracy),
            cost=dataclasses.replace(run.cost, accumulates=operations, multiply_accumulates=0.0),
        )

    runs = [of(0.9, 1.0), of(0.96, 3.0), of(0.97, 4.0)]
    ann = dataclasses.replace(comparison.ann, accuracy=0.97)
    assert [cheapest_within(runs, ann, points) for points in (0.5, 2.0, 8.0)] == [runs[2], runs[1], runs[0]]
    assert cheapest_within(runs[:1], ann, 1.0) is None


def dense() -> Any:
    """3 -> 2 -> 2; on (3, 1, 0) the hidden layer has the drives 4 and -2."""
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(2)])
    model.set_weights([np.array([[1, -1], [1, 1], [1, 1]]), np.zeros(2), np.array([[1, 2], [3, 4]]), np.zeros(2)])
    return model


def one_run(model: Any, x: np.ndarray, **options: Any) -> MethodRun:
    """Four times the same example."""
    inputs = np.repeat(np.asarray(x, np.float32)[np.newaxis], 4, axis=0)
    (run,) = ml_genn_tf.compare(model, inputs, np.zeros(4, int), calibration=inputs, **options).runs
    return run


def test_operations_of_dense_layers_by_hand() -> None:
    """Two bits: inputs 3 = 11, 1 = 01 and 0 send three spikes to two targets each; the hidden 4 has the highest code,
    11, and sends two spikes to two targets."""
    cost = one_run(dense(), np.array([3, 1, 0]), methods=["few-spike"], ks=[2]).cost
    assert (cost.spikes, cost.accumulates, cost.multiply_accumulates) == (5, 3 * 2 + 2 * 2, 0)
    assert cost.spikes_per_neuron == pytest.approx(5 / 7)
    assert cost.energy_nanojoule == pytest.approx(10 * CONSTANTS[0])


def test_operations_of_an_analog_first_layer_by_hand() -> None:
    """A current: two inputs that are not zero meet two targets, once; only hidden spikes are accumulated."""
    cost = one_run(dense(), np.array([3, 1, 0]), methods=["rate"], timesteps=[4]).cost
    assert cost.multiply_accumulates == 2 * 2
    assert cost.accumulates == 2 * cost.spikes
    assert cost.spikes > 0
    assert cost.spikes_per_neuron == pytest.approx(cost.spikes / 4)


def test_operations_of_a_padded_convolution_by_hand() -> None:
    """One bit, 3 x 3 with same padding: a spike in a corner has 4 targets that exist, one in the centre 9. All nine
    hidden neurons see one of them and spike to two targets each."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((3, 3, 1)),
            keras.layers.Conv2D(1, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model.set_weights([np.ones((3, 3, 1, 1)), np.zeros(1), np.ones((9, 2)), np.zeros(2)])
    image = np.zeros((3, 3, 1))
    image[0, 0] = image[1, 1] = 1
    cost = one_run(model, image, methods=["few-spike"], ks=[1]).cost
    assert (cost.spikes, cost.accumulates) == (2 + 9, (4 + 9) + 9 * 2)


def test_a_method_that_cannot_is_left_out() -> None:
    import keras

    layers = [keras.Input((3,)), keras.layers.Dense(2, activation="sigmoid", name="curved"), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    x, y = np.random.default_rng(1).random((8, 3)), np.zeros(8, int)
    found = ml_genn_tf.compare(model, x, y, calibration=x, methods=["few-spike", "rate"], ks=[4], timesteps=[4])
    assert [run.method.name for run in found.runs] == ["few-spike"]
    (refused,) = found.refused
    assert refused.method == "rate"
    assert "curved (Dense) applies sigmoid, which no rate of spikes is" in refused.reason
    with pytest.raises(UnsupportedError, match=r"none of the methods can convert sequential\w*:\n  - rate: "):
        ml_genn_tf.compare(model, x, y, calibration=x, methods=["rate"], timesteps=[4])


def test_without_calibration(data: Any) -> None:
    model, _, x, y = data
    found = ml_genn_tf.compare(model, x, y, methods=["few-spike", "simple"], ks=[4], timesteps=[4])
    assert [run.method.name for run in found.runs] == ["simple"]
    assert "few-spike chooses thresholds on calibration data" in found.refused[0].reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": ["few-spke"]}, "method 'few-spke' is unknown; did you mean few-spike?"),
        ({"methods": ["rate"], "ks": [4]}, "bits of codes go with few-spike, which is not among the methods rate"),
        (
            {"methods": ["few-spike"], "timesteps": [4]},
            "timesteps go with rate coding, and the only method is few-spike, which takes bits of codes",
        ),
        ({"ks": [0]}, "few-spike needs k from 1 to 24 bits, a whole number, got 0"),
        ({"seed": -1}, "seed must be a whole number from 0 on, got -1"),
    ],
)
def test_bad_calls(options: dict[str, Any], message: str, data: Any) -> None:
    model, train, x, y = data
    with pytest.raises(UsageError, match=re.escape(message)):
        ml_genn_tf.compare(model, x, y, calibration=train, **options)


def test_bad_labels(data: Any) -> None:
    model, train, x, y = data
    with pytest.raises(DataError, match="10 classes"):
        ml_genn_tf.compare(model, x, y + 10, calibration=train)


def test_settings_of_each_method() -> None:
    found = chosen_methods(["rate", "data-norm", "few-spike", "rate"], None, None)
    assert [(method.name, method.timesteps) for method in found] == [
        *(("rate", steps) for steps in (4, 8, 16, 32)),
        ("data-norm", 128),
        *(("few-spike", bits) for bits in (2, 3, 4, 6, 8)),
    ]


def test_options_go_to_the_methods_that_have_them() -> None:
    rules = chosen_methods(("few-spike", "rate", "simple"), (3,), (8,), {"per_channel": True, "rule": "least-error"})
    assert [rule.options.get("per_channel") for rule in rules] == [True, True, None]
    assert [rule.options.get("rule") for rule in rules] == ["least-error", None, None]


def test_bad_options() -> None:
    with pytest.raises(UsageError, match=r"none of the methods rate, simple has an option rule"):
        chosen_methods(("rate", "simple"), None, None, {"rule": "max"})
    with pytest.raises(UsageError, match=r"k is what is compared; give its values as ks \(--k\)"):
        chosen_methods(("few-spike",), None, None, {"k": 4})
