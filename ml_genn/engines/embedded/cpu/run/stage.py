"""The calls of one stage with their records, ready for the time loop."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import final

import numpy as np

from ml_genn.engines.embedded.cpu.emit.kernel import FieldValue, Place, QueueField, RowEnds, Scratch, SlotStride
from ml_genn.engines.embedded.cpu.emit.unit import Instance, Stage
from ml_genn.engines.embedded.cpu.run import library
from ml_genn.engines.embedded.plan.plan import Array
from ml_genn.engines.embedded.plan.storage import Storage, VariableCopy
from ml_genn.errors import InternalCompilerError

_LINES = 128  # bytes; threads whose memory lies this far apart do not disturb each other


@final
class Memory:
    """The arrays that records point to: the model's, and working memory made here."""

    def __init__(self, storage: Storage, batch_size: int) -> None:
        self._storage, self._batch_size = storage, batch_size
        self._scratch: dict[str, np.ndarray] = {}

    def field(self, value: FieldValue) -> int:
        """The 8 bytes of a record's field."""
        match value:
            case int():
                return value
            case Array():
                return self._array(value).ctypes.data
            case SlotStride(array):
                return array.elements * array.copies(self._batch_size)
            case QueueField(array, place):
                return self._queue(array, place)
            case RowEnds(connectivity, _, step):
                return 1 if step else self._array(connectivity.row_length).ctypes.data
            case Scratch():
                size = (value.items, value.elements)
                return self._scratch.setdefault(value.name, np.zeros(size, value.type.dtype)).ctypes.data

    def _queue(self, array: Array, place: Place) -> int:
        match place:
            case Place.FIRST:
                return self._array(array).ctypes.data
            case Place.EXAMPLE:
                return array.elements
            case Place.SLOT:
                return array.elements * self._batch_size
            case Place.SLOTS:
                return array.slots

    def copy_record(self, copy: VariableCopy) -> np.ndarray:
        """`gen_copy` of include/runtime.c."""
        array, rows = copy.array, copy.rows
        values = self._array(array)
        fields = (values.ctypes.data, array.slots, *values.strides[:2], copy.places.ctypes.data, rows.shape[2])
        return np.array((*fields, rows.ctypes.data, rows.shape[0], rows.shape[1], array.type.dtype.itemsize), np.int64)

    def _array(self, array: Array) -> np.ndarray:
        values = self._storage[array.name]
        shape = array.shape(self._batch_size)
        if values.shape != shape or values.dtype != array.type.dtype or not values.flags.c_contiguous:
            raise InternalCompilerError(
                f"{array.name} must be contiguous {array.type.dtype} of shape {shape}, got {values.dtype} of shape "
                f"{values.shape}; this is a bug in ml_genn"
            )
        return values


@final
class BoundStage:
    """A stage whose records hold addresses; keeps alive what they point to."""

    def __init__(self, stage: Stage, kernels: Sequence[int], memory: Memory) -> None:
        self._memory = memory
        self._items, self._shares = stage.items, stage.shares
        self._kernels, self._records = kernels, list[np.ndarray]()
        self._own_calls = [self._call(instance) for instance in stage.instances]
        self._copy_calls: list[library.Call] = []
        self._renew()
        self._pace = library.Pace(0.0, 1)
        self._run = library.runtime().gen_run
        joint = [instance.joint for instance in stage.instances if instance.joint is not None]
        needed = max((instance.scratch_bytes for instance in (*stage.instances, *joint)), default=0)
        self._scratch_bytes = -(-needed // _LINES) * _LINES
        self._scratch = np.zeros(0, np.uint8)

    def _call(self, instance: Instance) -> library.Call:
        kernel, joint = (self._kernels[instance.kernel], self._record(instance)), instance.joint
        if joint is None:
            return library.Call(*kernel)
        return library.Call(*kernel, self._kernels[joint.kernel], self._record(joint), instance.examples)

    def _record(self, instance: Instance) -> int:
        """Address of the fields of a kernel."""
        self._records.append(np.array([self._memory.field(value) for value in instance.values], np.int64))
        return self._records[-1].ctypes.data

    def copy(self, copies: Sequence[VariableCopy]) -> None:
        """From now on runs these copies, and no others, after the kernels of a step."""
        kernel = library.copy_kernel()
        self._copies = [(copy, self._memory.copy_record(copy)) for copy in copies]
        self._copy_calls = [library.Call(kernel, record.ctypes.data) for _, record in self._copies]
        self._renew()

    def measure(self, counters: Sequence[np.ndarray]) -> None:
        """From now on adds the nanoseconds of each kernel to its counter, int64 (1,)."""
        stamp = library.stamp_kernel()
        calls = [library.Call(stamp, None)]
        for own, counter in zip(self._own_calls, counters, strict=True):
            calls += [own, library.Call(stamp, counter.ctypes.data)]
        self._counters, self._own_calls = counters, calls
        self._renew()

    def _renew(self) -> None:
        calls = [*self._own_calls, *self._copy_calls]
        self._calls = (library.Call * len(calls))(*calls)

    def run(self, clock: library.Clock, steps: int, threads: int, done: ctypes.c_int64) -> None:
        """One foreign call; `done` becomes the number of steps finished, which are fewer where they take long."""
        clock.scratch = self._thread_memory(threads)
        self._run(
            self._calls,
            len(self._calls),
            ctypes.byref(clock),
            self._items,
            self._shares,
            steps,
            threads,
            self._scratch_bytes,
            ctypes.byref(self._pace),
            ctypes.byref(done),
        )

    def _thread_memory(self, threads: int) -> int:
        """Address of `scratch_bytes` for each thread, on a cache line."""
        size = self._scratch_bytes * min(threads, self._shares) + _LINES
        if self._scratch.size < size:
            self._scratch = np.zeros(size, np.uint8)
        return self._scratch.ctypes.data + -self._scratch.ctypes.data % _LINES
