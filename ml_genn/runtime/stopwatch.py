"""Where the time of a run goes."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import final


@final
class Stopwatch:
    """Wall time, and time of all processors, in seconds, by activity: "build", "input", "simulation" ..."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}

    def measure(self, activity: str) -> AbstractContextManager[None]:
        """Add the time that the block takes to an activity."""
        return _Measurement(self, activity)


@final
class _Measurement(AbstractContextManager[None]):
    """One block; a class, not a generator, because there are several in each batch."""

    __slots__ = ("_activity", "_cpu_start", "_start", "_stopwatch")

    def __init__(self, stopwatch: Stopwatch, activity: str) -> None:
        self._stopwatch, self._activity = stopwatch, activity

    def __enter__(self) -> None:
        self._start, self._cpu_start = time.perf_counter(), time.process_time()

    def __exit__(self, *error: object) -> None:
        seconds, cpu_seconds = self._stopwatch.seconds, self._stopwatch.cpu_seconds
        seconds[self._activity] = seconds.get(self._activity, 0.0) + time.perf_counter() - self._start
        cpu_seconds[self._activity] = cpu_seconds.get(self._activity, 0.0) + time.process_time() - self._cpu_start
