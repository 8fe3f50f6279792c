"""What dense rows add to their own neurons, added up in lanes: see plan/arithmetic.py."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.arithmetic import LANE_BYTES
from ml_genn.engines.embedded.reference.interpreter import Action
from ml_genn.engines.embedded.reference.lanes import Indices, Values


def lane_sums(values: NDArray[Any]) -> NDArray[Any]:
    """The sum of each row of `values` (rows, targets)."""
    rows, targets = values.shape
    lanes = LANE_BYTES // values.dtype.itemsize
    sums = np.full((rows, lanes), -0.0, values.dtype)
    for first in range(0, targets, lanes):
        part = values[:, first : first + lanes]
        sums[:, : part.shape[1]] += part
    while lanes > 1:
        lanes //= 2
        sums = sums[:, :lanes] + sums[:, lanes:]
    return sums[:, 0]


@final
class RowContributions:
    """What the lanes want to add to one target, `row` lanes after each other to the same element."""

    def __init__(self, numbers: NDArray[Any], places: Indices, row: int) -> None:
        self._numbers, self._places, self._row = numbers, places, row
        self._values: list[NDArray[Any]] = []

    def action(self, _: np.ufunc) -> Action:
        """The action that adds its first argument; all lanes call it."""

        def remember(lanes: Indices, arguments: tuple[Values, ...]) -> None:
            self._values.append(np.broadcast_to(arguments[0], lanes.shape))

        return remember

    def apply(self) -> None:
        """Adds the sums of all rows."""
        for values in self._values:
            sums = lane_sums(values.reshape(-1, self._row))
            np.add.at(self._numbers.reshape(-1), self._places[:: self._row], sums)
