"""What emitters of all roles share: a kernel's record, the pointers into its arrays, and the lines before its loops.

A kernel is one C function for one structure of code. All that differs between its instances - addresses, sizes,
strides, delays - comes from a record of 8-byte fields, so equal code is emitted once. A kernel runs one *item*: an
example of the batch, or a shard of examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.language.types import INT64, NumericType
from ml_genn.engines.embedded.plan.plan import Array, Builtin
from ml_genn.errors import InternalCompilerError


@final
@dataclass(frozen=True)
class Scratch:
    """Working memory that a record points to: `elements` numbers for each of `items`; not part of the model's state."""

    name: str
    type: NumericType
    elements: int
    items: int


@final
@dataclass(frozen=True)
class SlotStride:
    """Elements between two slots of a ring, all examples together."""

    array: Array


@final
@dataclass(frozen=True)
class RingText:
    """C text of a ring: the running example's first element in slot 0, elements from slot to slot, how many slots.

    `slot` is the one to count delays from.
    """

    base: str
    leap: str
    slots: str
    slot: str


FieldValue = Array | Scratch | SlotStride | int


@final
@dataclass(frozen=True)
class KernelText:
    """A finished kernel: members of its record in order, what this instance puts there, and the function's body.

    `scratch_bytes`: memory that each thread needs while it runs.
    """

    members: tuple[str, ...]
    values: tuple[FieldValue, ...]
    body: str
    scratch_bytes: int


@final
@dataclass
class _Pointer:
    """A local pointer to the running example's first element."""

    array: Array
    step: str | None  # the step whose slot it points to; None if there is only one
    written: bool = False
    restricted: bool = True


@final
class Kernel:
    """Collects the parts of one kernel while its body is written."""

    def __init__(self) -> None:
        self.body = Buffer()
        self._scratch_bytes = 0
        self._members: dict[str, str] = {}
        self._values: dict[str, FieldValue] = {}
        self._pointers: dict[str, _Pointer] = {}
        self._constants: dict[str, str] = {}
        self._names: dict[tuple[str, object], str] = {}
        self._taken: set[str] = set()

    def unique(self, prefix: str, hint: str, owner: object) -> str:
        """A C name made from `hint`, the same for the same owner and different for different ones."""
        known = self._names.get((prefix, owner))
        if known is None:
            base = known = f"{prefix}{re.sub(r'[^A-Za-z0-9_]', '_', hint)}"
            number = 1
            while known in self._taken:
                number += 1
                known = f"{base}_{number}"
            self._taken.add(known)
            self._names[prefix, owner] = known
        return known

    def size(self, hint: str, value: int) -> str:
        """A number of this instance, as C text."""
        name = self.unique("gen_n_", hint, ("size", hint, value))
        return self._field(f"int64_t {name}", name, value)

    def scratch(self, hint: str, memory: Scratch) -> str:
        """Working memory of this instance, as C text."""
        name = self.unique("gen_m_", hint, memory)
        return self._field(f"{memory.type} *{name}", name, memory)

    def thread_scratch(self, size_bytes: int) -> str:
        """Memory of the running thread, of which nothing is kept from call to call, as C text."""
        self._scratch_bytes = max(self._scratch_bytes, size_bytes)
        return "gen_now->scratch"

    def pointer(
        self, hint: str, array: Array, *, delay: int | None = None, written: bool = False, restricted: bool = True
    ) -> str:
        """Local pointer to the running example's elements; of the slot of step n - `delay` if the array is a ring.

        Each array, or slot of a ring, has one such pointer, so nothing else points there: `restrict` is true.
        """
        if array.slots > 1 and delay is None:
            raise InternalCompilerError(f"the ring {array.name} without a delay; this is a bug in ml_genn")
        owner = (array.name, delay if array.slots > 1 else None)
        name = self.unique("gen_p_", hint, owner)
        if name not in self._pointers:
            step = f"gen_now->ring - {self.size(f'{hint}_delay', delay or 0)}" if array.slots > 1 else None
            self._pointers[name] = _Pointer(array, step)
        use = self._pointers[name]
        use.written |= written
        use.restricted &= restricted
        return name

    def whole(self, hint: str, array: Array) -> str:
        """The first element of an array, all slots and examples following, as C text."""
        name = self.unique("gen_w_", hint, array.name)
        return self._field(f"{array.type} *{name}", name, array)

    def slots(self, hint: str, array: Array, step: str) -> RingText:
        """C text for reaching any slot of a ring, counted from the slot of a step."""
        slots = self.size(f"{hint}_slots", array.slots)
        leap = self._field(f"int64_t gen_z_{hint}", f"gen_z_{hint}", SlotStride(array))
        stride = self.size(f"{hint}_stride", _stride(array))
        first = self.constant(f"{hint}_slot", INT64, f"gen_slot({step}, {slots})")
        return RingText(f"({self.whole(hint, array)} + gen_example * {stride})", leap, slots, first)

    def row(self, hint: str, words: Array) -> str:
        """Local pointer to the row of a recording that this timestep fills."""
        name = self.unique("gen_p_", hint, (words.name, "row"))
        self._pointers.setdefault(name, _Pointer(words, "gen_now->timestep", written=True))
        return name

    def constant(self, hint: str, type_: NumericType, text: str) -> str:
        """A local loaded once before the loops."""
        name = self.unique("gen_c_", hint, (str(type_), text))
        self._constants[name] = f"const {type_} {name} = {text};"
        return name

    def shared(self, hint: str, array: Array, delay: int) -> str:
        """Element 0 of an array, such as a parameter, loaded once."""
        return self.constant(hint, array.type, f"{self.pointer(hint, array, delay=delay)}[0]")

    def builtin(self, hint: str, builtin: Builtin, type_: NumericType) -> str:
        """A built-in value that does not change inside the loops."""
        texts: dict[Builtin, Callable[[], str]] = {
            Builtin.BATCH: lambda: f"({type_})gen_example",
            Builtin.NUM_BATCH: lambda: f"({type_})gen_now->batch_size",
            Builtin.T: lambda: f"({type_})gen_now->timestep * ({type_})gen_now->dt",
            Builtin.DT: lambda: f"({type_})gen_now->dt",
        }
        text = texts.get(builtin)
        if text is None:
            raise InternalCompilerError(f"'{hint}' ({builtin}) means nothing in this kernel; this is a bug in ml_genn")
        return self.constant(hint, type_, text())

    def draws(self, hint: str, stream: int, element: str, example: str) -> str:
        """C text of the first draw of an element on a stream."""
        return f"gen_first_draw(gen_now, {self.size(hint, stream)}, {element}, {example})"

    def finish(self, *, example_loop: str = "") -> KernelText:
        """The kernel with everything its body asked for; `example_loop` is the head of a loop around it all."""
        out = Buffer()
        if example_loop:
            with out.block(example_loop):
                self._inner(out)
        else:
            out.line("const int64_t gen_example = gen_item;")
            self._inner(out)
        return KernelText(tuple(self._members.values()), tuple(self._values.values()), out.text(), self._scratch_bytes)

    def _inner(self, out: Buffer) -> None:
        for name, use in self._pointers.items():
            out.line(self._pointer_text(name, use))
        out.lines(self._constants.values())
        out.lines(self.body)

    def _pointer_text(self, name: str, use: _Pointer) -> str:
        hint = name.removeprefix("gen_p_")
        const = "" if use.written else "const "
        restrict = "restrict " if use.restricted else ""
        base = self._field(f"{use.array.type} *gen_a_{hint}", f"gen_a_{hint}", use.array)
        stride = self._field(f"int64_t gen_s_{hint}", f"gen_s_{hint}", _stride(use.array))
        text = f"{const}{use.array.type} *{restrict}const {name} = {base} + gen_example * {stride}"
        if use.step is not None:
            leap = self._field(f"int64_t gen_z_{hint}", f"gen_z_{hint}", SlotStride(use.array))
            text += f" + gen_slot({use.step}, {self.size(f'{hint}_slots', use.array.slots)}) * {leap}"
        return f"{text};"

    def _field(self, member: str, name: str, value: FieldValue) -> str:
        self._members[name] = member
        self._values[name] = value
        return f"gen_g->{name}"


def _stride(array: Array) -> int:
    return array.elements if array.batched else 0
