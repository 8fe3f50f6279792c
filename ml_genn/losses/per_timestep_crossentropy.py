"""Crossentropy of class labels in each timestep."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from ..errors import DataError
from .label_loss import LabelLoss
from .labels import check_labels


@final
class PerTimestepCrossentropy(LabelLoss):
    """-log p_y(t), averaged over timesteps and examples: p(t) = softmax(V(t)), V the voltages of the output neurons.

    Predictions have shape (examples, timesteps) + shape of the output population. All timesteps of a trial count,
    whatever window the output's readout has, which only says what is predicted.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    reads_series: ClassVar[bool] = True

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        labels, logarithms = self.log_probabilities(y_true, y_pred)
        return float(-np.mean(logarithms[np.arange(len(labels)), :, labels]))

    def log_probabilities(self, y_true: Any, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels as int64, and log p of shape (examples, timesteps, classes).

        Raises:
            DataError: there is not one label per example, or a label is no class.
        """
        labels = np.asarray(y_true)
        if labels.shape[:1] != y_pred.shape[:1] or y_pred.ndim < 3:
            raise DataError(
                "PerTimestepCrossentropy needs predictions of shape (examples, timesteps) + shape of the output "
                f"population and a label for each example, got {y_pred.shape} and labels of shape {labels.shape}"
            )
        scores = y_pred.reshape(*y_pred.shape[:2], -1).astype(np.float64)
        below = scores - scores.max(axis=2, keepdims=True)
        return check_labels(labels, scores.shape[2]), below - np.log(np.exp(below).sum(axis=2, keepdims=True))
