"""Mean square error of each output."""

from __future__ import annotations

from typing import final

import numpy as np

from .regression import RegressionMetric


@final
class PerOutputMeanSquareError(RegressionMetric):
    """Mean of (y_true - y_pred)^2 over all examples, one for each output: the shape is that of one prediction."""

    def error(self, difference: np.ndarray) -> np.ndarray:
        return difference**2

    @property
    def result(self) -> np.ndarray | None:
        return self.per_output
