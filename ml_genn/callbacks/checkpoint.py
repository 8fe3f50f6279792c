"""Writing checkpoints during training."""

from __future__ import annotations

import warnings
from typing import Any, final

from ..registry import SERIALISERS
from ..values import Value
from .callback import Callback


@final
class Checkpoint(Callback):
    """Writes weights, delays and neuron parameters after every `epoch_interval`-th epoch, under the keys (epoch,).

    `network.load((epoch,), serialiser)` puts them back. What optimisers and callbacks remember, and the counters of
    random numbers, are written besides, so that `compiled.resume(serialiser)` goes on as if nothing had happened.

    Args:
        serialiser: where to, a Serialiser or the name of one; "numpy" writes to the present folder.
        epoch_interval: epochs from one checkpoint to the next; those whose number it divides are written.
        batch_interval: write what it takes to go on after every so many batches of an epoch, too; None for not.
    """

    epoch_interval = Value(whole=True, low=1)
    batch_interval = Value(whole=True, low=1, optional=True)
    runs_last = True

    def __init__(self, serialiser: Any = "numpy", epoch_interval: int = 1, batch_interval: int | None = None) -> None:
        self.serialiser = SERIALISERS.require(serialiser)
        self.epoch_interval = epoch_interval
        self.batch_interval = batch_interval

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network
        if "num_epochs" not in kwargs:
            warnings.warn(
                "the Checkpoint callback writes nothing here: checkpoints are written after the epochs of a training",
                stacklevel=2,
            )

    def on_epoch_begin(self, epoch: int) -> None:
        self._epoch = epoch

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        if self.batch_interval is not None and (batch + 1) % self.batch_interval == 0:
            self._network.save_training(self._epoch, self.serialiser)

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        if epoch % self.epoch_interval == 0:
            self._network.save((epoch,), self.serialiser)
            self._network.save_training(epoch, self.serialiser)
