"""Propagation: runs the code of each synapse of each spike and adds what it says to the target.

    for example: for pre in spikes, ascending: for (post, synapse) of pre, ascending: code -> target[example][post]

The additions happen in exactly this order; only the code before them runs for many synapses at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Propagation
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import Action, run_code
from ml_genn.engines.embedded.reference.lanes import Indices, Space, Values
from ml_genn.engines.embedded.reference.spikes import spikes
from ml_genn.engines.embedded.reference.synapses import synapse_table

LANES_AT_ONCE = 1 << 20
"""Bounds memory: spikes are taken in runs whose synapses do not exceed this number (or one by one)."""


@final
class PropagationKernel:
    """One propagation of a loaded model."""

    def __init__(self, propagation: Propagation, surroundings: Surroundings) -> None:
        self.propagation = propagation
        self.surroundings = surroundings
        self.synapses = synapse_table(propagation, surroundings.storage)

    def run(self) -> None:
        """One step."""
        example, pre = spikes(self.propagation.queue, 1 + self.propagation.delay, self.surroundings)
        for part in self._parts(pre):
            self._deliver(example[part], pre[part])

    def _parts(self, pre: Indices) -> Iterator[slice]:
        """Runs of spikes that fit the bound on lanes."""
        lengths = self.synapses.lengths(pre)
        begin = total = 0
        for end, length in enumerate(lengths):
            if total + length > LANES_AT_ONCE and total > 0:
                yield slice(begin, end)
                begin, total = end, 0
            total += length
        if total > 0:
            yield slice(begin, pre.size)

    def _deliver(self, example: Indices, pre: Indices) -> None:
        propagation = self.propagation
        synapses = self.synapses.of(pre)
        space = Space(
            size=synapses.post.size,
            example=example[synapses.spike],
            axes={Axis.PRE: pre[synapses.spike], Axis.POST: synapses.post, Axis.SYNAPSE: synapses.index},
            element=synapses.element,
            batched=True,
        )
        counts = {Builtin.NUM_PRE: propagation.num_pre, Builtin.NUM_POST: propagation.num_post}
        frame = Frame(self.surroundings, space, self.surroundings.clock.ring, counts)
        contributions = Contributions()
        run_code(propagation.code, frame, propagation.stream, contributions.actions)
        frame.store()
        target = self.surroundings.storage[propagation.target.name][0]
        contributions.apply(target, space)


@final
class Contributions:
    """What the lanes want added to the target, or the target raised to; remembered, then done lane by lane."""

    def __init__(self) -> None:
        self.lanes: list[Indices] = []
        self.values: list[NDArray[Any]] = []
        self.operations: list[NDArray[np.intp]] = []

    @property
    def actions(self) -> Mapping[str, Action]:
        """`addToPost(x)` and `maxToPost(x)`."""
        return {"addToPost": self._action(0), "maxToPost": self._action(1)}

    def _action(self, operation: int) -> Action:
        def remember(lanes: Indices, arguments: tuple[Values, ...]) -> None:
            self.lanes.append(lanes)
            self.values.append(np.broadcast_to(arguments[0], lanes.shape))
            self.operations.append(np.full(lanes.size, operation))

        return remember

    def apply(self, target: NDArray[Any], space: Space) -> None:
        """Changes target [batch][post] in ascending order of the lanes, and in each as its code called."""
        if not self.lanes:
            return
        lanes, values = np.concatenate(self.lanes), np.concatenate(self.values)
        operations = np.concatenate(self.operations)
        order = np.argsort(lanes, kind="stable")
        place = space.example[lanes] * target.shape[1] + space.axes[Axis.POST][lanes]
        changes = np.flatnonzero(np.diff(operations[order])) + 1
        for part in np.split(order, changes):
            if part.size:
                _OPERATIONS[operations[part[0]]].at(target.reshape(-1), place[part], values[part])


_OPERATIONS = (np.add, np.fmax)
