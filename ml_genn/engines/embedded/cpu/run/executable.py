"""A plan compiled and bound to its arrays."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from pprint import pformat
from typing import final

import numpy as np

from ml_genn.engines.embedded.cpu.build import debug
from ml_genn.engines.embedded.cpu.run import library
from ml_genn.engines.embedded.cpu.run.compiled import compiled, compiled_anew
from ml_genn.engines.embedded.cpu.run.memory import Memory
from ml_genn.engines.embedded.cpu.run.schedule import counters
from ml_genn.engines.embedded.cpu.run.stage import BoundStage
from ml_genn.engines.embedded.plan.plan import Clock, Plan
from ml_genn.engines.embedded.plan.storage import TIMED, Executable, Storage, VariableCopy
from ml_genn.errors import DescriptionError


def default_threads() -> int:
    """`ML_GENN_THREADS`, or as many as there are cores for this process.

    Raises:
        DescriptionError: the variable holds no positive whole number.
    """
    text = os.environ.get("ML_GENN_THREADS", "").strip()
    if not text:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isdigit() or int(text) < 1:
        raise DescriptionError(f"ML_GENN_THREADS must be a positive whole number, got '{text}'")
    return int(text)


@final
class CpuExecutable(Executable):
    """Runs a plan's kernels, compiled from C, on its storage with up to `threads` threads (default: all cores).

    The arrays of `storage` are used where they lie: they must stay the ones they are. The results are the same bits
    for any number of threads. What is emitted for the plan is remembered, and found again by the same plan, if
    `remember` says so.

    Raises:
        ToolchainError: no C compiler, or one that does not work.
        InternalCompilerError: a fault of ours in the generated code.
    """

    def __init__(self, plan: Plan, storage: Storage, *, threads: int | None = None, remember: bool = False) -> None:
        self._plan = plan
        self._open = True
        self._threads = default_threads() if threads is None else threads
        if debug.level() >= debug.TREES:
            debug.say(debug.TREES, f"plan of '{plan.name}':\n{pformat((plan.step, dict(plan.custom_updates)))}")
        unit, self._library = compiled(plan) if remember else compiled_anew(plan)
        self._nanoseconds: dict[str, np.ndarray] = {}
        memory = Memory(storage, plan.batch_size)
        kernels = self._library.kernels
        self._steps = [
            BoundStage(stage, kernels, memory, self._threads, step)
            for stage, step in zip(unit.steps, plan.steps, strict=True)
        ]
        self._custom_updates = {
            group: [BoundStage(stage, kernels, memory, self._threads) for stage in stages]
            for group, stages in unit.custom_updates.items()
        }

    def run(self, clock: Clock, steps: int) -> None:
        """Runs `steps` steps, in one foreign call if they take no longer than a moment, and advances the clock.

        Signal handlers of Python run between such calls: Ctrl-C raises KeyboardInterrupt between two steps and leaves
        the clock at the last step done.
        """
        self._check_open()
        while steps > 0:
            done = ctypes.c_int64(0)
            try:
                self._steps[clock.phase].run(self._clock(clock), steps, done)
            finally:
                clock.timestep += done.value
                clock.ring += done.value
                steps -= done.value

    def custom_update(self, group: str, clock: Clock) -> None:
        """Runs the custom updates of one group, in the order of the plan.

        Raises:
            DescriptionError: there is no such group, or the model has been unloaded.
        """
        self._check_open()
        if group not in self._custom_updates:
            known = ", ".join(sorted(self._custom_updates)) or "none"
            raise DescriptionError(f"there is no custom update group '{group}' (there are: {known})")
        now, done = self._clock(clock), ctypes.c_int64(0)
        for stage in self._custom_updates[group]:
            stage.run(now, 1, done)

    def record(self, copies: Sequence[VariableCopy]) -> None:
        """From now on makes these copies, and no others, after each step."""
        self._check_open()
        for step in self._steps:
            step.copy(copies)

    def measure(self) -> Mapping[str, float]:
        """From now on measures kernels; seconds so far by kind, of all threads together."""
        self._check_open()
        if not self._nanoseconds:
            self._nanoseconds = {kind: counters(self._threads) for kind in TIMED.values()}
            for stage, step in zip(self._steps, self._plan.steps, strict=True):
                stage.measure([self._nanoseconds[TIMED[type(kernel)]] for kernel in step])
        return {kind: 1e-9 * float(counter.sum()) for kind, counter in self._nanoseconds.items()}

    def close(self) -> None:
        """Unloads the kernels; the storage stays, nothing can be run any more."""
        self._open = False
        self._library.close()

    def _check_open(self) -> None:
        if not self._open:
            raise DescriptionError(f"the model '{self._plan.name}' has been unloaded; load it again to run it")

    def _clock(self, clock: Clock) -> library.Clock:
        plan = self._plan
        return library.Clock(
            clock.timestep, clock.ring, clock.example_offset, plan.batch_size, plan.seed & (2**64 - 1), plan.dt
        )
