"""Evaluation of validation data after each epoch of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

import numpy as np

from ..callbacks import BatchProgressBar, CallbackList
from ..population import Population
from .evaluation_network import Data
from .examples import batches
from .history import LossMean, results
from .trial_network import CompiledTrialNetwork


@final
class Validation:
    """Runs the validation data forward after each epoch.

    Args:
        network: the network that is trained.
        data: examples and targets.
        metrics: metrics by output.
        outputs: output populations by output as the user named it.
        loss: value of the loss of a population, of targets and readouts.
        callbacks: by default a progress bar.
    """

    def __init__(
        self,
        network: CompiledTrialNetwork,
        data: Data,
        metrics: Mapping[Any, Any],
        outputs: Mapping[Any, Population],
        loss: Callable[[Population, Any, np.ndarray], float],
        callbacks: Iterable[Any] | None,
    ) -> None:
        self._network = network
        self._x, self._y = data
        self._outputs = outputs
        self._loss = loss
        self.metrics = metrics
        num_batches = -(-len(next(iter(self._x.values()))) // network.batch_size)
        chosen = [BatchProgressBar()] if callbacks is None else callbacks
        self.callbacks = CallbackList(chosen, compiled_network=network, num_batches=num_batches)

    def run(self, epoch: int) -> tuple[dict[Any, float], dict[Any, Any]]:
        """Losses and metrics by output, with the present weights."""
        for metric in self.metrics.values():
            metric.reset()
        losses = LossMean(epoch)
        self.callbacks.call("on_epoch_begin", epoch)
        targets = batches(self._y, self._network.batch_size)
        inputs = batches(self._x, self._network.batch_size)
        for result in self._network.run_batches(inputs, tuple(self._outputs.values()), self.callbacks):
            y = next(targets)
            for output, population in self._outputs.items():
                readout = result.readouts[population]
                self.metrics[output].update(y[output], readout, self._network.communicator)
                losses.add(output, self._loss(population, y[output], readout), len(readout), result.index)
            self.callbacks.call("on_batch_end", result.index, self.metrics)
        self.callbacks.call("on_epoch_end", epoch, self.metrics)
        return losses.means, results(self.metrics)
