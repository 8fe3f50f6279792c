"""Ending a training that no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..values import Switch, Value
from .callback import Callback
from .monitor import Monitor
from .trained import check_trained

_VALUE = "value "


@final
class EarlyStopping(Callback):
    """Ends training when a number has not become better for `patience` epochs, with what was learnt in its best epoch.

    Args:
        patience: epochs that may pass without a better number.
        monitor: "validation_loss", "validation_metric", "loss" or "metric"; losses are to get less.
        min_change: a number is better where it differs by more than this.
        restore_best: after training, also one that was not ended early, put back what was learnt in the best epoch.
        lower_is_better: the metric is an error.
    """

    patience = Value(whole=True, low=1)
    min_change = Value(constant=True, finite=True, low=0)
    restore_best = Switch()

    def __init__(
        self,
        patience: int = 10,
        monitor: str = "validation_loss",
        min_change: float = 0.0,
        restore_best: bool = True,
        lower_is_better: bool = False,
    ) -> None:
        self.patience = patience
        self.monitor = Monitor(monitor, lower_is_better=lower_is_better, owner="EarlyStopping")
        self.min_change = min_change
        self.restore_best = restore_best

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._best = -np.inf
        self._waited = 0
        self._values: dict[str, np.ndarray] = {}

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        value = self.monitor.value(self._network)
        if value > self._best + self.min_change:
            self._best, self._waited = value, 0
            if self.restore_best:
                self._values = self._network.learnt_values()
            return
        self._waited += 1
        if self._waited >= self.patience:
            self._network.stop_training()

    def on_train_end(self, metrics: dict[Any, Any]) -> None:
        if self._values:
            self._network.put_learnt_values(self._values)

    def state(self) -> Mapping[str, Any]:
        values = {f"{_VALUE}{name}": numbers for name, numbers in self._values.items()}
        return {"best": self._best, "waited": self._waited, **values}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._best, self._waited = float(state["best"]), int(state["waited"])
        self._values = {
            name.removeprefix(_VALUE): numbers for name, numbers in state.items() if name.startswith(_VALUE)
        }
