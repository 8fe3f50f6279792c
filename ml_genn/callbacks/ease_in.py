"""Starting to learn slowly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from ..values import Value
from .callback import Callback
from .trained import find_optimisers


@final
class EaseIn(Callback):
    """Learns batch n = 0, 1, ... with min(1, start growth^n) times the learning rate.

    The optimiser has the smaller value while a batch is learnt, and its own between batches, so that schedules go
    together.

    Args:
        start: the first factor.
        growth: how much larger the factor is from batch to batch.
        param_name: name of the parameter, as "alpha".

    Source: Nowotny, Turner, Knight 2025, "Loss shaping enhances exact gradient learning with Eventprop in spiking
    neural networks".
    """

    start = Value(constant=True, low=0, low_open=True, high=1)
    growth = Value(constant=True, low=1, low_open=True, finite=True)

    def __init__(self, start: float = 1e-3, growth: float = 1.05, param_name: str = "alpha") -> None:
        self.start = start
        self.growth = growth
        self.param_name = param_name

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._optimisers = find_optimisers(self, compiled_network, self.param_name)
        self._own: list[float] | None = None
        self.restart()

    def restart(self) -> None:
        """Begin again with the first factor."""
        self._factor = float(self.start)

    def on_batch_begin(self, batch: int) -> None:
        if self._own is not None or self._factor >= 1.0:  # a batch that runs again begins twice
            return
        self._own = [getattr(optimiser, self.param_name) for optimiser in self._optimisers]
        for optimiser, value in zip(self._optimisers, self._own, strict=True):
            setattr(optimiser, self.param_name, self._factor * value)

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self.close()
        self._factor = min(1.0, self._factor * self.growth)

    def close(self) -> None:
        if self._own is not None:
            for optimiser, value in zip(self._optimisers, self._own, strict=True):
                setattr(optimiser, self.param_name, value)
            self._own = None

    def state(self) -> Mapping[str, Any]:
        return {"factor": self._factor}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._factor = float(state["factor"])
