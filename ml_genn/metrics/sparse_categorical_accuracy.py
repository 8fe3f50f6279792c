"""Fraction of examples classified correctly."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DataError
from .metric import Metric, check_same_length, reduce_sum


@final
class SparseCategoricalAccuracy(Metric):
    """Fraction of examples whose label is the index of the largest output; of equal outputs the first counts."""

    def __init__(self) -> None:
        self.reset()

    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        labels = np.asarray(y_true)
        check_same_length(labels, y_pred)
        scores = y_pred.reshape(len(y_pred), -1)
        if labels.ndim != 1 or not np.array_equal(labels, np.floor(labels)):
            raise DataError(
                f"labels must be whole numbers, one per example, got dtype {labels.dtype} and shape {labels.shape}"
            )
        if labels.size and (labels.min() < 0 or labels.max() >= scores.shape[1]):
            wrong = labels[(labels < 0) | (labels >= scores.shape[1])][0]
            raise DataError(f"label {wrong} is out of range: the output has {scores.shape[1]} classes, counted from 0")
        self.correct += int(reduce_sum(communicator, int(np.sum(scores.argmax(axis=1) == labels))))
        self.total += int(reduce_sum(communicator, len(labels)))

    def reset(self) -> None:
        self.correct = 0
        self.total = 0

    @property
    def result(self) -> float | None:
        return self.correct / self.total if self.total else None
