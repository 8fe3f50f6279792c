"""The calls that each thread makes, in their order, and the memory that they need beside the model's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from ml_genn.engines.embedded.cpu.emit.kernel import FieldValue
from ml_genn.engines.embedded.cpu.emit.unit import Instance
from ml_genn.engines.embedded.cpu.run import library
from ml_genn.engines.embedded.cpu.run.memory import Memory, Seat, TeamLists, ThreadMemory
from ml_genn.engines.embedded.plan.plan import SpikeQueue, StepKernel
from ml_genn.engines.embedded.plan.schedule import Component, divides, joins, meetings
from ml_genn.engines.embedded.plan.storage import VariableCopy
from ml_genn.engines.embedded.plan.uses import uses, written_queues

LIST_BYTES = 4 << 20
"""Memory that a thread may spend on lists of spikes which one component has made and others have still to take."""
MOST_STEPS = 64
LEAST_STEPS = 8
"""Steps that a component runs before the next one does."""

_FOREVER = 1 << 62
_LINE = 8  # numbers in a cache line
_CALL_FIELDS = 8  # of gen_call in include/schedule.h

Field = Callable[[FieldValue, bool], int]


@final
@dataclass(frozen=True)
class Work:
    """What a stage does for an item: kernels, those of the plan that they come from, and what comes with them."""

    instances: Sequence[Instance]
    kernels: Sequence[int]
    step: Sequence[StepKernel]
    counters: Sequence[np.ndarray] = ()
    copies: Sequence[VariableCopy] = ()

    @property
    def queues(self) -> tuple[SpikeQueue, ...]:
        """Lists of spikes that kernels make."""
        return tuple(queue for kernel in self.step for queue in written_queues(kernel))


def seats(items: int, threads: int) -> tuple[Seat, ...]:
    """The seats of threads that share the items which are left when all have had equally many; none if there are none.

    A team shares one item; teams of one thread would not be faster.
    """
    teams = items % threads
    if teams == 0 or threads // teams < 2:
        return ()
    team = [thread * teams // threads for thread in range(threads)]
    return tuple(Seat(own, thread - team.index(own), team.count(own)) for thread, own in enumerate(team))


def counters(threads: int) -> np.ndarray:
    """Nanoseconds by thread, each in a cache line of its own."""
    return np.zeros((threads, _LINE), np.int64)


def chunk(queues: Sequence[SpikeQueue]) -> int:
    """Steps that a component may run ahead of the next one; 0 if that is not worth it."""
    step_bytes = 4 * sum(queue.ids.elements for queue in queues)
    steps = min(MOST_STEPS, LIST_BYTES // max(step_bytes, 1))
    return int(steps) if steps >= LEAST_STEPS else 0


@final
class BoundSchedule:
    """`gen_schedule` of include/schedule.h; keeps alive what it points to.

    `components` run for `ahead` steps each in turn, all step by step if there is only one. Without `seats` the lists of
    spikes are the model's own; else each thread has its own. `address` is where the record lies.
    """

    def __init__(
        self,
        memory: Memory,
        work: Work,
        components: Sequence[Component],
        ahead: int,
        threads: int,
        seats: Sequence[Seat],
    ) -> None:
        self._work = work
        self._shared = any(seat.parts > 1 for seat in seats)
        self._in_turns = len(components) > 1
        self._entries: list[_Entry] = []
        segments = [bounds for component in components for bounds in self._component(component)]
        self._segments = np.array(segments, np.int64).reshape(-1, 2)
        self._copies = [memory.copy_record(copy) for copy in work.copies]
        self._keep: list[object] = [memory]
        programs = list(self._programs(memory, seats, ahead))
        if not seats:
            programs = [self._program(memory.field, np.zeros((0, 0), np.int64), Seat())] * threads
        self._table = np.array(programs, np.int64)
        chunk = ahead if len(components) > 1 else _FOREVER
        queues, teams = len(work.queues) if seats else 0, len({seat.team for seat in seats}) if self._shared else 0
        watched = bool(work.copies)
        fields = (self._segments.ctypes.data, len(segments), chunk, self._table.ctypes.data, queues, teams, watched)
        self._record = np.array(fields, np.int64)
        self.address: int = self._record.ctypes.data

    def _component(self, component: Component) -> Iterator[tuple[int, int]]:
        """Adds the calls of a component, and tells where its segments begin and end."""
        work, entries, first = self._work, self._entries, len(self._entries)
        joined, meet = self._waits(component)
        stamp = library.stamp_kernel() if work.counters else 0
        rest = self._made_by(component) - {queue for queues in joined for queue in queues}
        unread = _Entry(library.join_kernel(), queues=tuple(sorted(rest)), late=True)
        if rest and not self._in_turns:
            # a component that runs alone runs without end: nobody may be so far ahead that a list is overwritten
            entries.append(unread)
        for number, queues, meets in zip(component.kernels, joined, meet, strict=True):
            if queues:
                entries.append(_Entry(library.join_kernel(), queues=queues, late=True))
            if stamp:
                entries.append(_Entry(stamp))
            kernel = work.kernels[work.instances[number].kernel]
            entries.append(_Entry(kernel, instance=number, alone=not self._divides(number), meet=meets))
            if stamp:
                entries.append(_Entry(stamp, counter=number))
        copies = self._copies_of(component)
        for number in copies:
            entries.append(_Entry(library.copy_kernel(), copy=number, alone=self._shared, meet=self._shared))
        if copies and self._shared:
            entries[first].meet = True
        yield first, len(entries)
        if rest and self._in_turns:
            entries.append(unread)
            yield len(entries) - 1, len(entries)

    def _waits(self, component: Component) -> tuple[list[tuple[int, ...]], Sequence[bool]]:
        """Before each kernel, the lists that a team joins, and whether it meets."""
        count = len(component.kernels)
        if not self._shared:
            return [()] * count, [False] * count
        step = [self._work.step[number] for number in component.kernels]
        joined = joins(step)
        meet = meetings(step, [not self._divides(number) for number in component.kernels], joined)
        return [tuple(self._work.queues.index(queue) for queue in queues) for queues in joined], meet

    def _made_by(self, component: Component) -> set[int]:
        """Lists that a team makes in a component."""
        if not self._shared:
            return set()
        made = (queue for number in component.kernels for queue in written_queues(self._work.step[number]))
        return {self._work.queues.index(queue) for queue in made}

    def _divides(self, number: int) -> bool:
        """Whether each thread runs a kernel for its part of the neurons, or for all if there are no teams."""
        return not self._shared or (self._work.instances[number].has_parts and divides(self._work.step[number]))

    def _copies_of(self, component: Component) -> list[int]:
        """Copies of what the component writes; the first one also makes those of what nobody writes."""
        step, copies = self._work.step, self._work.copies
        if not step:
            return list(range(len(copies)))
        written = [{use.array for use in uses(kernel) if use.written} for kernel in step]
        mine = set().union(*(written[number] for number in component.kernels))
        anyone = set().union(*written)
        is_first = 0 in component.kernels
        names = [copy.array.name for copy in copies]
        return [k for k, name in enumerate(names) if name in mine or (is_first and name not in anyone)]

    def _programs(self, memory: Memory, seats: Sequence[Seat], ahead: int) -> Iterator[tuple[int, ...]]:
        """What each of the threads runs that have lists of spikes of their own."""
        queues = self._work.queues
        # two turns of a component: a thread may have begun the next one while another reads what this one has made
        slots = [_power_of_two(queue.counts.slots + 2 * max(ahead, 1)) for queue in queues]
        teams: dict[int, list[TeamLists]] = {}
        for thread, seat in enumerate(seats):
            if seat.parts > 1 and seat.team not in teams:
                teams[seat.team] = [TeamLists(q, number, seat.parts) for q, number in zip(queues, slots, strict=True)]
            own = ThreadMemory(memory, seat, queues, slots, teams.get(seat.team, ()))
            self._keep.append(own)
            yield self._program(own.field, own.queue_records, seat, thread)

    def _program(self, field: Field, queues: np.ndarray, seat: Seat, thread: int = 0) -> tuple[int, ...]:
        """`gen_program` of include/schedule.h."""
        rows = []
        for entry in self._entries:
            record, joint = 0, (0, 0, 0)
            if entry.instance is not None:
                instance = self._work.instances[entry.instance]
                record = self._record_of(instance, field, alone=entry.alone)
                if instance.joint is not None:
                    kernel = self._work.kernels[instance.joint.kernel]
                    joint = (kernel, self._record_of(instance.joint, field, alone=entry.alone), instance.examples)
            elif entry.counter is not None:
                record = self._work.counters[entry.counter][thread].ctypes.data
            elif entry.copy is not None:
                record = self._copies[entry.copy].ctypes.data
            elif entry.queues is not None:
                lists = np.array([len(entry.queues), *(queues[q].ctypes.data for q in entry.queues)], np.int64)
                self._keep.append(lists)
                record = lists.ctypes.data
            rows.append((entry.kernel, record, *joint, entry.alone, entry.meet, entry.late))
        calls = np.array(rows, np.int64).reshape(-1, _CALL_FIELDS)
        self._keep.append(calls)
        return (calls.ctypes.data, queues.ctypes.data, seat.team, seat.part, seat.parts)

    def _record_of(self, instance: Instance, field: Field, *, alone: bool) -> int:
        """Address of what the kernel reads of the thread's memory."""
        values = np.array([field(value, alone) for value in instance.values], np.int64)
        self._keep.append(values)
        return values.ctypes.data


@final
@dataclass
class _Entry:
    """A call, whose record is that of an instance, a counter or queues of the thread, or a copy."""

    kernel: int
    counter: int | None = None
    instance: int | None = None
    copy: int | None = None
    queues: tuple[int, ...] | None = None
    alone: bool = False
    meet: bool = False
    late: bool = False


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()
