"""Recording of variables, an extension of PyGeNN: inside the engine, step by step, into memory of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

import numpy as np

from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.engines.embedded.plan.storage import Executable, VariableCopy


@final
class VariableRecording:
    """What a variable held after each of the last steps, until it is stopped or the model is unloaded.

    Made by `GeNNModel.record_variable`.
    """

    __slots__ = ("_begun", "_clock", "_copy", "_ended", "_stop")

    def __init__(self, copy: VariableCopy, clock: Clock, stop: Callable[[VariableRecording], None]) -> None:
        self._copy = copy
        self._clock = clock
        self._begun = clock.ring
        self._ended: int | None = None
        self._stop = stop

    @property
    def copy(self) -> VariableCopy:
        """What the engine copies after each step."""
        return self._copy

    @property
    def num_steps(self) -> int:
        """Steps since the recording began."""
        return (self._clock.ring if self._ended is None else self._ended) - self._begun

    @property
    def values(self) -> np.ndarray:
        """The steps that are held, oldest first: [batch][steps][elements]; one example if all share the variable."""
        rows = self._copy.rows
        last = self._begun + self.num_steps
        steps = np.arange(max(last - len(rows), self._begun), last)
        return np.ascontiguousarray(rows[steps % len(rows)].swapaxes(0, 1))

    def stop(self) -> None:
        """Ends the recording; what it holds can still be read."""
        if self._ended is None:
            self._ended = self._clock.ring
            self._stop(self)


@final
class VariableRecordings:
    """All recordings of a loaded model."""

    def __init__(self, executable: Executable, clock: Clock) -> None:
        self._executable = executable
        self._clock = clock
        self._running: list[VariableRecording] = []

    def start(self, copy: VariableCopy) -> VariableRecording:
        """Begins a recording with the next step."""
        recording = VariableRecording(copy, self._clock, self._stopped)
        self._running.append(recording)
        self._renew(self._running)
        return recording

    def move(self, executable: Executable) -> None:
        """Go on with another executable of the same variables."""
        self._executable = executable
        self._renew(self._running)

    def close(self) -> None:
        """Stops all of them."""
        for recording in tuple(self._running):
            recording.stop()

    def _stopped(self, recording: VariableRecording) -> None:
        self._running.remove(recording)
        self._renew(self._running)

    def _renew(self, running: Sequence[VariableRecording]) -> None:
        self._executable.record([recording.copy for recording in running])
