"""What records of kernels point to: arrays of the model, working memory, and lists of spikes that threads keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from ml_genn.engines.embedded.cpu.emit import kernel
from ml_genn.engines.embedded.cpu.emit.kernel import FieldValue, Place, QueueField, RowEnds, Scratch, SlotStride
from ml_genn.engines.embedded.plan.plan import Array, SparseConnectivity, SpikeQueue
from ml_genn.engines.embedded.plan.storage import Storage, VariableCopy
from ml_genn.errors import InternalCompilerError

_APART = 16  # ids between lists, so that those of all steps do not compete for the same place in the cache
_HEAD = 4  # numbers before the ids of a list in a team: count and stamp, see include/schedule.h
_LINE = 16  # numbers in a cache line
_ROWS = 4096  # of connectivity looked at together
_QUEUE_FIELDS = 11  # of gen_queue in include/schedule.h


@final
@dataclass(frozen=True)
class Seat:
    """Where a thread works: in which team, as which of its `parts` members."""

    team: int = 0
    part: int = 0
    parts: int = 1


@final
class Memory:
    """The arrays that records point to: the model's, and working memory made here."""

    def __init__(self, storage: Storage, batch_size: int) -> None:
        self._storage, self.batch_size = storage, batch_size
        self._scratch: dict[str, np.ndarray] = {}
        self._row_ends: dict[tuple[str, int], np.ndarray] = {}

    def field(self, value: FieldValue, _alone: bool = False) -> int:
        """The 8 bytes of a record's field."""
        match value:
            case int():
                return value
            case Array():
                return self.array(value).ctypes.data
            case SlotStride(array):
                return array.slot_stride(self.batch_size)
            case QueueField(array, place):
                return self._queue(array, place)
            case RowEnds(connectivity, _, step):
                return 1 if step else self.array(connectivity.row_length).ctypes.data
            case Scratch():
                size = (value.items, value.elements)
                return self._scratch.setdefault(value.name, np.zeros(size, value.type.dtype)).ctypes.data

    def _queue(self, array: Array, place: Place) -> int:
        match place:
            case Place.FIRST:
                return self.array(array).ctypes.data
            case Place.EXAMPLE:
                return array.elements
            case Place.SLOT:
                return array.elements * self.batch_size
            case Place.SLOTS:
                return array.slots

    def row_ends(self, connectivity: SparseConnectivity, num_post: int, parts: int) -> np.ndarray:
        """How many synapses of each row lead to neurons before the end of each part: [rows][parts]."""
        key = (connectivity.indices.name, parts)
        if key not in self._row_ends:
            lengths = self.array(connectivity.row_length).reshape(-1, 1)
            posts = self.array(connectivity.indices).reshape(len(lengths), connectivity.row_stride)
            found = np.empty((len(lengths), parts), np.uint32)
            places = np.arange(connectivity.row_stride)
            for first in range(0, len(lengths), _ROWS):
                rows = slice(first, first + _ROWS)
                exists = places < lengths[rows]
                for part in range(parts):
                    found[rows, part] = (exists & (posts[rows] < part_begin(num_post, part + 1, parts))).sum(axis=1)
            self._row_ends[key] = found
        return self._row_ends[key]

    def copy_record(self, copy: VariableCopy) -> np.ndarray:
        """`gen_copy` of include/runtime.c."""
        array, rows = copy.array, copy.rows
        values = self.array(array)
        fields = (values.ctypes.data, array.slots, *values.strides[:2], copy.places.ctypes.data, rows.shape[2])
        return np.array((*fields, rows.ctypes.data, rows.shape[0], rows.shape[1], array.type.dtype.itemsize), np.int64)

    def array(self, array: Array) -> np.ndarray:
        """Numbers of the model."""
        values = self._storage[array.name]
        shape = array.shape(self.batch_size)
        stored = values.swapaxes(0, 1) if array.by_example else values
        if values.shape != shape or values.dtype != array.type.dtype or not stored.flags.c_contiguous:
            raise InternalCompilerError(
                f"{array.name} must be contiguous {array.type.dtype} of shape {shape}, got {values.dtype} of shape "
                f"{values.shape}; this is a bug in ml_genn"
            )
        return values


def part_begin(elements: int, part: int, parts: int) -> int:
    """`gen_part_begin` of include/kernel.h."""
    groups = -(-elements // kernel.PART)
    return min(groups * part // parts * kernel.PART, elements)


def _on_lines(count: int) -> np.ndarray:
    """Zeroed numbers in cache lines of their own."""
    room = np.zeros(-(-count // _LINE) * _LINE + _LINE, np.uint32)
    first = -(room.ctypes.data // room.itemsize) % _LINE
    return room[first : first + count]


@final
class Lists:
    """Lists of spikes of one queue in the last `slots` steps, a power of two, outside the model."""

    def __init__(self, queue: SpikeQueue, slots: int) -> None:
        self.slots, self.apart = slots, queue.ids.elements + _APART
        self.ids, self.counts = _on_lines(slots * self.apart), _on_lines(slots)


@final
class TeamLists:
    """The same where each thread of a team leaves its part for the others, count, stamp and ids side by side."""

    def __init__(self, queue: SpikeQueue, slots: int, parts: int) -> None:
        self.slots, self._parts, self._neurons = slots, parts, queue.ids.elements
        longest = max(part_begin(self._neurons, part + 1, parts) - self._begin(part) for part in range(parts))
        self.apart = -(-(_HEAD + longest + _APART) // _LINE) * _LINE
        self.numbers = _on_lines(slots * parts * self.apart)

    def _begin(self, part: int) -> int:
        return part_begin(self._neurons, part, self._parts)

    def place(self, place: Place, part: int, *, counts: bool) -> int:
        """What a kernel has to know to leave its part; it stores the id of neuron n at most in place n."""
        match place:
            case Place.FIRST:
                at = part * self.apart if counts else part * self.apart + _HEAD - self._begin(part)
                return self.numbers.ctypes.data + at * self.numbers.itemsize
            case Place.EXAMPLE:
                return 0
            case Place.SLOT:
                return self._parts * self.apart
            case Place.SLOTS:
                return self.slots


@final
class ThreadMemory:
    """What the records of one thread point to: as `Memory`, but for the lists of spikes that it keeps for itself.

    `team`: where its team leaves its parts of them; nothing where nobody shares its examples.
    """

    def __init__(
        self, memory: Memory, seat: Seat, queues: Sequence[SpikeQueue], slots: Sequence[int], team: Sequence[TeamLists]
    ) -> None:
        self._memory, self._seat, self._team = memory, seat, team
        self._own = [Lists(queue, number) for queue, number in zip(queues, slots, strict=True)]
        self._numbers: Mapping[str, int] = {
            array.name: number for number, queue in enumerate(queues) for array in (queue.counts, queue.ids)
        }
        self._counts = frozenset(queue.counts.name for queue in queues)
        rows = [self._queue_record(number, queue) for number, queue in enumerate(queues)]
        self.queue_records = np.array(rows, np.int64).reshape(-1, _QUEUE_FIELDS)

    def field(self, value: FieldValue, alone: bool = False) -> int:
        """The 8 bytes of a record's field, in a kernel that shares its neurons or runs `alone` for all of them."""
        match value:
            case QueueField(array, place, written) if array.name in self._numbers:
                number, counts = self._numbers[array.name], array.name in self._counts
                if written and self._team:
                    return self._team[number].place(place, self._seat.part, counts=counts)
                return self._place(self._own[number], place, counts=counts)
            case RowEnds(connectivity, num_post, step) if self._seat.parts > 1 and not alone:
                ends = self._memory.row_ends(connectivity, num_post, self._seat.parts)
                return self._seat.parts if step else ends.ctypes.data + self._seat.part * ends.itemsize
            case _:
                return self._memory.field(value)

    def _place(self, lists: Lists, place: Place, *, counts: bool) -> int:
        match place:
            case Place.FIRST:
                return (lists.counts if counts else lists.ids).ctypes.data
            case Place.EXAMPLE:
                return 0
            case Place.SLOT:
                return 1 if counts else lists.apart
            case Place.SLOTS:
                return lists.slots

    def _queue_record(self, number: int, queue: SpikeQueue) -> tuple[int, ...]:
        """`gen_queue` of include/schedule.h."""
        own, memory = self._own[number], self._memory
        model = (memory.array(queue.counts).ctypes.data, memory.array(queue.ids).ctypes.data)
        sizes = (queue.counts.slots, memory.batch_size, queue.ids.elements)
        mine = (own.counts.ctypes.data, own.ids.ctypes.data, own.slots, own.apart)
        team = (self._team[number].numbers.ctypes.data, self._team[number].apart) if self._team else (0, 0)
        return (*model, *sizes, *mine, *team)
