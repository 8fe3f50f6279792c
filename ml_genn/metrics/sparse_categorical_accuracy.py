"""Fraction of examples classified correctly."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..losses.labels import check_labels_of
from .metric import Metric, reduce_sum


@final
class SparseCategoricalAccuracy(Metric):
    """Fraction of examples whose label is the index of the largest output; of equal outputs the first counts."""

    def __init__(self) -> None:
        self.reset()

    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        labels, scores = check_labels_of(y_true, y_pred)
        self.correct += int(reduce_sum(communicator, int(np.sum(scores.argmax(axis=1) == labels))))
        self.total += int(reduce_sum(communicator, len(labels)))

    def reset(self) -> None:
        self.correct = 0
        self.total = 0

    @property
    def result(self) -> float | None:
        return self.correct / self.total if self.total else None
