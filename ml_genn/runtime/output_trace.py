"""Reads an output while a trial runs, so that one run tells the accuracy after 1, 2, 4 ... timesteps."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count, takewhile
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ..callbacks import Callback
from ..population import Population


@final
class OutputTrace(Callback):
    """Records the class that an output chooses after some of the timesteps.

    Data: {number of timesteps: classes (examples,)}.

    Args:
        population: an output population with a readout.
        timesteps: after how many timesteps to look.
        depth: timesteps that the population starts later than the inputs; they do not count.
        key: key of the data in what the run returns.
    """

    def __init__(
        self, population: Population, timesteps: Collection[int], depth: int = 0, key: str = "output_trace"
    ) -> None:
        self.population = population
        self.depth = depth
        self.end_timesteps: frozenset[int] = frozenset(steps + depth for steps in timesteps)
        self.key = key

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network
        self._classes: dict[int, list[NDArray[np.int64]]] = {
            steps - self.depth: [] for steps in sorted(self.end_timesteps)
        }

    def on_timestep_end(self, timestep: int) -> None:
        if timestep + 1 in self.end_timesteps:
            values = self._network.get_readout(self.population)[: self._network.num_examples]
            self._classes[timestep + 1 - self.depth].append(chosen_classes(values))

    def get_data(self) -> tuple[str, dict[int, NDArray[np.int64]]]:
        return self.key, {steps: np.concatenate(parts) for steps, parts in self._classes.items() if parts}


def chosen_classes(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """The class of the largest output of each example, the first one where several are equal.

    A single output is the logit of class 1: the class is 1 where it is above 0, else 0.
    """
    flat = values.reshape(len(values), -1)
    return np.asarray(flat[:, 0] > 0 if flat.shape[1] == 1 else flat.argmax(axis=1), np.int64)


def classes_told_apart(outputs: int) -> int:
    """The classes that so many outputs choose from: a single one tells two classes apart."""
    return 2 if outputs == 1 else outputs


def powers_of_two(timesteps: int) -> tuple[int, ...]:
    """1, 2, 4, 8 ... and `timesteps`: after how many to look where one run shall tell how an answer forms."""
    return (*takewhile(lambda power: power < timesteps, (2**exponent for exponent in count())), timesteps)
