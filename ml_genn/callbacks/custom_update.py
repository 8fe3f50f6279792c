"""Running custom updates of the engine's model at given moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from .callback import Callback

Filter = Callable[[int], bool]


class CustomUpdate(Callback):
    """Runs the custom updates called `name` when `filter_fn`(index of the batch, epoch or timestep) is true.

    Args:
        name: name of the group of custom updates.
        filter_fn: choice of moments; None for all.
    """

    def __init__(self, name: str, filter_fn: Filter | None = None) -> None:
        self.name = name
        self.filter_fn = filter_fn

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network

    def run(self, index: int) -> None:
        """Run the updates if the filter chooses `index`."""
        if self.filter_fn is None or self.filter_fn(index):
            self._network.custom_update(self.name)


@final
class CustomUpdateOnBatchBegin(CustomUpdate):
    """Runs custom updates before each batch."""

    def on_batch_begin(self, batch: int) -> None:
        self.run(batch)


@final
class CustomUpdateOnBatchEnd(CustomUpdate):
    """Runs custom updates after each batch."""

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self.run(batch)


@final
class CustomUpdateOnEpochBegin(CustomUpdate):
    """Runs custom updates before each epoch."""

    def on_epoch_begin(self, epoch: int) -> None:
        self.run(epoch)


@final
class CustomUpdateOnEpochEnd(CustomUpdate):
    """Runs custom updates after each epoch."""

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        self.run(epoch)


@final
class CustomUpdateOnTimestepBegin(CustomUpdate):
    """Runs custom updates before each timestep."""

    def on_timestep_begin(self, timestep: int) -> None:
        self.run(timestep)


@final
class CustomUpdateOnTimestepEnd(CustomUpdate):
    """Runs custom updates after each timestep."""

    def on_timestep_end(self, timestep: int) -> None:
        self.run(timestep)
