"""Losses and metrics of examples that are not learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

import numpy as np

from ..callbacks import BatchProgressBar, CallbackList
from ..population import Population
from .examples import Data, batches, timesteps_of_batches
from .history import LossMean, results
from .trial_network import CompiledTrialNetwork


@final
class Validation:
    """Runs validation data forward: once, or after each epoch of a training.

    Callbacks are told by `on_test_begin` and `on_test_end` where it all begins and ends, and by the hooks of epochs
    where the data run after an epoch.

    Args:
        network: the network that is trained.
        data: examples and targets.
        metrics: metrics by output.
        outputs: output populations by output as the user named it.
        loss: value of the loss of a population, of targets and readouts.
        callbacks: by default a progress bar.
        in_training: whether the data run after each epoch of a training.
    """

    def __init__(
        self,
        network: CompiledTrialNetwork,
        data: Data,
        metrics: Mapping[Any, Any],
        outputs: Mapping[Any, Population],
        loss: Callable[[Population, Any, np.ndarray], float],
        callbacks: Iterable[Any] | None,
        *,
        in_training: bool,
    ) -> None:
        self._network = network
        self._data = data
        self._outputs = outputs
        self._loss = loss
        self.metrics = metrics
        num_batches = -(-data.num_examples // network.batch_size)
        chosen = [BatchProgressBar()] if callbacks is None else callbacks
        self.callbacks = CallbackList(
            chosen, compiled_network=network, num_batches=num_batches, in_training=in_training
        )

    def begin(self) -> None:
        """Before the first run."""
        self.callbacks.call("on_test_begin")

    def end(self) -> None:
        """After the last run."""
        self.callbacks.call("on_test_end", self.metrics)

    def run_after(self, epoch: int) -> tuple[dict[Any, float], dict[Any, Any]]:
        """Losses and results of metrics by output, with the weights at the end of an epoch."""
        self.callbacks.call("on_epoch_begin", epoch)
        losses = self.run(epoch)
        self.callbacks.call("on_epoch_end", epoch, self.metrics)
        return losses, results(self.metrics)

    def run(self, epoch: int | None = None) -> dict[Any, float]:
        """Losses by output, with the present weights; `metrics` has the metrics.

        Args:
            epoch: number of the epoch, for messages.

        Raises:
            TrainingError: a loss is not finite.
        """
        for metric in self.metrics.values():
            metric.reset()
        losses = LossMean(epoch, "validation ")
        size = self._network.batch_size
        inputs, targets = batches(self._data.x, size), batches(self._data.y, size)
        lengths = timesteps_of_batches(self._data.timesteps, size)
        for result in self._network.run_batches(inputs, tuple(self._outputs.values()), self.callbacks, lengths):
            y = next(targets)
            for output, population in self._outputs.items():
                readout = result.readouts[population]
                scored = self._network.scored(population, y[output], readout)
                self.metrics[output].update(*scored, self._network.communicator)
                losses.add(output, self._loss(population, y[output], readout), len(readout), result.index)
            self.callbacks.call("on_batch_end", result.index, self.metrics)
        return losses.means
