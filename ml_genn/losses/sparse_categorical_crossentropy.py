"""Crossentropy of class labels."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from .label_loss import LabelLoss
from .labels import check_labels_of


@final
class SparseCategoricalCrossentropy(LabelLoss):
    """-log p_y, averaged over examples: p = softmax(z), z the readouts of the output neurons, y the label.

    Predictions have shape (examples,) + shape of the output population and need not be normalised. With FirstSpikeTime,
    which reads minus the time of the first spike, p = softmax(-t) [t in ms].

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        labels, scores = check_labels_of(y_true, y_pred)
        below = scores - scores.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(below).sum(axis=1))
        return float(np.mean(log_sum - below[np.arange(len(labels)), labels]))
