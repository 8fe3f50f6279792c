"""What metrics of errors share: sums of errors over examples, one for each output."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from ..errors import DataError
from .metric import Metric, reduce_sum


class RegressionMetric(Metric):
    """A mean over examples of an error of each output; targets have the shape of the predictions.

    Attributes:
        sum: errors of each output, added over examples.
        total: number of examples.
    """

    sum: Any
    total: int

    def __init__(self) -> None:
        self.reset()

    @abstractmethod
    def error(self, difference: np.ndarray) -> np.ndarray:
        """The error of each output, given predictions minus targets."""

    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        target = np.asarray(y_true)
        if target.shape != y_pred.shape:
            raise DataError(f"Prediction shape:{y_pred.shape} does not match label shape:{target.shape}")
        if target.dtype.kind not in "biuf":
            raise DataError(f"{type(self).__name__} needs real numbers as labels, got dtype {target.dtype}")
        errors = self.error(y_pred.astype(np.float64) - target)
        self.sum = self.sum + reduce_sum(communicator, errors.sum(axis=0))
        self.total += reduce_sum(communicator, len(errors))

    def reset(self) -> None:
        self.sum = 0.0
        self.total = 0

    @property
    def per_output(self) -> np.ndarray | None:
        """The mean over examples for each output, shape of the output population; None before the first batch."""
        return np.asarray(self.sum / self.total) if self.total else None

    @property
    def result(self) -> Any:
        return None if self.per_output is None else float(np.mean(self.per_output))
