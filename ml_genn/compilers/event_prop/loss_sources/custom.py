"""Losses of users: a value, its derivative, and the readouts that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import numpy as np

from ....errors import DescriptionError
from ....losses import (
    FirstSpikeCrossentropy,
    Loss,
    MeanSquareError,
    PerTimestepCrossentropy,
    SparseCategoricalCrossentropy,
)
from ....readouts import Var
from .registry import LOSS_SOURCES, READOUT_GRADIENTS

Gradient = Callable[[Any, Any, np.ndarray], np.ndarray]


def loss_gradient(loss: type[Loss], readouts: Iterable[type] | None = None) -> Callable[[Gradient], Gradient]:
    """A decorator for the function that gives the derivative of a loss: EventPropCompiler then takes the loss.

    The function gets the loss, the targets and the predictions, as `value` of the loss does, and returns dL/dy_pred in
    the shape of the predictions, for the mean over the examples that `value` is. How predictions depend on what neurons
    do is known already:

    - readouts of voltages: AvgVar and its weighted relatives, SumVar, MaxVar; the default.
    - FirstSpikeTime, which reads minus the time of the first spike [ms], and the lowest number there is where there is
      none. The derivative there is taken as that of a spike that would come as the trial ends; let it be 0 to learn
      nothing from it.
    - the voltage in each timestep, where the loss has `reads_series = True`; the default there is Var and all readouts
      of voltages, which then only say what is predicted. With `targets_series = True` targets are series too: only Var.

    Args:
        loss: the class of losses.
        readouts: classes of readouts that the loss may be used with; None for those above.

    Raises:
        DescriptionError: `loss` is no class of losses, or a readout cannot be used; calling the function, its result
            does not have the shape of the predictions.
    """
    if not (isinstance(loss, type) and issubclass(loss, Loss)):
        raise DescriptionError(f"loss_gradient takes a class derived from Loss, got {loss!r}")
    usual, known = _readouts(loss)
    chosen = usual if readouts is None else tuple(readouts)
    for readout in chosen:
        if readout not in known:
            raise DescriptionError(
                f"{loss.__name__}: no loss of this kind can be learnt from {getattr(readout, '__name__', readout)}; "
                f"one can from {', '.join(cls.__name__ for cls in known)}"
            )

    def register(gradient: Gradient) -> Gradient:
        READOUT_GRADIENTS.add(loss)(_checked(gradient))
        for readout in chosen:
            LOSS_SOURCES.add(loss, readout)(LOSS_SOURCES[known[readout], readout])
        return gradient

    return register


def _readouts(loss: type[Loss]) -> tuple[tuple[type, ...], dict[type, type]]:
    """The readouts that a loss usually takes, and of all that it can take a loss that reads them in the same way."""
    if loss.targets_series:
        return (Var,), {Var: MeanSquareError}
    if loss.reads_series:
        series = _of(PerTimestepCrossentropy)
        return tuple(series), series
    voltages = _of(SparseCategoricalCrossentropy)
    return tuple(voltages), voltages | _of(FirstSpikeCrossentropy)


def _of(loss: type[Loss]) -> dict[type, type]:
    return {readout: loss for known, readout in LOSS_SOURCES if known is loss}


def _checked(gradient: Gradient) -> Gradient:
    @wraps(gradient)
    def call(loss: Any, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
        found = np.asarray(gradient(loss, y_true, y_pred))
        if found.shape != y_pred.shape:
            raise DescriptionError(
                f"{gradient.__name__}: the derivative of {type(loss).__name__} must have the shape of the predictions, "
                f"{y_pred.shape}, got {found.shape}"
            )
        return found

    return call
