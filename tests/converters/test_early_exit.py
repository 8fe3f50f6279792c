"""Early exit: the rule by hand, the choice of the margin, and a whole conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.errors import UnsupportedError, UsageError
from ml_genn_tf.early_exit import Answers, choose_margin, exit_early

MODELS = Path(__file__).parents[2] / "models"
CLASSES = np.array([[3, 3, 3, 3], [1, 2, 2, 2], [5, 5, 7, 7], [0, 1, 0, 1]])
MARGINS = np.array([[9.0, 5.0, 4.0, 4.0], [8.0, 1.0, 3.0, 3.0], [2.0, 2.5, 1.0, 2.0], [7.0, 7.0, 7.0, 7.0]])
ANSWERS = Answers(CLASSES, MARGINS)


@pytest.mark.parametrize(
    ("margin", "exits"), [(0.0, [1, 2, 1, 3]), (2.9, [1, 2, 3, 3]), (4.5, [1, 3, 3, 3]), (float("inf"), [3, 3, 3, 3])]
)
def test_exits_need_a_large_margin_and_the_same_class_twice(margin: float, exits: list[int]) -> None:
    np.testing.assert_array_equal(ANSWERS.exits(margin), exits)
    np.testing.assert_array_equal(ANSWERS.at(np.array(exits)), CLASSES[np.arange(4), exits])


def test_the_margin_is_the_earliest_within_the_tolerance() -> None:
    """At margins up to 2.5 the third example leaves with another class than its last."""
    margin = choose_margin(ANSWERS, 0.0)
    assert 2.5 < margin <= 3.0
    assert choose_margin(ANSWERS, 0.25) <= 2.5
    found = exit_early(ANSWERS, ANSWERS, np.array([3, 2, 5, 0]), 0.25)
    assert (found.mean_timesteps, found.timesteps, found.agreement, found.accuracy) == (2.75, 4, 0.75, 0.75)
    assert "the mean T is 2.75 of 4 timesteps, the accuracy 75.00 % and 75.00 % of the answers" in found.sentence()


def test_nobody_leaves_where_every_margin_misleads() -> None:
    answers = Answers(np.array([[1, 1, 2]]), np.array([[5.0, 5.0, 5.0]]))
    assert choose_margin(answers, 0.0) == float("inf")


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any, Any]:
    model = ml_genn_tf.load_model(MODELS / "digits_average_pool.keras")
    return model, *(load_data("digits", split=part, expected_shape=(8, 8, 1)) for part in ("train", "test"))


@pytest.mark.parametrize("method", ["rate", "data-norm"])
def test_digits(method: str, digits: tuple[Any, Any, Any]) -> None:
    model, train, test = digits
    conversion = ml_genn_tf.convert(model, calibration=train.x[:400], method=method, timesteps=48, batch_size=100)
    full = conversion.evaluate(test.x, test.y, diagnosed=0)
    found = conversion.early_exit(test.x, test.y, tolerance=0.005)
    assert found.timesteps == 48
    assert found.mean_timesteps < 40
    assert found.agreement >= 0.97  # half a percent of calibration examples, and six standard errors of 360
    all_the_time = conversion.early_exit(test.x, test.y, tolerance=0.0)
    assert all_the_time.mean_timesteps >= found.mean_timesteps
    assert abs(found.accuracy - full.snn.accuracy) <= 1 - found.agreement + 1e-9


def test_refusals(digits: tuple[Any, Any, Any]) -> None:
    model, train, test = digits
    few = ml_genn_tf.convert(model, calibration=train.x[:50], k=4)
    with pytest.raises(
        UnsupportedError, match=r"early exit needs answers that form step by step; few-spike with these"
    ):
        few.early_exit(test.x, test.y)
    simple = ml_genn_tf.convert(model, method="simple", timesteps=4)
    with pytest.raises(
        UsageError, match=r"early exit chooses its margin on calibration examples; convert with calibrat"
    ):
        simple.early_exit(test.x, test.y)
    with pytest.raises(UsageError, match=r"early exit needs tolerance from 0 to 1, got 2"):
        few.early_exit(test.x, test.y, tolerance=2)
