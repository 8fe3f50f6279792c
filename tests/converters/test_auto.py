"""Choosing method and setting: what is lost by hand, the same choice for the same seed, and the time it takes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.errors import DataError, UnsupportedError, UsageError
from ml_genn.reports import Search, SearchRun
from ml_genn_tf.auto.candidates import BITS, FEW_SPIKE, RATE, rate_timesteps
from ml_genn_tf.auto.loss import CERTAINTY, Examples, _sharpening, softmax

MODEL = Path(__file__).parents[2] / "models" / "digits_max_pool.keras"


@pytest.fixture(scope="module")
def model() -> Any:
    return ml_genn_tf.load_model(MODEL)


@pytest.fixture(scope="module")
def train() -> np.ndarray:
    return load_data("digits", split="train", expected_shape=(8, 8, 1)).x


@pytest.fixture(scope="module")
def chosen(model: Any, train: np.ndarray) -> Any:
    return ml_genn_tf.auto_convert(model, calibration=train)


def choices(search: Search) -> list[SearchRun]:
    return [dataclasses.replace(run, seconds=0.0) for run in search.runs]


def test_the_cheapest_inside_the_tolerance(chosen: Any) -> None:
    search = chosen.search
    inside = [run for run in search.runs if run.inside]
    assert all(run.inside == (100 * run.lost_at_most <= 0.5) for run in search.runs)
    assert search.choice.synops == min(run.synops for run in inside)
    assert any(not run.inside for run in search.runs)  # else nothing was searched
    assert (search.fitted, search.measured) == (512, 925)
    assert chosen.method.options.items() <= search.choice.options.items()
    assert search.warning is None


def test_keeps_the_tolerance_on_test_data(chosen: Any) -> None:
    test = load_data("digits", split="test", expected_shape=(8, 8, 1))
    result = chosen.evaluate(test.x, test.y, diagnosed=0)
    assert 100 * (result.ann.accuracy - result.snn.accuracy) <= 0.5
    assert result.search is chosen.search


def test_equal_seeds_choose_equally(model: Any, train: np.ndarray, chosen: Any) -> None:
    again = ml_genn_tf.auto_convert(model, calibration=train)
    assert choices(again.search) == choices(chosen.search)
    assert again.search.chosen == chosen.search.chosen
    other = ml_genn_tf.auto_convert(model, calibration=train, seed=1)
    assert choices(other.search) != choices(chosen.search)  # other examples fit and measure


def test_at_most_six_candidates() -> None:
    bisection = int(np.ceil(np.log2(len(BITS) + 1)))
    assert bisection + max(len(rate_timesteps(bits)) for bits in BITS) <= 6
    assert [rate_timesteps(bits) for bits in (1, 2, 3, 4, 5)] == [(), (1,), (2,), (), ()]
    assert {FEW_SPIKE[0].method(3).name, RATE.method(2).name} == {"few-spike", "rate"}


def test_prefers_fewer_timesteps(model: Any, train: np.ndarray) -> None:
    search = ml_genn_tf.auto_convert(model, calibration=train[:400], tolerance=5.0, prefer="steps").search
    assert search.choice.timesteps == min(run.timesteps for run in search.runs if run.inside)


def test_few_examples_prove_little(model: Any, train: np.ndarray) -> None:
    conversion = ml_genn_tf.auto_convert(model, calibration=train[:20], progress=lambda stage, done, total: None)
    search = conversion.search
    assert not any(run.inside for run in search.runs)
    assert search.choice.lost_at_most == min(run.lost_at_most for run in search.runs)
    assert search.warning is not None
    assert "No candidate is known to lose at most 0.5 points" in search.warning
    test = load_data("digits", split="test", expected_shape=(8, 8, 1))
    assert search.warning in conversion.evaluate(test.x[:8], test.y[:8], diagnosed=0).warnings


def test_loss_by_hand() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    examples = Examples({}, probabilities.argmax(axis=1), probabilities)
    loss = examples.loss(np.array([0, 2, 2, 0]))
    assert loss.agreement == 0.75
    assert loss.mean == pytest.approx(0.3 / 4)
    assert loss.at_most == pytest.approx((0.3 + 1) / 5 + CERTAINTY * np.std([0, 0.3, 0, 0]) / 2)


def test_outputs_that_are_no_logits_are_sharpened() -> None:
    answers = np.eye(10)  # of a model trained to give 0 and 1
    assert softmax(answers).max() < 0.3
    assert softmax(_sharpening(answers) * answers).max() >= 0.9
    assert _sharpening(20 * answers) == 1.0
    assert _sharpening(np.zeros((4, 3))) == 1.0


def test_input_as_code_where_it_cannot_be_a_current(train: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    from ml_genn_tf.auto import search

    def refuses(ready: Any, method: Any) -> Any:
        if method.options.get("input_type") == "current":
            raise UnsupportedError("no")
        return convert_ready(ready, method)

    convert_ready = search.convert_ready
    monkeypatch.setattr(search, "convert_ready", refuses)
    found = ml_genn_tf.auto_convert(ml_genn_tf.load_model(MODEL), calibration=train[:200], tolerance=5.0).search
    assert {run.method for run in found.runs} == {"few-spike"}
    assert "input_type" not in found.choice.options


def test_bad_calls(model: Any, train: np.ndarray) -> None:
    with pytest.raises(UsageError, match=r"auto_convert needs tolerance from 0 to 100, got -1"):
        ml_genn_tf.auto_convert(model, calibration=train, tolerance=-1)
    with pytest.raises(UsageError, match=r"auto_convert prefers fewer synops or steps, got prefer='spikes'"):
        ml_genn_tf.auto_convert(model, calibration=train, prefer="spikes")
    with pytest.raises(DataError, match=r"fits thresholds to some calibration examples and measures on others"):
        ml_genn_tf.auto_convert(model, calibration=train[:1])
    with pytest.raises(DataError, match=r"fits thresholds to some calibration examples and measures on others"):
        ml_genn_tf.auto_convert(model, calibration=None)


def test_one_output_with_two_classes() -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
    x = np.random.default_rng(0).random((200, 4), dtype=np.float32)
    search = ml_genn_tf.auto_convert(model, calibration=x, tolerance=10.0).search
    assert search.choice.inside


def test_several_outputs_are_refused() -> None:
    import keras

    inputs = keras.Input((4,))
    model = keras.Model(inputs, [keras.layers.Dense(2)(inputs), keras.layers.Dense(3)(inputs)])
    with pytest.raises(UnsupportedError, match=r"evaluation needs a model with one output"):
        ml_genn_tf.auto_convert(model, calibration=np.ones((4, 4), np.float32))
