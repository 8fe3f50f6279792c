"""Losses of the times of first spikes: they enter where these spikes are undone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....losses import FirstSpikeCrossentropy, RelativeMeanSquareError
from ....losses.first_spike import FirstSpikeLoss
from ....readouts import FirstSpikeTime
from ..adjoint import LossSource
from .registry import LOSS_SOURCES, READOUT_GRADIENTS


@LOSS_SOURCES.add(FirstSpikeCrossentropy, FirstSpikeTime)
@LOSS_SOURCES.add(RelativeMeanSquareError, FirstSpikeTime)
def first_spike_time(readout: FirstSpikeTime, timesteps: int, dt: float) -> LossSource:
    """z = -t, t the time of the first spike: dL/dt = -dL/dz is a part of Rev, what the time of the spike costs.

    Where the neuron did not spike, Error is minus the derivative with respect to the time of a phantom spike at the end
    of the trial, at which V would rise by 1 per tau_mem = dt / (1 - Alpha), the first order in dt.
    """
    return LossSource(
        at_spike="if (fabs(TFirstSpike + (Step * dt)) < 0.5 * dt) {\n        Rev -= Error;\n    }",
        backward="if (Step == {last} && TFirstSpike < -1.0e38) {\n    LambdaV += Error * dt / (1.0 - Alpha);\n}",
    )


@READOUT_GRADIENTS.add(FirstSpikeCrossentropy)
def first_spike_crossentropy(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """dL/dt_j = (1[j = y] - p_j) / tau_0 + 1[j = y] penalty'(t_y), over the number of examples."""
    labels, times, spiked = loss.times(y_true, y_pred)
    rows = np.arange(len(labels))
    powers = np.exp((times.min(axis=1, keepdims=True) - times) / loss.tau_0)
    slopes = -powers / powers.sum(axis=1, keepdims=True) / loss.tau_0
    slopes[rows, labels] += 1.0 / loss.tau_0 + loss.slope_of_penalty(times[rows, labels])
    return _error(loss, labels, times, spiked, slopes).reshape(y_pred.shape)


@READOUT_GRADIENTS.add(RelativeMeanSquareError)
def relative_mean_square_error(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """dL/dt_j = t_j - t_y - delta for j != y, and minus the sum of these for j = y, over the number of examples."""
    labels, times, spiked = loss.times(y_true, y_pred)
    slopes = loss.errors(labels, times)
    slopes[np.arange(len(labels)), labels] = -slopes.sum(axis=1)
    return _error(loss, labels, times, spiked, slopes).reshape(y_pred.shape)


def _error(
    loss: FirstSpikeLoss, labels: np.ndarray, times: np.ndarray, spiked: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    """dL/dz = -dL/dt where there are spikes, the surrogate where the label's is missing, else 0."""
    found = np.where(spiked, -slopes, 0.0)
    missing = loss.missing_labels(labels, spiked)
    found[missing, labels[missing]] = -loss.bump * loss.phantom_slope(labels, times)[missing]
    return found / len(labels)
