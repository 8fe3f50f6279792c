"""Lowering the learning rate where training no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from ..registry import CALLBACKS
from ..values import Value
from .callback import Callback
from .ease_in import EaseIn
from .monitor import Monitor
from .trained import check_trained, find_optimisers


@final
class EMASchedule(Callback):
    """Multiplies the learning rate by `factor` where a fast average of a metric is no longer above a slow one.

    After each epoch both averages go fast <- a fast + (1 - a) metric, slow <- b slow + (1 - b) metric, from 0 on, of a
    loss from its first value on. Where fast <= slow, `patience` epochs or more since the last change, the learning rate
    changes, and ease-in begins again.

    Args:
        fast, slow: a and b.
        factor: factor of the learning rate.
        patience: least number of epochs from one change to the next.
        monitor: "validation_metric", "metric", "validation_loss" or "loss", of which losses are to get less.
        lower_is_better: the metric is an error.
        ease_in: EaseIn for the start and after each change; None for none.
        param_name: name of the parameter, as "alpha".

    Source: Nowotny, Turner, Knight 2025, "Loss shaping enhances exact gradient learning with Eventprop in spiking
    neural networks".
    """

    fast = Value(constant=True, low=0, high=1, high_open=True)
    slow = Value(constant=True, low=0, high=1, high_open=True)
    factor = Value(constant=True, low=0, low_open=True, high=1)
    patience = Value(whole=True, low=1)

    def __init__(
        self,
        fast: float = 0.8,
        slow: float = 0.85,
        factor: float = 0.5,
        patience: int = 50,
        monitor: str = "validation_metric",
        lower_is_better: bool = False,
        ease_in: EaseIn | None = None,
        param_name: str = "alpha",
    ) -> None:
        self.fast = fast
        self.slow = slow
        self.factor = factor
        self.patience = patience
        self.monitor = Monitor(monitor, lower_is_better=lower_is_better, owner="EMASchedule")
        self.ease_in = ease_in
        self.param_name = param_name

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._optimisers = find_optimisers(self, compiled_network, self.param_name)
        self._averages: tuple[float, float] | None = None
        self._waited = 0
        self._easing: EaseIn | None = CALLBACKS.resolve(self.ease_in)
        if self._easing is not None:
            self._easing.set_params(data, compiled_network, **kwargs)

    def on_batch_begin(self, batch: int) -> None:
        if self._easing is not None:
            self._easing.on_batch_begin(batch)

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        if self._easing is not None:
            self._easing.on_batch_end(batch, metrics)

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        value = self.monitor.value(self._network)
        fast, slow = self._averages or (min(value, 0.0), min(value, 0.0))
        fast, slow = self.fast * fast + (1.0 - self.fast) * value, self.slow * slow + (1.0 - self.slow) * value
        self._averages = fast, slow
        self._waited += 1
        if fast > slow or self._waited < self.patience:
            return
        self._waited = 0
        for optimiser in self._optimisers:
            setattr(optimiser, self.param_name, self.factor * getattr(optimiser, self.param_name))
        if self._easing is not None:
            self._easing.restart()

    def close(self) -> None:
        if self._easing is not None:
            self._easing.close()

    def state(self) -> Mapping[str, Any]:
        averages = {} if self._averages is None else {"averages": self._averages}
        return {"waited": self._waited, **averages, **({} if self._easing is None else self._easing.state())}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._waited = int(state["waited"])
        if "averages" in state:
            fast, slow = state["averages"]
            self._averages = float(fast), float(slow)
        if self._easing is not None and "factor" in state:
            self._easing.restore(state)
