"""Square error of spike times relative to that of the right neuron."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..values import Value
from .first_spike import BUMP, FirstSpikeLoss


@final
class RelativeMeanSquareError(FirstSpikeLoss):
    """1/2 sum_{j != y} (t_j - t_y - delta)^2, averaged over examples: first spikes shall come delta after the label's.

    There is no hinge: a neuron that spikes much later than t_y + delta counts too. Silent neurons count as spiking when
    the trial ends; `FirstSpikeLoss` says what a missing label does.

    Args:
        delta: by how much the neuron of the right class shall spike earlier than the others [ms].
        missing_label: "bump", with the derivative of the loss at the end of the trial; "none" or "error".
        bump: factor of this derivative.
        trial_ms: length of a trial [ms]; None for that of the compiler.
    """

    delta = Value(unit="ms", constant=True, finite=True)

    def __init__(
        self, delta: float, *, missing_label: str = BUMP, bump: float = 1.0, trial_ms: float | None = None
    ) -> None:
        super().__init__(missing_label, bump, trial_ms)
        self.delta = delta

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        labels, times, _ = self.times(y_true, y_pred)
        return float(0.5 * np.mean(np.sum(self.errors(labels, times) ** 2, axis=1)))

    def errors(self, labels: np.ndarray, times: np.ndarray) -> np.ndarray:
        """t_j - t_y - delta, and 0 for j = y, of shape (examples, neurons)."""
        rows = np.arange(len(labels))
        error: np.ndarray = times - times[rows, labels, np.newaxis] - self.delta
        error[rows, labels] = 0.0
        return error

    def phantom_slope(self, labels: np.ndarray, times: np.ndarray) -> np.ndarray:
        slope: np.ndarray = -self.errors(labels, times).sum(axis=1)
        return slope
