"""Fraction of examples classified correctly."""

from __future__ import annotations

from typing import final

import numpy as np

from .accuracy import AccuracyMetric


@final
class SparseCategoricalAccuracy(AccuracyMetric):
    """Fraction of examples whose label is the index of the largest output; of equal outputs the first counts."""

    def is_correct(self, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
        correct: np.ndarray = scores.argmax(axis=1) == labels
        return correct
