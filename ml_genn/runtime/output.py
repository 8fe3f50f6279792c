"""Outputs of networks that learn: what a loss sees of them, and how its derivative reaches their neurons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from ..neurons.input import fill_batch
from ..population import Population
from .examples import named

ERROR = "Error"
"""Variable of output neurons: the derivative of the loss with respect to the readout, for each example."""
SERIES = "Series"
"""Array of outputs with losses of series, [timestep][example][neuron]: V, then the derivative with respect to it."""


@final
class Output:
    """An output population's part in training.

    Args:
        population: the population.
        group: the engine's group of it.
        loss: the loss.
        gradient: its derivative with respect to what it sees, a function of targets and of what it sees.
        batch_size: examples per batch.
    """

    def __init__(
        self,
        population: Population,
        group: Any,
        loss: Any,
        gradient: Callable[[Any, np.ndarray], np.ndarray],
        batch_size: int,
    ) -> None:
        self.loss = loss
        self._population = population
        self._shape = population.known_shape
        self._group = group
        self._gradient = gradient
        self._batch_size = batch_size

    def check(self, y_true: Any) -> None:
        """Check the targets of all examples of a training.

        Raises:
            DataError: the population can have no such targets.
        """
        with named(self._population):
            self.loss.check_targets(y_true, self._shape)

    def value(self, y_true: Any, readouts: np.ndarray) -> float:
        """The loss of the batch that ran last.

        Raises:
            DataError: targets do not fit the population.
        """
        with named(self._population):
            return float(self.loss.value(y_true, self._seen(readouts)))

    def send_gradient(self, y_true: Any, readouts: np.ndarray) -> None:
        """Tell the neurons the derivative of the loss of the batch that ran last."""
        gradient = fill_batch(self._gradient(y_true, self._seen(readouts)), self._batch_size, *self._axes())
        if self.loss.reads_series:
            array, values = self._group.extra_global_params[SERIES], gradient.swapaxes(0, 1)
        else:
            array, values = self._group.vars[ERROR], gradient
        array.view[:] = values.reshape(array.view.shape)
        array.push_to_device()

    def series(self) -> np.ndarray:
        """V of the batch that ran last, of shape (batch size, timesteps) + shape of the population."""
        array = self._group.extra_global_params[SERIES]
        array.pull_from_device()
        return np.array(array.view).reshape(-1, self._batch_size, *self._shape).swapaxes(0, 1)

    def _seen(self, readouts: np.ndarray) -> np.ndarray:
        if self.loss.reads_series and not self.loss.targets_series:
            return self.series()[: len(readouts)]
        return readouts

    def _axes(self) -> tuple[Any, ...]:
        if not self.loss.reads_series:
            return (self._shape,)
        size = self._batch_size * int(np.prod(self._shape))
        return self._shape, (self._group.extra_global_params[SERIES].view.size // size,)
