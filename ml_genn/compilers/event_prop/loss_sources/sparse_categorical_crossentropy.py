"""Crossentropy of class labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....losses import SparseCategoricalCrossentropy
from ....losses.labels import check_labels_of
from .registry import READOUT_GRADIENTS


@READOUT_GRADIENTS.add(SparseCategoricalCrossentropy)
def crossentropy_gradient(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """dL/dz_j = (p_j - 1[j = y]) / examples, p = softmax(z), for the mean of -log p_y over the examples of a batch."""
    labels, scores = check_labels_of(y_true, y_pred)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    gradient: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    gradient[np.arange(len(labels)), labels] -= 1.0
    return gradient.reshape(y_pred.shape) / len(labels)
