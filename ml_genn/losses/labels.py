"""Class labels: whole numbers, counted from 0, one per example."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DataError


def check_labels(y_true: Any, num_classes: int) -> np.ndarray:
    """`y_true` as int64; labels may be integers of any size, or whole numbers of a float type.

    Raises:
        DataError: not one whole number per example, or one that is no class; the message names the first such example.
    """
    labels = np.asarray(y_true)
    if labels.ndim == 2 and labels.shape[1] == num_classes > 1:
        raise DataError(
            f"labels must be whole numbers, one per example, got shape {labels.shape}; if they are one-hot, give "
            "their argmax(axis=1)"
        )
    kind = labels.dtype.kind
    if labels.ndim != 1 or kind not in "biuf" or (kind == "f" and not np.array_equal(labels, np.floor(labels))):
        raise DataError(
            f"labels must be whole numbers, one per example, got dtype {labels.dtype} and shape {labels.shape}"
        )
    outside = (labels < 0) | (labels >= num_classes)
    if outside.any():
        wrong = np.flatnonzero(outside)
        raise DataError(
            f"label {labels[wrong[0]]} is out of range: the output has {num_classes} classes, counted from 0 "
            f"(example {wrong[0]})"
        )
    return labels.astype(np.int64)


def check_labels_of(y_true: Any, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels as int64 and predictions as float64 of shape (examples, classes).

    Raises:
        DataError: there is not one label per prediction, or a label is no class.
    """
    labels = np.asarray(y_true)
    if labels.shape[:1] != y_pred.shape[:1]:
        raise DataError(f"Prediction shape:{y_pred.shape} does not match label shape:{labels.shape}")
    scores = y_pred.reshape(len(y_pred), int(np.prod(y_pred.shape[1:]))).astype(np.float64)
    return check_labels(labels, scores.shape[1]), scores
