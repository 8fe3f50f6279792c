"""Fraction of examples whose class is among the most likely ones."""

from __future__ import annotations

from typing import final

import numpy as np

from ..errors import DataError
from ..values import Value
from .accuracy import AccuracyMetric


@final
class SparseTopKCategoricalAccuracy(AccuracyMetric):
    """Fraction of examples whose label is among the k largest outputs; of equal outputs the first ones count.

    Args:
        k: how many outputs count, at most the number of classes.
    """

    k = Value(whole=True, low=1)

    def __init__(self, k: int = 5) -> None:
        self.k = k
        super().__init__()

    def is_correct(self, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
        classes = scores.shape[1]
        if self.k > classes:
            raise DataError(f"SparseTopKCategoricalAccuracy: k is {self.k}, the output has only {classes} classes")
        own = scores[np.arange(len(labels)), labels][:, np.newaxis]
        before = np.arange(classes) < labels[:, np.newaxis]
        rank = np.sum((scores > own) | ((scores == own) & before), axis=1)
        within: np.ndarray = rank < self.k
        return within
