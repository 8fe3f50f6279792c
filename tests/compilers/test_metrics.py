"""Metrics over batches."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.errors import DataError
from ml_genn.metrics import MeanSquareError, SparseCategoricalAccuracy


class Ranks:
    """A communicator of two ranks that hold the same."""

    def reduce_sum(self, value: float) -> float:
        return 2 * value


def test_accuracy() -> None:
    metric = SparseCategoricalAccuracy()
    assert metric.result is None
    metric.update([0, 1], np.array([[1.0, 0.0], [1.0, 1.0]]))  # of equal outputs the first counts
    metric.update(np.array([1]), np.array([[0.0, 2.0]]))
    assert metric.result == 2 / 3
    metric.reset()
    assert metric.result is None


def test_mean_square_error_is_the_mean_over_everything() -> None:
    metric = MeanSquareError()
    assert metric.result is None
    metric.update(np.zeros((2, 2)), np.array([[1.0, 1.0], [1.0, 1.0]]))
    metric.update(np.zeros((1, 2)), np.array([[4.0, 0.0]]))
    assert metric.result == 20 / 6
    metric.reset()
    assert metric.result is None


def test_ranks_are_summed() -> None:
    metric = SparseCategoricalAccuracy()
    metric.update([0], np.array([[1.0, 0.0]]), Ranks())
    assert (metric.correct, metric.total) == (2, 2)


@pytest.mark.parametrize("metric", [SparseCategoricalAccuracy(), MeanSquareError()])
def test_lengths_must_match(metric: SparseCategoricalAccuracy) -> None:
    with pytest.raises(DataError, match=r"Prediction shape:\(2, 3\) does not match label shape:\(1,\)"):
        metric.update([0], np.zeros((2, 3)))
