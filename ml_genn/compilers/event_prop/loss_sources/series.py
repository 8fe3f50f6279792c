"""Losses of output voltages in each timestep: V(n) is kept, and what takes its place is dL/dV(n)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....losses import MeanSquareError, PerTimestepCrossentropy
from ....model import ExtraGlobalParam, NeuronModel
from ....readouts import (
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    MaxVar,
    Readout,
    SumVar,
    Var,
)
from ....runtime.output import SERIES
from ..adjoint import LossSource
from .registry import LOSS_SOURCES, READOUT_GRADIENTS

PLACE = "(((({step}) * num_batch) + batch) * num_neurons) + id"
"""The index of the number of a timestep, for this example and neuron."""


@LOSS_SOURCES.add(MeanSquareError, Var)
@LOSS_SOURCES.add(PerTimestepCrossentropy, AvgVar)
@LOSS_SOURCES.add(PerTimestepCrossentropy, AvgVarExpWeight)
@LOSS_SOURCES.add(PerTimestepCrossentropy, AvgVarInputWeight)
@LOSS_SOURCES.add(PerTimestepCrossentropy, AvgVarLinWeight)
@LOSS_SOURCES.add(PerTimestepCrossentropy, AvgVarSigmoidWeight)
@LOSS_SOURCES.add(PerTimestepCrossentropy, MaxVar)
@LOSS_SOURCES.add(PerTimestepCrossentropy, SumVar)
@LOSS_SOURCES.add(PerTimestepCrossentropy, Var)
def series(readout: Readout, timesteps: int, dt: float) -> LossSource:
    """The derivative is added as it is, timestep by timestep; the readout only says what is predicted."""
    now = PLACE.format(step="(int)((t / dt) + 0.5)")
    return LossSource(
        forward=f"{SERIES}[{now}] = V;",
        backward=f"LambdaV += {SERIES}[{PLACE.format(step='Step')}];",
        ahead=f"{SERIES}[{PLACE.format(step='max(Step - 1, 0)')}]",
        keeps_series=True,
    )


def with_series(model: NeuronModel, timesteps: int, batch_size: int, num_neurons: int) -> NeuronModel:
    """A copy of the model of an output with room for a number in each timestep."""
    return model.with_extra_global_param(
        ExtraGlobalParam(SERIES, np.zeros(timesteps * batch_size * num_neurons, np.float32))
    )


@READOUT_GRADIENTS.add(MeanSquareError)
def mean_square_error(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """dL/dV_j(n) = (V_j(n) - y_j(n)) / (timesteps * examples)."""
    difference: np.ndarray = y_pred - loss.checked_target(y_true, y_pred)
    return np.asarray(difference / (y_pred.shape[0] * y_pred.shape[1]))


@READOUT_GRADIENTS.add(PerTimestepCrossentropy)
def per_timestep_crossentropy(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """dL/dV_j(n) = (p_j(n) - 1[j = y]) / (timesteps * examples)."""
    labels, logarithms = loss.log_probabilities(y_true, y_pred)
    gradient = np.exp(logarithms)
    gradient[np.arange(len(labels)), :, labels] -= 1.0
    return np.asarray(gradient.reshape(y_pred.shape) / (y_pred.shape[0] * y_pred.shape[1]))
