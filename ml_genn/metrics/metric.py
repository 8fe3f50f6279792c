"""Base class of metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class Metric(ABC):
    """How well predictions fit, accumulated over batches."""

    @abstractmethod
    def update(self, y_true: Any, y_pred: np.ndarray, communicator: Any = None) -> None:
        """Take in one batch.

        Args:
            y_true: what is right, one entry per example.
            y_pred: what the network says, shape (examples,) + shape of the output population.
            communicator: sums over ranks; None for one rank.

        Raises:
            DataError: the labels do not fit the predictions.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget all batches."""

    @property
    @abstractmethod
    def result(self) -> Any:
        """The metric over all batches, a number or an array; None before the first."""


def reduce_sum(communicator: Any, value: Any) -> Any:
    """Sum of numbers or arrays over all ranks."""
    return value if communicator is None else communicator.reduce_sum(value)
