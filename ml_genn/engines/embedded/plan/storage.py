"""The memory of a loaded model, and the protocol of whoever runs a plan on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, final

import numpy as np

from ml_genn.engines.embedded.plan.plan import (
    Array,
    Clock,
    NeuronUpdate,
    Plan,
    PostPropagation,
    Propagation,
    SynapseDynamics,
)

Storage = dict[str, np.ndarray]
"""Array name -> numpy array of `Array.shape(batch_size)`; never replaced while a model is loaded, only written."""


_ALIGNMENT = 64  # bytes of a cache line: vectors that straddle two of them load at a third of the speed


def allocate(plan: Plan) -> Storage:
    """Zeroed arrays for all of `plan.arrays`, each starting on a cache line."""
    return {array.name: _allocated(array, plan.batch_size) for array in plan.arrays}


def _allocated(array: Array, batch_size: int) -> np.ndarray:
    slots, copies, elements = array.shape(batch_size)
    if array.by_example:
        return _zeros((copies, slots, elements), array.type.dtype).swapaxes(0, 1)
    return _zeros((slots, copies, elements), array.type.dtype)


def _zeros(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> np.ndarray:
    size = math.prod(shape) * dtype.itemsize
    room = np.zeros(size + _ALIGNMENT, np.uint8)
    first = -room.ctypes.data % _ALIGNMENT
    return room[first : first + size].view(dtype).reshape(shape)


TIMED: Final[Mapping[type, str]] = {
    NeuronUpdate: "neuron_update",
    Propagation: "presynaptic_update",
    PostPropagation: "postsynaptic_update",
    SynapseDynamics: "synapse_dynamics",
}
"""Kinds of kernels whose time is measured."""


@final
@dataclass(frozen=True, eq=False)
class VariableCopy:
    """What step n left in `places` of an array, for each example, goes to `rows`[n % timesteps], n being Clock.ring.

    `rows`: [timesteps][batch, or 1 where the array is not batched][places], of the array's type; `places` int64.
    """

    array: Array
    places: np.ndarray
    rows: np.ndarray


class Executable(Protocol):
    """A plan bound to its storage, ready to run: what `reference` and `cpu` each provide."""

    def run(self, clock: Clock, steps: int) -> None:
        """Runs `steps` steps and advances `clock.timestep` and `clock.ring` by as many.

        Ctrl-C stops between two steps, leaves the clock at the last step done and raises KeyboardInterrupt.
        """

    def custom_update(self, group: str, clock: Clock) -> None:
        """Runs the custom updates of one group, in the order of the plan."""

    def record(self, copies: Sequence[VariableCopy]) -> None:
        """From now on makes these copies, and no others, after each step."""

    def measure(self) -> Mapping[str, float]:
        """From now on measures kernels; seconds so far by kind (`TIMED`), of all threads together."""

    def close(self) -> None:
        """Gives back threads and libraries; the storage stays."""
