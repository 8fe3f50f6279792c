"""Trials of different lengths in one batch: the neurons of an example stop after as many timesteps as it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, final

import numpy as np

from ..errors import DataError

TIMESTEPS = "TrialTimesteps"
"""Variable of neurons of such networks: how many timesteps the trial of the example has."""


@final
class TrialLengths:
    """How many timesteps the trial of each example of a batch has.

    Args:
        groups: the engine's groups of neurons with a variable TIMESTEPS.
        numbers: functions of a number of timesteps that give the values of further such variables, by group name.
        batch_size: examples that run at a time.
        longest: timesteps of the longest trial, and of examples of which nothing else is said.
        least: timesteps that every batch runs for, whatever its examples have.

    Attributes:
        timesteps: those of the examples of the present batch; None where all have `longest`.
    """

    def __init__(
        self,
        groups: Mapping[Any, Any],
        numbers: Mapping[Any, Callable[[int], Mapping[str, float]]],
        *,
        batch_size: int,
        longest: int,
        least: int = 1,
    ) -> None:
        self._groups = groups
        self._numbers = numbers
        self._batch_size = batch_size
        self.longest = longest
        self._least = max(1, least)
        self._known: dict[tuple[Any, int], Mapping[str, float]] = {}
        self.timesteps: np.ndarray | None = None
        self.on_load()

    def on_load(self) -> None:
        """Forget what neurons were told: a newly loaded model has `longest` everywhere."""
        self._told = np.full(self._batch_size, self.longest)
        self.timesteps = None

    def begin(self, timesteps: np.ndarray | None) -> int:
        """Tell neurons about the next batch; for how many timesteps it has to run."""
        self.timesteps = timesteps
        wanted = np.full(self._batch_size, self.longest)
        if timesteps is not None:
            wanted[:] = 0  # where the batch holds no example
            wanted[: len(timesteps)] = timesteps
        if not np.array_equal(wanted, self._told):
            self._tell(wanted)
            self._told = wanted
        return max(self._least, int(wanted.max()))

    def checked(self, timesteps: Any, num_examples: int) -> np.ndarray:
        """Numbers of timesteps as an array.

        Raises:
            DataError: they are not one whole number from 0 to `longest` for each example.
        """
        given = np.asarray(timesteps)
        if given.ndim != 1 or given.dtype.kind not in "iu":
            raise DataError(
                f"timesteps must be whole numbers, one per example, got dtype {given.dtype} and shape {given.shape}"
            )
        if len(given) != num_examples:
            raise DataError(f"Number of inputs and timesteps must match, got {num_examples} and {len(given)}")
        wrong = np.flatnonzero((given < 0) | (given > self.longest))
        if wrong.size:
            raise DataError(
                f"timesteps must be from 0 to the {self.longest} that the network was compiled for, example {wrong[0]} "
                f"has {given[wrong[0]]}; cut it, or compile for more"
            )
        return given.astype(np.int64)

    def _tell(self, timesteps: np.ndarray) -> None:
        for key, group in self._groups.items():
            _write(group.vars[TIMESTEPS], timesteps)
            if key in self._numbers:
                found = [self._numbers_of(key, int(count)) for count in timesteps]
                for name in found[0]:
                    _write(group.vars[name], np.array([numbers[name] for numbers in found]))

    def _numbers_of(self, key: Any, timesteps: int) -> Mapping[str, float]:
        if (key, timesteps) not in self._known:
            self._known[key, timesteps] = self._numbers[key](timesteps)
        return self._known[key, timesteps]


def _write(variable: Any, values: np.ndarray) -> None:
    variable.view[:] = values.reshape(variable.view.shape)
    variable.push_to_device()
