"""Metrics over batches, against numpy and Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks.batch_progress_bar import describe
from ml_genn.errors import DataError, DescriptionError
from ml_genn.metrics import (
    MeanAbsoluteError,
    MeanSquareError,
    Metric,
    PerOutputMeanSquareError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
)
from ml_genn.registry import METRICS

RNG = np.random.default_rng(2)
SCORES = RNG.normal(size=(23, 2, 4)).astype(np.float32)
TARGETS = RNG.normal(size=SCORES.shape)
LABELS = RNG.integers(0, 8, 23)
ORDER = np.argsort(-SCORES.reshape(23, -1), axis=1)

CASES: dict[str, tuple[Any, Any]] = {
    "mean_absolute_error": (TARGETS, np.mean(np.abs(SCORES - TARGETS))),
    "mean_square_error": (TARGETS, np.mean((SCORES - TARGETS) ** 2)),
    "per_output_mean_square_error": (TARGETS, np.mean((SCORES - TARGETS) ** 2, axis=0)),
    "sparse_categorical_accuracy": (LABELS, np.mean(ORDER[:, 0] == LABELS)),
    "sparse_top_k_categorical_accuracy": (LABELS, np.mean((ORDER[:, :5] == LABELS[:, np.newaxis]).any(axis=1))),
}


class Ranks:
    """A communicator of two ranks that hold the same."""

    def reduce_sum(self, value: Any) -> Any:
        return 2 * value


def test_every_metric_has_a_row() -> None:
    assert set(CASES) == set(METRICS.classes) == set(METRICS.default_classes)


@pytest.mark.parametrize("communicator", [None, Ranks()])
@pytest.mark.parametrize("name", CASES)
def test_batches_of_any_size_make_the_mean_over_examples(name: str, communicator: Any) -> None:
    metric: Metric = METRICS.resolve(name)
    y_true, expected = CASES[name]
    for _ in range(2):
        assert metric.result is None
        for begin, end in [(0, 10), (10, 20), (20, 23)]:
            metric.update(y_true[begin:end].tolist(), SCORES[begin:end], communicator)
        # predictions are single precision, sums double
        np.testing.assert_allclose(metric.result, expected, rtol=1e-12)
        metric.reset()


def test_ranks_are_summed() -> None:
    metric = SparseCategoricalAccuracy()
    metric.update([0], np.array([[1.0, 0.0]]), Ranks())
    assert (metric.correct, metric.total) == (2, 2)
    errors = PerOutputMeanSquareError()
    errors.update([[0.0, 1.0]], np.array([[2.0, 0.0]]), Ranks())
    assert (errors.sum.tolist(), errors.total) == ([8.0, 2.0], 2)


def test_of_equal_outputs_the_first_count() -> None:
    scores = np.zeros((4, 4))
    labels = [0, 1, 2, 3]
    for k, expected in [(1, 0.25), (2, 0.5), (4, 1.0)]:
        metric = SparseTopKCategoricalAccuracy(k)
        metric.update(labels, scores)
        assert metric.result == expected
    accuracy = SparseCategoricalAccuracy()
    accuracy.update(labels, scores)
    assert accuracy.result == 0.25


@pytest.mark.slow
def test_top_k_is_that_of_keras() -> None:
    keras = pytest.importorskip("keras")
    for k in (1, 3):
        theirs = keras.metrics.SparseTopKCategoricalAccuracy(k)
        theirs.update_state(LABELS, SCORES.reshape(23, -1))
        ours = SparseTopKCategoricalAccuracy(k)
        ours.update(LABELS, SCORES)
        assert ours.result == pytest.approx(float(theirs.result()), rel=1e-6)  # Keras counts in single precision


@pytest.mark.parametrize("name", CASES)
def test_lengths_must_match(name: str) -> None:
    with pytest.raises(DataError, match=r"Prediction shape:\(2, 3\) does not match label shape:\(1,\)"):
        METRICS.resolve(name).update([0], np.zeros((2, 3)))


def test_refused() -> None:
    with pytest.raises(DataError, match="MeanSquareError needs real numbers as labels, got dtype <U1"):
        MeanSquareError().update([["a"]], np.zeros((1, 1)))
    with pytest.raises(DataError, match="SparseTopKCategoricalAccuracy: k is 5, the output has only 3 classes"):
        SparseTopKCategoricalAccuracy().update([0], np.zeros((1, 3)))
    with pytest.raises(DescriptionError, match=r"SparseTopKCategoricalAccuracy.k must be a whole number at least 1"):
        SparseTopKCategoricalAccuracy(0)


def test_progress_shows_a_few_values() -> None:
    one, many = MeanAbsoluteError(), PerOutputMeanSquareError()
    assert describe({"a": one, "b": many}) == ""
    one.update([[0.5]], np.array([[0.25]]))
    many.update(np.zeros((1, 9)), np.arange(9.0)[np.newaxis])
    expected = "MeanAbsoluteError: 0.2500, PerOutputMeanSquareError: 0.0000 1.0000 4.0000 9.0000 ..."
    assert describe({"a": one, "b": many}) == expected


def test_progress_shows_no_more_digits_than_there_are() -> None:
    large = MeanAbsoluteError()
    large.update([[0.0]], np.array([[1.54e31]]))
    assert describe({"a": large}) == "MeanAbsoluteError: 1.54e+31"
