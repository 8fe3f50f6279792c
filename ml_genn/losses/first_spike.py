"""Losses of the times of first spikes."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any, Self

import numpy as np

from ..errors import DataError, TrainingError
from ..readouts.max_var import LOWEST
from ..values import Choice, Value
from .label_loss import LabelLoss
from .labels import check_labels_of

BUMP, NONE, ERROR = "bump", "none", "error"


class FirstSpikeLoss(LabelLoss):
    """A loss of the times t_j [ms] at which output neurons j first spike in a trial; the neuron y of the label has t_y.

    Predictions are what FirstSpikeTime reads, minus these times, of shape (examples,) + shape of the output population.
    A neuron that does not spike counts as one that spikes when the trial ends, so that the loss does not jump when a
    spike leaves the trial. Its time has no derivative: what `missing_label` says takes its place.

    Args:
        missing_label: what to do where the neuron of the label does not spike. "bump": learn as if its voltage, rising
            by 1 per tau_mem, reached the threshold as the trial ends, and `bump` times `phantom_slope` were the
            derivative of the loss with respect to that time. No spike is there, so this is no derivative but a
            surrogate, which brings spikes back. "none": learn nothing from the neuron. "error": stop.
        bump: strength of this surrogate; 1 is the published one.
        trial_ms: length of a trial [ms]; None for that of the compiler.
    """

    missing_label = Choice(BUMP, NONE, ERROR)
    bump = Value(constant=True, finite=True, low=0)
    trial_ms = Value(unit="ms", constant=True, finite=True, low=0, low_open=True, optional=True)

    def __init__(self, missing_label: str, bump: float, trial_ms: float | None) -> None:
        self.missing_label = missing_label
        self.bump = bump
        self.trial_ms = trial_ms

    def for_trial(self, trial_ms: float) -> Self:
        if self.trial_ms is not None:
            return self
        bound = copy.copy(self)
        bound.trial_ms = trial_ms
        return bound

    def lost_label_spikes(self, y_true: Any, y_pred: np.ndarray) -> int:
        labels, minus_times = check_labels_of(y_true, y_pred)
        return int(np.sum(minus_times[np.arange(len(labels)), labels] <= LOWEST))

    def times(self, y_true: Any, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels, and of all neurons the times of first spikes and whether there are any.

        Returns:
            Arrays of shapes (examples,), (examples, neurons) and (examples, neurons).

        Raises:
            DataError: a neuron did not spike and no length of a trial is known; or labels and predictions do not fit.
        """
        labels, minus_times = check_labels_of(y_true, y_pred)
        spiked = minus_times > LOWEST
        if self.trial_ms is None and not spiked.all():
            example, neuron = np.argwhere(~spiked)[0]
            raise DataError(
                f"{type(self).__name__}: output neuron {neuron} did not spike in example {example} "
                f"({np.sum(~spiked)} such pairs), so that it has no time; give the loss the length of a trial, trial_ms"
            )
        end = np.nan if self.trial_ms is None else self.trial_ms
        return labels, np.where(spiked, -minus_times, end), spiked

    def missing_labels(self, labels: np.ndarray, spiked: np.ndarray) -> np.ndarray:
        """The examples in which the neuron of the label did not spike.

        Raises:
            TrainingError: there are some, and `missing_label` is "error".
        """
        missing = np.flatnonzero(~spiked[np.arange(len(labels)), labels])
        if missing.size and self.missing_label == ERROR:
            raise TrainingError(
                f"{type(self).__name__}: output neuron {labels[missing[0]]}, the label of example {missing[0]} of the "
                f"batch, did not spike ({missing.size} such examples); raise the weights to it, or choose another "
                'missing_label than "error"'
            )
        return missing if self.missing_label == BUMP else missing[:0]

    @abstractmethod
    def phantom_slope(self, labels: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Derivative of each example's loss with respect to the time t_y of a spike that is missing, at its end.

        Args:
            labels: shape (examples,).
            times: of all neurons [ms], shape (examples, neurons).
        """
