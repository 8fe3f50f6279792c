"""Mean absolute error."""

from __future__ import annotations

from typing import final

import numpy as np

from .regression import RegressionMetric


@final
class MeanAbsoluteError(RegressionMetric):
    """Mean of |y_true - y_pred| over all examples and outputs."""

    def error(self, difference: np.ndarray) -> np.ndarray:
        size: np.ndarray = np.abs(difference)
        return size
