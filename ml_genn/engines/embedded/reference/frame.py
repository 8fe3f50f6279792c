"""Frame: the bound names of one kernel run, loaded when first read and stored when the kernel ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Binding,
    Builtin,
    Clock,
    Delayed,
    Element,
    Plan,
    Value,
)
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.lanes import Indices, Space, Values, kept_delay, pick, placed
from ml_genn.errors import InternalCompilerError

ElementKey = tuple[str, Axis, int]

_RUNNING = {
    Builtin.ID: Axis.NEURON,
    Builtin.ID_PRE: Axis.PRE,
    Builtin.ID_POST: Axis.POST,
}


@final
@dataclass(frozen=True)
class Surroundings:
    """What every kernel of a model runs in: its numbers and its clock."""

    storage: Storage
    clock: Clock
    dt: float = 1.0
    seed: int = 0
    batch_size: int = 1

    @classmethod
    def of(cls, plan: Plan, storage: Storage, clock: Clock) -> Surroundings:
        """Those of a loaded plan."""
        return cls(storage, clock, plan.dt, plan.seed, plan.batch_size)


@final
@dataclass
class Frame:
    """Values by name while one kernel runs.

    Codes of one kernel share it: the threshold condition sees what the sim code wrote, before anything is stored.
    `write_slot` is the ring slot that elements are stored to; `counts` holds the built-in sizes; `locals` the
    accumulators and reductions by name; `drawn` [size] counts the draws of each lane, by stream.
    """

    surroundings: Surroundings
    space: Space
    write_slot: int = 0
    counts: Mapping[Builtin, int] = field(default_factory=dict)
    locals: dict[str, Values] = field(default_factory=dict)
    loaded: dict[ElementKey, Values] = field(default_factory=dict)
    written: dict[ElementKey, Element] = field(default_factory=dict)
    drawn: dict[int, NDArray[np.uint32]] = field(default_factory=dict)

    def element(self, bound: Element, lanes: Indices) -> Values:
        """Value of a bound element for the active lanes."""
        key = _key(bound)
        if key not in self.loaded:
            self.loaded[key] = self._load(bound)
        return pick(self.loaded[key], lanes, self.space.size)

    def delayed(self, bound: Delayed, lanes: Indices, steps: Values) -> Values:
        """Value of an element for the active lanes, as it was that many steps before the last one."""
        array = self.surroundings.storage[bound.array.name]
        slot = (self.surroundings.clock.ring - 1 - kept_delay(steps, bound.array.slots)) % bound.array.slots
        example = self.space.example[lanes] if bound.array.batched else 0
        index = 0 if bound.axis is Axis.SHARED else self._axis(bound.axis)[lanes]
        values: Values = array[slot, example, index]
        return values

    def write(self, bound: Element, lanes: Indices, values: Values) -> None:
        """Gives a bound element a new value in the active lanes."""
        key = _key(bound)
        old = self.loaded[key] if key in self.loaded else self._load(bound)
        self.loaded[key] = placed(old, lanes, values, self.space.size)
        self.written[key] = bound

    def local(self, name: str, lanes: Indices) -> Values:
        """Value of an accumulator or reduction for the active lanes."""
        return pick(self.locals[name], lanes, self.space.size)

    def write_local(self, name: str, lanes: Indices, values: Values) -> None:
        """Gives an accumulator or reduction a new value in the active lanes."""
        self.locals[name] = placed(self.locals[name], lanes, values, self.space.size)

    def draws(self, stream: int) -> NDArray[np.uint32]:
        """How many draws each of all lanes has made on a stream; the caller counts on."""
        return self.drawn.setdefault(stream, np.zeros(self.space.size, np.uint32))

    def builtin(self, bound: Value, type_: NumericType, lanes: Indices) -> Values:
        """Value of a name that comes from the running kernel, in the type that the code sees."""
        if bound.builtin in _RUNNING:
            return _as(type_, pick(self._axis(_RUNNING[bound.builtin]), lanes, self.space.size))
        if bound.builtin is Builtin.BATCH:
            return _as(type_, pick(self.space.example, lanes, self.space.size))
        if bound.builtin is Builtin.T:
            with np.errstate(all="ignore"):
                time: Values = np.multiply(
                    _as(type_, self.surroundings.clock.timestep), _as(type_, self.surroundings.dt)
                )
            return time
        constants = {Builtin.NUM_BATCH: self.surroundings.batch_size, Builtin.DT: self.surroundings.dt, **self.counts}
        if bound.builtin not in constants:
            raise InternalCompilerError(f"this kernel has no built-in value '{bound.builtin.value}'")
        return _as(type_, constants[bound.builtin])

    def store(self, everywhere: Iterable[Binding] = ()) -> None:
        """Writes the elements that the codes assigned back.

        Those `everywhere` go to each slot, and to each example where the lanes belong to none.
        """
        copied = {_key(bound) for bound in everywhere if isinstance(bound, Element)}
        for key, bound in self.written.items():
            array = self.surroundings.storage[bound.array.name]
            index = self._index(bound)
            example = self.space.example if bound.array.has_copies else 0
            if key not in copied:
                array[self.write_slot % bound.array.slots, example, index] = self.loaded[key]
            elif self.space.batched:
                array[:, example, index] = self.loaded[key]
            else:
                array[:, :, index] = self.loaded[key]

    def _load(self, bound: Element) -> Values:
        array = self.surroundings.storage[bound.array.name]
        slot = (self.surroundings.clock.ring - bound.delay) % bound.array.slots
        example = self.space.example if bound.array.has_copies else 0
        values: Values = array[slot, example, self._index(bound)]
        return values

    def _index(self, bound: Element) -> Indices | int:
        return 0 if bound.axis is Axis.SHARED else self._axis(bound.axis)

    def _axis(self, axis: Axis) -> Indices:
        if axis not in self.space.axes:
            raise InternalCompilerError(f"this kernel has no running index '{axis.value}'")
        return self.space.axes[axis]


def _key(bound: Element) -> ElementKey:
    return bound.array.name, bound.axis, bound.delay


def _as(type_: NumericType, value: Any) -> Values:
    result: Values = np.asarray(value).astype(type_.dtype)[()]
    return result
