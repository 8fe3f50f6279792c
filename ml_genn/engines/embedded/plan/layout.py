"""Memory layout: every array of a model, its initial values, and where each named variable lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, final

import numpy as np

from ml_genn.engines.embedded.language.errors import nearest
from ml_genn.engines.embedded.language.types import UINT32, NumericType, Precision
from ml_genn.engines.embedded.plan.description import Address, Model
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Code,
    ConstantInitial,
    Element,
    Initial,
    SpikeQueue,
)
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.plan.streams import Streams
from ml_genn.errors import DescriptionError, UnsupportedError

MOST_DELAYED = 2**31
"""Numbers in the rings of one example: places in them have 32 bits."""


@final
@dataclass(frozen=True)
class Elements:
    """The neurons or synapses that a group's variables have one value for.

    `positions` finds the place in the array of the k-th value that a user lists (None: in order, without gaps);
    `add_names` makes the indices that code may use known, such as `id` or `id_pre`. Synapses have the name of their
    group in `synapses`, and dense ones the numbers of neurons before and behind them in `matrix`.
    """

    count: int
    add_names: Callable[[Namespace], None]
    positions: Callable[[], np.ndarray] | None = None
    synapses: str = ""
    matrix: tuple[int, int] | None = None

    @property
    def listed(self) -> int:
        """How many values a user lists."""
        return self.count if self.positions is None else len(self.positions())


@final
@dataclass(frozen=True)
class Located:
    """Where a variable lies and what its elements are; `age`: steps that it is behind its ring's newest slot."""

    array: Array
    per_element: bool
    elements: Elements
    writable: bool
    age: int = 0

    def element(self, axis: Axis, delay: int = 1) -> Element:
        """Binding to the element that `axis` picks; `delay` counts only if the array is a ring."""
        age = delay + self.age if self.array.slots > 1 else 0
        return Element(self.array, axis if self.per_element else Axis.SHARED, age)


class RowBuilder(Protocol):
    """Runs the code of a sparse connectivity snippet.

    Row lengths [pre], post neurons [pre][longest row] and entries of the kernel, numbered in C order, of that shape.
    """

    def __call__(
        self,
        code: Code,
        num_pre: int,
        num_post: int,
        *,
        storage: Storage,
        seed: int,
        stream: int,
        kernel: tuple[int, ...] = (),
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...


@final
@dataclass
class Layout:
    """Collects arrays while the plan is made; `row_builders` run snippets by rows and by columns."""

    model: Model
    precision: Precision
    row_builders: tuple[RowBuilder, RowBuilder]
    arrays: dict[str, Array] = field(default_factory=dict)
    initial: dict[str, Initial] = field(default_factory=dict)
    streams: Streams = field(default_factory=Streams)
    in_flight: dict[str, float] = field(default_factory=dict)
    _located: dict[Address, Located] = field(default_factory=dict)
    _pointers: dict[Address, Array] = field(default_factory=dict)

    def declare(
        self,
        name: str,
        type_: NumericType,
        elements: int,
        *,
        batched: bool = False,
        slots: int = 1,
        summed: bool = False,
        by_example: bool = False,
        initial: Initial | None = None,
    ) -> Array:
        """A new array, zero unless it has initial values."""
        if name in self.arrays:
            raise DescriptionError(f"{name} is declared twice; rename one of the two")
        if by_example and slots * elements >= MOST_DELAYED:
            raise UnsupportedError(
                f"{name}: delays of {slots} steps of {elements} neurons take 2^31 numbers for each example; "
                "shorten the delays or split the population"
            )
        array = Array(name, type_, elements, batched, slots, summed, by_example)
        self.arrays[name] = array
        if initial is not None:
            self.initial[name] = initial
        return array

    def declare_in_flight(
        self,
        name: str,
        type_: NumericType,
        elements: int,
        *,
        slots: int = 1,
        by_example: bool = False,
        empty: float = 0.0,
    ) -> Array:
        """A new array of each example for what is on its way between steps; it holds `empty` where nothing is."""
        self.in_flight[name] = empty
        initial = ConstantInitial(empty)
        return self.declare(name, type_, elements, batched=True, slots=slots, by_example=by_example, initial=initial)

    def declare_queue(self, name: str, neurons: int, slots: int) -> SpikeQueue:
        """Counts and ids of the neurons that spiked in each of the last `slots` steps."""
        counts = self.declare_in_flight(f"{name}.counts", UINT32, 1, slots=slots)
        return SpikeQueue(counts, self.declare(f"{name}.ids", UINT32, neurons, batched=True, slots=slots))

    def place(self, address: Address, located: Located) -> None:
        """Makes a variable known by its address."""
        self._located[address] = located

    def place_pointer(self, address: Address, array: Array) -> None:
        """Makes an extra global parameter known by its address."""
        self._pointers[address] = array

    def locate(self, address: Address, where: str) -> Located:
        """Where a variable lies; an unknown one is an error that lists the group's variables."""
        if address not in self._located:
            raise DescriptionError(_unknown(address, where, "variable", self._located))
        return self._located[address]

    def pointer(self, address: Address, where: str) -> Array:
        """The array of an extra global parameter; an unknown one is an error that lists those of the group."""
        if address not in self._pointers:
            raise DescriptionError(_unknown(address, where, "extra global parameter", self._pointers))
        return self._pointers[address]


def _unknown(address: Address, where: str, what: str, known: Iterable[Address]) -> str:
    names = sorted(other.name for other in known if (other.kind, other.group) == (address.kind, address.group))
    close = nearest(address.name, names)
    hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(names) or 'none'}"
    return f"{where}: '{address.group}' has no {what} '{address.name}' ({hint})"
