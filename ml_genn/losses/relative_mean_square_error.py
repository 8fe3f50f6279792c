"""Square error of spike times relative to that of the right neuron."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DataError
from ..readouts.max_var import LOWEST
from ..values import Value
from .label_loss import LabelLoss
from .labels import check_labels_of


@final
class RelativeMeanSquareError(LabelLoss):
    """1/2 sum_{j != y} (t_j - t_y - delta)^2, averaged over examples: first spikes shall come delta after the label's.

    Predictions are what FirstSpikeTime reads, minus the time t_j of the first spike [ms], of shape (examples,) + shape
    of the output population. There is no hinge: a neuron that spikes much later than t_y + delta counts too.

    Args:
        delta: by how much the neuron of the right class shall spike earlier than the others [ms].

    Raises:
        DataError: an output neuron did not spike, so that it has no time.
    """

    delta = Value(unit="ms", constant=True, finite=True)

    def __init__(self, delta: float) -> None:
        self.delta = delta

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        labels, minus_times = check_labels_of(y_true, y_pred)
        silent = np.argwhere(minus_times <= LOWEST)
        if len(silent):
            example, neuron = silent[0]
            raise DataError(
                f"RelativeMeanSquareError: output neuron {neuron} did not spike in example {example} ({len(silent)} "
                "such pairs); give silent neurons a time, as in np.maximum(y_pred, -trial_ms)"
            )
        rows = np.arange(len(labels))
        error = minus_times[rows, labels, np.newaxis] - minus_times - self.delta
        error[rows, labels] = 0.0
        return float(0.5 * np.mean(np.sum(error**2, axis=1)))
