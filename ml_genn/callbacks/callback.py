"""Base class of callbacks: every moment of a run that a callback may hook into."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


class Callback:
    """Called back while a network runs; override the hooks you need.

    A callback whose later calls depend on earlier ones says in `state` what a training that goes on from a checkpoint
    has to know, and takes it back in `restore`. `runs_last` is for those that look at what all others have done.

    Overriding a timestep hook makes the network advance one timestep per engine call, unless `end_timesteps` says after
    which numbers of timesteps since the trial began `on_timestep_end` is needed.
    """

    end_timesteps: Collection[int] | None = None
    runs_last = False

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        """Before a run.

        Args:
            data: a dictionary that all callbacks of the run share.
            compiled_network: the network that runs, see RunningNetwork.
            kwargs: `num_batches`, None where it is not known, and in training `num_epochs`.
        """

    def set_first(self) -> None:
        """After `set_params`, on the first callback of each class in a list."""

    def on_test_begin(self) -> None:
        """Before the first batch of an evaluation."""

    def on_test_end(self, metrics: dict[Any, Any]) -> None:
        """After the last batch of an evaluation."""

    def on_train_begin(self) -> None:
        """Before the first epoch of a training."""

    def on_train_end(self, metrics: dict[Any, Any]) -> None:
        """After the last epoch of a training."""

    def on_epoch_begin(self, epoch: int) -> None:
        """Before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        """After the last batch of an epoch."""

    def on_batch_begin(self, batch: int) -> None:
        """Before a batch enters the network."""

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        """After the result of a batch is known."""

    def on_timestep_begin(self, timestep: int) -> None:
        """Before a timestep."""

    def on_timestep_end(self, timestep: int) -> None:
        """After a timestep."""

    def close(self) -> None:
        """At the end of a run, also where it failed."""

    def get_data(self) -> tuple[Any, Any] | None:
        """The key and the data that the run shall return; None for no data."""
        return None

    def state(self) -> Mapping[str, Any]:
        """Numbers and arrays of numbers that the next calls depend on, by name."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, as arrays; after `set_params`."""
