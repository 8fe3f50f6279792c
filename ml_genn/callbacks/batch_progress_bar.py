"""Progress bar over batches."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .callback import Callback

_SHOWN = 4  # values of a metric that has one for each output
_LARGE = 1e6  # where digits after the point say nothing


@final
class BatchProgressBar(Callback):
    """Shows on stderr the batches done, the metrics, and in training the loss; of several ranks on the first one."""

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._num_batches = kwargs.get("num_batches")
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._network = compiled_network if "num_epochs" in kwargs else None
        self._validates = kwargs.get("in_training", False)
        communicator = getattr(compiled_network, "communicator", None)
        self._is_shown = communicator is None or communicator.rank == 0

    def on_test_begin(self) -> None:
        if not self._validates:  # there a bar begins with each epoch
            self._start("")

    def on_epoch_begin(self, epoch: int) -> None:
        self.close()
        self._start(f"{'Validation' if self._validates else 'Epoch'} {epoch}")

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=batch + 1, metrics=self._text(metrics))

    def on_test_end(self, metrics: dict[Any, Any]) -> None:
        self.close()

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        self.close()

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _text(self, metrics: dict[Any, Any]) -> str:
        losses: dict[Any, float] = getattr(self._network, "losses_so_far", {})
        return ", ".join(filter(None, (*(f"loss: {_number(value)}" for value in losses.values()), describe(metrics))))

    def _start(self, title: str) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[metrics]}"),
        )
        if not self._is_shown:
            return
        # each bar has a console of its own, because rich allows one live display per console
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(title, total=self._num_batches, metrics="")
        self._progress.start()


def describe(metrics: dict[Any, Any]) -> str:
    """Names and values, as "SparseCategoricalAccuracy: 0.9321"."""
    known = ((type(metric).__name__, metric.result) for metric in metrics.values())
    return ", ".join(f"{name}: {_text(result)}" for name, result in known if result is not None)


def _text(result: Any) -> str:
    values = [_number(value) for value in np.ravel(result)[: _SHOWN + 1]]
    return " ".join([*values[:_SHOWN], "..."] if len(values) > _SHOWN else values)


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < _LARGE else f"{value:.4g}"
