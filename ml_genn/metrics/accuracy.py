"""What metrics of class labels share: how many examples are right."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from ..errors import DataError
from ..losses.labels import check_labels_of
from .metric import Metric, reduce_sum


class AccuracyMetric(Metric):
    """A fraction of examples; labels count the outputs from 0, in C order."""

    def __init__(self) -> None:
        self.reset()

    @abstractmethod
    def is_correct(self, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Whether each example is right, given labels and scores of shape (examples, classes)."""

    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        try:
            labels, scores = check_labels_of(y_true, y_pred)
        except DataError as error:
            raise DataError(f"{type(self).__name__}: {error}") from error
        self.correct += int(reduce_sum(communicator, int(np.sum(self.is_correct(labels, scores)))))
        self.total += int(reduce_sum(communicator, len(labels)))

    def reset(self) -> None:
        self.correct = 0
        self.total = 0

    @property
    def result(self) -> float | None:
        return self.correct / self.total if self.total else None
