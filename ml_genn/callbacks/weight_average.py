"""Averaging what is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..values import Value
from .callback import Callback
from .trained import check_trained

_VALUE = "value "


@final
class WeightAverage(Callback):
    """Averages all that is learnt over batches, and puts the average in its place when training ends.

    After the n-th batch that counts, with x what is learnt:  average <- average + max(1 - decay, 1 / n) (x - average),
    the mean of all x until there are 1 / (1 - decay) of them, after which earlier ones are forgotten.

    Single batches move weights to and fro by the learning rate; the average stays where they come back to. Until
    training ends, batches, validation and checkpoints have what was learnt itself; what was learnt in the best epoch,
    which EarlyStopping puts back, takes the place of the average if EarlyStopping comes later in the list.

    Args:
        decay: what is left of the average when the next x joins; 1 for the mean of all x.
        batch_interval: batches from one x to the next.

    Source: Polyak, Juditsky 1992, "Acceleration of stochastic approximation by averaging".
    """

    decay = Value(constant=True, low=0, high=1)
    batch_interval = Value(whole=True, low=1)

    def __init__(self, decay: float = 0.999, batch_interval: int = 1) -> None:
        self.decay = decay
        self.batch_interval = batch_interval

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._batches = 0
        self._average: dict[str, np.ndarray] = {}

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self._batches += 1
        if self._batches % self.batch_interval:
            return
        values = self._network.learnt_values()
        if not self._average:
            self._average = {name: numbers.astype(np.float64) for name, numbers in values.items()}
        share = max(1.0 - self.decay, self.batch_interval / self._batches)
        for name, average in self._average.items():
            average += share * (values[name] - average)

    def on_train_end(self, metrics: dict[Any, Any]) -> None:
        if self._average:
            self._network.put_learnt_values({name: average.copy() for name, average in self._average.items()})

    def state(self) -> Mapping[str, Any]:
        return {"batches": self._batches, **{f"{_VALUE}{name}": numbers for name, numbers in self._average.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._batches = int(state["batches"])
        self._average = {
            name.removeprefix(_VALUE): np.array(numbers) for name, numbers in state.items() if name.startswith(_VALUE)
        }
