"""Rows of metrics: labels and predictions go in, one number for all of them comes out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn.metrics import (
    MeanAbsoluteError,
    MeanSquareError,
    PerOutputMeanSquareError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
)
from tests.conformance.table import ObjectRow

RNG = np.random.default_rng(9)
PREDICTIONS = RNG.normal(size=(3, 4))
LABELS = np.array([PREDICTIONS[0].argmax(), (PREDICTIONS[1].argmax() + 1) % 4, PREDICTIONS[2].argmax()])
SECOND = np.argsort(PREDICTIONS, axis=1)[range(3), [-1, -2, -3]]  # the third label is only third
TARGETS = RNG.integers(-4, 5, (3, 4)) / 4
GRID = np.round(PREDICTIONS * 4) / 4
"""Multiples of 1/4, whose squares add up exactly in any order."""


def over_batches(metric: Any, examples: list[tuple[Any, np.ndarray]], batch_size: int) -> np.ndarray:
    """The metric before and after all batches."""
    metric.reset()
    before = metric.result
    for start in range(0, len(examples), batch_size):
        labels, predictions = zip(*examples[start : start + batch_size], strict=True)
        metric.update(np.array(labels), np.array(predictions))
    return np.append(np.nan if before is None else before, metric.result)


def row(make: Any, labels: np.ndarray, predictions: np.ndarray, expected: Any) -> ObjectRow:
    return ObjectRow(
        make=make,
        runs=over_batches,
        examples=list(zip(labels, predictions, strict=True)),
        reference=lambda _: np.append(np.nan, expected),
        sums_up=True,
        tolerance=1e-12,  # sums of a few numbers in double precision
    )


ROWS = (
    row(SparseCategoricalAccuracy, LABELS, PREDICTIONS, 2 / 3),
    row(lambda: SparseTopKCategoricalAccuracy(2), SECOND, PREDICTIONS, 2 / 3),
    row(MeanAbsoluteError, TARGETS, GRID, np.abs(TARGETS - GRID).sum() / 12),
    row(MeanSquareError, TARGETS, GRID, ((TARGETS - GRID) ** 2).sum() / 12),
    row(PerOutputMeanSquareError, TARGETS, GRID, ((TARGETS - GRID) ** 2).sum(axis=0) / 3),
)
