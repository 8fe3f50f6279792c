"""Lowering a parameter of the optimisers from time to time."""

from __future__ import annotations

from typing import Any, final

from ..values import Value
from .callback import Callback
from .trained import find_optimisers


@final
class Decay(Callback):
    """After every `epochs`-th epoch, multiplies a parameter of every optimiser by `factor`, down to `low`.

    Args:
        factor: factor.
        epochs: epochs from one change to the next.
        low: the least value that the parameter is lowered to.
        param_name: name of the parameter, as "alpha".
    """

    factor = Value(constant=True, low=0, high=1)
    epochs = Value(whole=True, low=1)
    low = Value(constant=True, low=0)

    def __init__(self, factor: float = 0.95, epochs: int = 1, low: float = 0.0, param_name: str = "alpha") -> None:
        self.factor = factor
        self.epochs = epochs
        self.low = low
        self.param_name = param_name

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._optimisers = find_optimisers(self, compiled_network, self.param_name)

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        if (epoch + 1) % self.epochs:
            return
        for optimiser in self._optimisers:
            value = getattr(optimiser, self.param_name)
            setattr(optimiser, self.param_name, max(self.factor * value, min(self.low, value)))
