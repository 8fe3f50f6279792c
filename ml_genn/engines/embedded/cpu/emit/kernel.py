"""What emitters of all roles share: a kernel's record, the pointers into its arrays, and the lines before its loops.

A kernel is one C function for one structure of code. All that differs between its instances - addresses, sizes,
strides, delays - comes from a record of 8-byte fields, so equal code is emitted once. A kernel runs one *item*: an
example of the batch, or a shard of examples. Where threads share an example, each runs a part of the neurons.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.language.types import UINT32, NumericType
from ml_genn.engines.embedded.plan.plan import MAX_SHARDS, Array, Builtin, SparseConnectivity
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
    """Elements between two slots of a ring."""

    array: Array


PART = 64
"""Neurons: where threads share an example, each begins at a multiple, on a cache line and a whole word of bits."""


class Place(Enum):
    """What a kernel has to know of a ring to reach its elements."""

    FIRST = "first"  # the address of its first element
    EXAMPLE = "example"  # elements from one example to the next
    SLOT = "slot"  # elements from one slot to the next
    SLOTS = "slots"


@final
@dataclass(frozen=True)
class QueueField:
    """Where the counts or ids of a spike queue lie: in the model, or in memory of the thread.

    Where threads share an example, one writes (`written`) its part of the list elsewhere than it reads the whole one.
    """

    array: Array
    place: Place
    written: bool


@final
@dataclass(frozen=True)
class RowEnds:
    """Where the part of each row that a thread runs ends, in synapses from the row's first: `step` numbers a row.

    The numbers of all parts of a row lie side by side, so that the one before tells where the part begins.
    """

    connectivity: SparseConnectivity
    num_post: int
    step: bool = False


@final
@dataclass(frozen=True)
class RowParts:
    """C text of where the synapses to a part's neurons begin and end, counted from the first of their row."""

    ends: str
    step: str

    def begin(self, pre: str) -> str:
        """The first synapse of the part in the row of `pre`."""
        return f"(gen_now->part == 0 ? 0 : (int64_t){self.ends}[{pre} * {self.step} - 1])"

    def end(self, pre: str) -> str:
        """The one behind the last."""
        return f"{self.ends}[{pre} * {self.step}]"


@final
@dataclass(frozen=True)
class RingText:
    """C text of a ring: the running example's first element in slot 0, elements from slot to slot, how many slots.

    `slot` is the one to count delays from. All but `base` are unsigned numbers of 32 bits.
    """

    base: str
    leap: str
    slots: str
    slot: str

    def index(self, slot: str, element: str) -> str:
        """Where an element of a slot lies, counted from `base`: in 32 bits, of which vectors hold twice as many."""
        return f"(int32_t)({slot} * {self.leap} + (uint32_t){element})"

    def shared_index(self, slot: str, element: str) -> str:
        """The same where all elements have one slot: consecutive elements lie in consecutive places."""
        return f"(int64_t)({slot} * {self.leap}) + {element}"


FieldValue = Array | Scratch | SlotStride | QueueField | RowEnds | int


@final
@dataclass(frozen=True)
class KernelText:
    """A finished kernel: members of its record in order, what this instance puts there, and the function's body.

    `scratch_bytes`: memory that each thread needs while it runs; `has_parts`: whether threads may share an example;
    `joint`: the kernel of several examples at once.
    """

    members: tuple[str, ...]
    values: tuple[FieldValue, ...]
    body: str
    scratch_bytes: int
    has_parts: bool
    joint: JointText | None = None


@final
@dataclass(frozen=True)
class JointText:
    """A kernel that runs for `examples` examples from its item on, if it says that it is worth it."""

    text: KernelText
    examples: int


@final
@dataclass
class _Pointer:
    """A local pointer to the running example's first element."""

    array: Array
    step: str | None  # the step whose slot it points to; None if there is only one
    is_queue: bool = False
    written: bool = False
    restricted: bool = True


@final
class Kernel:
    """Collects the parts of one kernel while its body is written."""

    def __init__(self, *, by_shard: bool = False) -> None:
        """Begins a kernel; where it runs `by_shard`, its examples are shards of the batch."""
        self.body = Buffer()
        self._by_shard = by_shard
        self._scratch_bytes = 0
        self._has_parts = False
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

    def queue(self, hint: str, array: Array, *, delay: int, written: bool = False) -> str:
        """Local pointer to counts or ids of a spike queue in the slot of step n - `delay`."""
        name = self.unique("gen_p_", hint, (array.name, delay))
        step = f"gen_now->ring - {self.size(f'{hint}_delay', delay)}"
        self._pointers.setdefault(name, _Pointer(array, step, is_queue=True, written=written))
        return name

    def part(self, elements: str, out: Buffer | None = None) -> None:
        """Declares `gen_from` and `gen_to`: the kernel runs for these of its neurons, all if nobody shares them."""
        self._has_parts = True
        for name, part in (("from", "gen_now->part"), ("to", "gen_now->part + 1")):
            (out or self.body).line(f"const int64_t gen_{name} = gen_part_begin(gen_now, {elements}, {part});")

    def row_parts(self, connectivity: SparseConnectivity, num_post: int) -> RowParts:
        """Where this part's synapses lie in sparse rows."""
        ends = self._field("uint32_t *gen_row_ends", "gen_row_ends", RowEnds(connectivity, num_post))
        step = self._field("int64_t gen_row_parts", "gen_row_parts", RowEnds(connectivity, num_post, step=True))
        return RowParts(ends, step)

    def stride(self, pointer: str) -> str:
        """Elements from the running example's to the next one's behind a local pointer, as C text."""
        return f"gen_g->gen_s_{pointer.removeprefix('gen_p_')}"

    def whole(self, hint: str, array: Array) -> str:
        """The first element of an array, all slots and examples following, as C text."""
        name = self.unique("gen_w_", hint, array.name)
        return self._field(f"{array.type} *{name}", name, array)

    def ring(self, hint: str, array: Array, step: str, *, written: bool = False) -> RingText:
        """C text for reaching any slot of a ring, counted from the slot of a step.

        Nothing else points to it.
        """
        base = self.unique("gen_q_", hint, array.name)
        stride = self.size(f"{hint}_stride", array.example_stride)
        kind = f"{array.type} *restrict const" if written else f"const {array.type} *restrict const"
        self._constants[base] = f"{kind} {base} = {self.whole(hint, array)} + gen_example * {stride};"
        slots = self.size(f"{hint}_slots", array.slots)
        leap = self._field(f"int64_t gen_z_{hint}", f"gen_z_{hint}", SlotStride(array))
        texts = {"leap": leap, "slots": slots, "slot": f"gen_slot({step}, {slots})"}
        return RingText(base, **{name: self.constant(f"{hint}_{name}", UINT32, text) for name, text in texts.items()})

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
        members, values = tuple(self._members.values()), tuple(self._values.values())
        return KernelText(members, values, out.text(), self._scratch_bytes, self._has_parts)

    def _inner(self, out: Buffer) -> None:
        if any(use.array.summed for use in self._pointers.values()):
            self._shard(out)
        for name, use in self._pointers.items():
            out.line(self._pointer_text(name, use))
        out.lines(self._constants.values())
        out.lines(self.body)

    def _pointer_text(self, name: str, use: _Pointer) -> str:
        hint = name.removeprefix("gen_p_")
        first, example, slot, slots = _places(use)
        const = "" if use.written else "const "
        restrict = "restrict " if use.restricted else ""
        base = self._field(f"{use.array.type} *gen_a_{hint}", f"gen_a_{hint}", first)
        stride = self._field(f"int64_t gen_s_{hint}", f"gen_s_{hint}", example)
        copy = "gen_shard" if use.array.summed else "gen_example"
        text = f"{const}{use.array.type} *{restrict}const {name} = {base} + {copy} * {stride}"
        if use.step is not None:
            leap = self._field(f"int64_t gen_z_{hint}", f"gen_z_{hint}", slot)
            number = self._field(f"int64_t gen_n_{hint}_slots", f"gen_n_{hint}_slots", slots)
            text += f" + gen_slot({use.step}, {number}) * {leap}"
        return f"{text};"

    def _shard(self, out: Buffer) -> None:
        """Declares `gen_shard`, the last one that begins before the end of the example (`plan.num_shards`)."""
        if self._by_shard:
            out.line("const int64_t gen_shard = gen_example;")
            return
        batch = "gen_now->batch_size"
        out.line(f"const int64_t gen_shards = {batch} < {MAX_SHARDS} ? {batch} : {MAX_SHARDS};")
        out.line(f"const int64_t gen_shard = ((gen_example + 1) * gen_shards - 1) / {batch};")

    def _field(self, member: str, name: str, value: FieldValue) -> str:
        self._members[name] = member
        self._values[name] = value
        return f"gen_g->{name}"


def _places(use: _Pointer) -> tuple[FieldValue, FieldValue, FieldValue, FieldValue]:
    """First element, and elements from example to example and from slot to slot, and number of slots."""
    array = use.array
    if use.is_queue:
        first, example, slot, slots = (QueueField(array, place, use.written) for place in Place)
        return first, example, slot, slots
    return array, array.example_stride, SlotStride(array), array.slots
