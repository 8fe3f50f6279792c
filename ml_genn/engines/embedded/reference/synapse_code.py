"""Code that runs at synapses: one lane per synapse, and what its calls add to neurons.

The additions happen lane by lane, in ascending order; only the code before them runs for many synapses at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import Array, Axis, Builtin, Code, Sum
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import Action, run_code
from ml_genn.engines.embedded.reference.lane_sums import RowContributions
from ml_genn.engines.embedded.reference.lanes import Indices, Space, Values, kept_delay
from ml_genn.engines.embedded.reference.shards import shard_of


class Target(Protocol):
    """What the lanes want done to one target."""

    def action(self, operation: np.ufunc, /) -> Action:
        """An action that changes the target by `operation`, with its first argument."""

    def apply(self) -> None:
        """Changes the target."""


@final
@dataclass(frozen=True)
class SynapseCode:
    """A code string with what it needs of its kernel: sizes (pre, post) and the arrays that its calls add to.

    `in_lanes`: what dense rows add to their neurons is added up in lanes.
    """

    code: Code
    stream: int
    sizes: tuple[int, int]
    target: Array | None = None
    pre_target: Array | None = None
    delayed_target: Array | None = None
    sums: tuple[Sum, ...] = ()
    in_lanes: bool = False

    def run(self, space: Space, surroundings: Surroundings) -> None:
        """Runs in every lane of a space whose axes are PRE, POST and SYNAPSE."""
        counts = {Builtin.NUM_PRE: self.sizes[0], Builtin.NUM_POST: self.sizes[1]}
        frame = Frame(surroundings, space, surroundings.clock.ring, counts)
        actions: dict[str, Action] = {}
        targets = list(self._targets(space, surroundings))
        for target, operations in targets:
            actions |= {name: target.action(operation) for name, operation in operations.items()}
        run_code(self.code, frame, self.stream, actions)
        frame.store()
        for target, _ in targets:
            target.apply()

    def _targets(self, space: Space, surroundings: Surroundings) -> Iterator[tuple[Target, dict[str, np.ufunc]]]:
        """Each target with the actions that change it."""
        if self.target is not None:
            numbers = surroundings.storage[self.target.name]
            yield Contributions(numbers, _place(numbers, space.example, space.axes[Axis.POST])), _TO_POST
        if self.pre_target is not None:
            yield self._fed(surroundings.storage[self.pre_target.name], space), _TO_PRE
        if self.delayed_target is not None:
            ring = surroundings.storage[self.delayed_target.name].swapaxes(0, 1)  # as it is stored
            places = _later_place(ring, space.example, space.axes[Axis.POST], surroundings.clock.ring)
            yield Contributions(ring, places), _LATER
        for one in self.sums:
            numbers = surroundings.storage[one.array.name]
            shard = shard_of(space.example, surroundings.batch_size)
            yield Contributions(numbers, _place(numbers, shard, space.axes[Axis.SYNAPSE])), {one.action: np.add}

    def _fed(self, numbers: NDArray[Any], space: Space) -> Target:
        """What is added to presynaptic neurons."""
        if self.in_lanes:
            return RowContributions(numbers, space.example * numbers.shape[2] + space.axes[Axis.PRE], self.sizes[1])
        return Contributions(numbers, _place(numbers, space.example, space.axes[Axis.PRE]))


_TO_POST: dict[str, np.ufunc] = {"addToPost": np.add, "maxToPost": np.fmax}
_TO_PRE: dict[str, np.ufunc] = {"addToPre": np.add}
_LATER: dict[str, np.ufunc] = {"addToPostDelay": np.add}

Places = Callable[[Indices, tuple[Values, ...]], Indices]
"""From lanes and the arguments of a call to places in the flat target."""


def _place(numbers: NDArray[Any], copy: Indices, element: Indices) -> Places:
    return lambda lanes, _: copy[lanes] * numbers.shape[2] + element[lanes]


def _later_place(ring: NDArray[Any], example: Indices, neuron: Indices, now: int) -> Places:
    """The slot that is taken as many steps later as the second argument says."""
    _, slots, neurons = ring.shape

    def place(lanes: Indices, arguments: tuple[Values, ...]) -> Indices:
        slot = (now + kept_delay(arguments[1], slots)) % slots
        places: Indices = (example[lanes] * slots + slot) * neurons + neuron[lanes]
        return places

    return place


@final
class Contributions:
    """What the lanes want done to one target; remembered while code runs, then done lane by lane."""

    def __init__(self, numbers: NDArray[Any], places: Places) -> None:
        self.numbers = numbers
        self.find = places
        self.operations: list[np.ufunc] = []
        self.lanes: list[Indices] = []
        self.places: list[Indices] = []
        self.values: list[NDArray[Any]] = []

    def action(self, operation: np.ufunc) -> Action:
        """An action that changes the target by `operation`, with its first argument."""

        def remember(lanes: Indices, arguments: tuple[Values, ...]) -> None:
            self.operations.append(operation)
            self.lanes.append(lanes)
            self.places.append(self.find(lanes, arguments))
            self.values.append(np.broadcast_to(arguments[0], lanes.shape))

        return remember

    def apply(self) -> None:
        """Changes the target in ascending order of the lanes, and in each as its code called."""
        if not self.lanes:
            return
        lanes, places, values = (np.concatenate(parts) for parts in (self.lanes, self.places, self.values))
        kinds = list(dict.fromkeys(self.operations))
        kind = np.repeat([kinds.index(each) for each in self.operations], [part.size for part in self.lanes])
        order = np.argsort(lanes, kind="stable")
        changes = np.flatnonzero(np.diff(kind[order])) + 1
        for part in np.split(order, changes):
            if part.size:
                kinds[kind[part[0]]].at(self.numbers.reshape(-1), places[part], values[part])
