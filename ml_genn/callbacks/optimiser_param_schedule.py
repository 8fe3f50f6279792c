"""Changing a parameter of the optimisers from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, final

from .callback import Callback
from .trained import find_optimisers


@final
class OptimiserParamSchedule(Callback):
    """Before each epoch, sets a parameter of every optimiser to func(epoch, its present value).

    The network lists them as `optimisers`.

    Args:
        param_name: name of the parameter, as "alpha".
        func: what the parameter becomes.
    """

    def __init__(self, param_name: str, func: Callable[[int, float], float]) -> None:
        self.param_name = param_name
        self.func = func

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._optimisers = find_optimisers(self, compiled_network, self.param_name)
        self._last: int | None = None

    def on_epoch_begin(self, epoch: int) -> None:
        if epoch == self._last:  # of a training that goes on within an epoch
            return
        self._last = epoch
        for optimiser in self._optimisers:
            setattr(optimiser, self.param_name, self.func(epoch, getattr(optimiser, self.param_name)))

    def state(self) -> Mapping[str, Any]:
        return {} if self._last is None else {"epoch": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._last = int(state["epoch"])
