"""The kernels of one stage with their records, ready for the time loop."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import final

import numpy as np

from ml_genn.engines.embedded.cpu.emit.unit import Stage
from ml_genn.engines.embedded.cpu.run import library
from ml_genn.engines.embedded.cpu.run.memory import Memory, Seat
from ml_genn.engines.embedded.cpu.run.schedule import BoundSchedule, Work, chunk, seats
from ml_genn.engines.embedded.plan.plan import StepKernel
from ml_genn.engines.embedded.plan.schedule import components, may_share, synapse_bytes, whole
from ml_genn.engines.embedded.plan.storage import VariableCopy


def second_level_cache() -> int:
    """Bytes of the processor's second-level cache; a mebibyte where the system does not tell."""
    try:
        return os.sysconf("SC_LEVEL2_CACHE_SIZE") or 1 << 20
    except (AttributeError, OSError, ValueError):
        return 1 << 20


LEAST_AHEAD_STEPS = 16
"""Steps of a call from which on components run ahead of each other: lists of spikes are copied before and after."""
CACHE_BYTES = second_level_cache()
"""Bytes of synapses that stay in a core's cache from step to step."""
SHARED_SECONDS = 1.5e-6
"""Time that a step of one example must give each thread that shares it; meetings take some tenths of that."""

LARGEST_SHARE = 0.75
"""Share of all synapses in one component from which on it does not pay that others run ahead of it."""

_LINES = 128  # bytes; threads whose memory lies this far apart do not disturb each other
_MOST_THREADS = 256  # GEN_MAX_THREADS of include/runtime.c


@final
class BoundStage:
    """A stage whose records hold addresses; keeps alive what they point to.

    `step`: what the plan says of the kernels of a time step; nothing for custom updates, whose items nobody shares.
    """

    def __init__(
        self, stage: Stage, kernels: Sequence[int], memory: Memory, threads: int, step: Sequence[StepKernel] = ()
    ) -> None:
        self._memory, self._threads = memory, min(threads, _MOST_THREADS)
        self._work = Work(stage.instances, kernels, step)
        self._components = components(step)
        self._ahead = chunk(self._work.queues) if len(self._components) > 1 and self._pays_to_run_ahead(step) else 0
        sharing = bool(step) and stage.shares == stage.items and may_share(step)
        self._seats = seats(stage.items, self._threads) if sharing else ()
        members = max((seat.parts for seat in self._seats), default=0)
        self._shared_seconds = SHARED_SECONDS * members * -(-stage.items // self._threads)
        self._is_fixed = self._ahead == 0 and members == 0
        self._schedules: dict[str, BoundSchedule] = {}
        joint = [instance.joint for instance in stage.instances if instance.joint is not None]
        needed = max((instance.scratch_bytes for instance in (*stage.instances, *joint)), default=0)
        scratch_bytes = -(-needed // _LINES) * _LINES
        self._scratch = np.zeros(scratch_bytes * self._threads + _LINES, np.uint8)
        self._scratch_address = self._scratch.ctypes.data + -self._scratch.ctypes.data % _LINES
        self._record = library.StageRecord(
            None, None, None, stage.items, stage.shares, scratch_bytes, library.Pace(block=1)
        )
        self._run = library.runtime().gen_run
        self._choose(0)

    def _pays_to_run_ahead(self, step: Sequence[StepKernel]) -> bool:
        """Whether the synapses of all components exceed the cache, and are spread over several of them."""
        each = [synapse_bytes([step[number] for number in one.kernels]) for one in self._components]
        return sum(each) > CACHE_BYTES and max(each) <= LARGEST_SHARE * sum(each)

    def copy(self, copies: Sequence[VariableCopy]) -> None:
        """From now on runs these copies, and no others, after the kernels of a step."""
        self._renew(replace(self._work, copies=tuple(copies)))

    def measure(self, counters: Sequence[np.ndarray]) -> None:
        """From now on adds the nanoseconds of each kernel to its counters, made by `counters`."""
        self._renew(replace(self._work, counters=tuple(counters)))

    def _renew(self, work: Work) -> None:
        self._work = work
        self._schedules.clear()
        self._choose(0)

    def run(self, clock: library.Clock, steps: int, done: ctypes.c_int64) -> None:
        """One foreign call; `done` becomes the number of steps finished, which are fewer where they take long."""
        clock.scratch = self._scratch_address
        if not self._is_fixed:
            self._choose(steps)
        self._run(ctypes.byref(self._record), ctypes.byref(clock), steps, self._threads, ctypes.byref(done))

    def _choose(self, steps: int) -> None:
        """Puts the schedules for so many steps into the record."""
        record = self._record
        record.plain, record.usual, record.shared = self._plain().address, self._usual(steps).address, self._shared()

    def _plain(self) -> BoundSchedule:
        """Step by step, on the model's own lists of spikes."""
        return self._schedule("plain", ())

    def _usual(self, steps: int) -> BoundSchedule:
        """Of threads that share no example."""
        if self._ahead == 0 or steps < LEAST_AHEAD_STEPS:
            return self._plain()
        return self._schedule("ahead", (Seat(),) * self._threads)

    def _shared(self) -> int | None:
        """Address of the schedule of threads that share examples, where that pays."""
        if not self._seats or self._record.pace.alone < self._shared_seconds:
            return None
        return self._schedule("shared", self._seats).address

    def _schedule(self, kind: str, places: Sequence[Seat]) -> BoundSchedule:
        if kind not in self._schedules:
            ahead = self._ahead if places else 0
            parted = self._components if ahead else whole(len(self._work.instances))
            self._schedules[kind] = BoundSchedule(self._memory, self._work, parted, ahead, self._threads, places)
        return self._schedules[kind]
