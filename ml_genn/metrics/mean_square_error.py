"""Mean square error."""

from __future__ import annotations

from typing import final

import numpy as np

from .regression import RegressionMetric


@final
class MeanSquareError(RegressionMetric):
    """Mean of (y_true - y_pred)^2 over all examples and outputs."""

    def error(self, difference: np.ndarray) -> np.ndarray:
        return difference**2
