"""Crossentropy of class labels by the times of first spikes."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DescriptionError
from ..values import Value
from .first_spike import BUMP, FirstSpikeLoss

_LONGEST = 80.0
"""The largest power of e that a derivative may have: single precision ends at 88."""


@final
class FirstSpikeCrossentropy(FirstSpikeLoss):
    """-log p_y + late spikes' penalty, averaged over examples: p = softmax(-t / tau_0), t_j the times of first spikes.

    The penalty brings the label's spike forward even where it is first: for trials of length T it is

        alpha / (1.01 T - t_y)              if tau_1 is None,
        alpha (exp(t_y / tau_1) - 1)        otherwise.

    Without it output spikes may drift out of the trial, where no gradient reaches them. Silent neurons count as spiking
    at T; `FirstSpikeLoss` says what a missing label does.

    Args:
        tau_0: by how much earlier a neuron has to spike to be e times as probable [ms].
        alpha: weight of the penalty [ms, or 1 with tau_1].
        tau_1: time constant of the exponential penalty [ms]; None for the other.
        missing_label: "bump", with the derivative of the penalty at T; "none" or "error".
        bump: factor of this derivative.
        trial_ms: length of a trial [ms]; None for that of the compiler.

    Raises:
        DescriptionError: the exponential penalty leaves single precision within a trial.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    tau_0 = Value(unit="ms", constant=True, finite=True, low=0, low_open=True)
    alpha = Value(constant=True, finite=True, low=0)
    tau_1 = Value(unit="ms", constant=True, finite=True, low=0, low_open=True, optional=True)

    def __init__(
        self,
        tau_0: float = 1.0,
        alpha: float = 0.01,
        tau_1: float | None = None,
        *,
        missing_label: str = BUMP,
        bump: float = 1.0,
        trial_ms: float | None = None,
    ) -> None:
        super().__init__(missing_label, bump, trial_ms)
        self.tau_0 = tau_0
        self.alpha = alpha
        self.tau_1 = tau_1
        self._check_length()

    def for_trial(self, trial_ms: float) -> FirstSpikeCrossentropy:
        bound = super().for_trial(trial_ms)
        bound._check_length()
        return bound

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        labels, times, _ = self.times(y_true, y_pred)
        of_label = times[np.arange(len(labels)), labels]
        ahead = (of_label[:, np.newaxis] - times) / self.tau_0
        most = ahead.max(axis=1)
        surprise = most + np.log(np.exp(ahead - most[:, np.newaxis]).sum(axis=1))
        return float(np.mean(surprise + self._penalty(of_label)))

    def slope_of_penalty(self, times: np.ndarray) -> np.ndarray:
        """Derivative of the penalty with respect to the time of the label's spike [ms]."""
        if self.tau_1 is None:
            return np.asarray(self.alpha / (1.01 * self._length() - times) ** 2)
        return np.asarray(self.alpha / self.tau_1 * np.exp(times / self.tau_1))

    def phantom_slope(self, labels: np.ndarray, times: np.ndarray) -> np.ndarray:
        return self.slope_of_penalty(np.full(len(labels), self._length()))

    def _penalty(self, times: np.ndarray) -> np.ndarray:
        if self.tau_1 is None:
            return np.asarray(self.alpha / (1.01 * self._length() - times))
        return np.asarray(self.alpha * np.expm1(times / self.tau_1))

    def _length(self) -> float:
        if self.trial_ms is None:
            raise DescriptionError(
                "FirstSpikeCrossentropy needs the length of a trial where no compiler gives it; pass trial_ms"
            )
        return float(self.trial_ms)

    def _check_length(self) -> None:
        if self.trial_ms is not None and self.tau_1 is not None and self.trial_ms > _LONGEST * self.tau_1:
            raise DescriptionError(
                f"FirstSpikeCrossentropy: exp(t / tau_1) with tau_1={self.tau_1:g} ms is out of range at the end of a "
                f"trial of {self.trial_ms:g} ms; give tau_1={self.trial_ms / _LONGEST:.3g} or more"
            )
