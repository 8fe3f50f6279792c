"""Mean square error."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DataError
from .metric import Metric, reduce_sum


@final
class MeanSquareError(Metric):
    """Mean of (y_true - y_pred)^2 over all examples and outputs."""

    def __init__(self) -> None:
        self.reset()

    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        target = np.asarray(y_true, np.float64)
        if target.shape != y_pred.shape:
            raise DataError(f"Prediction shape:{y_pred.shape} does not match label shape:{target.shape}")
        self.sum += reduce_sum(communicator, float(np.sum((target - y_pred) ** 2)))
        self.total += reduce_sum(communicator, target.size)

    def reset(self) -> None:
        self.sum = 0.0
        self.total = 0.0

    @property
    def result(self) -> float | None:
        return self.sum / self.total if self.total else None
