"""What lives while a model is loaded, shared between the model and its groups."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.engines.embedded.plan.plan import Clock, Plan
from ml_genn.engines.embedded.plan.storage import Executable, Storage
from ml_genn.engines.embedded.variable_recording import VariableRecordings
from ml_genn.errors import DescriptionError


@final
class Session:
    """Memory, clock and executable of a model; empty until it is loaded.

    Attributes:
        stale: Whether the model changed since its plan was made.
        clock: Kept when the model is unloaded.
    """

    def __init__(self) -> None:
        self.stale = True
        self.clock = Clock()
        self.plan: Plan | None = None
        self._storage: Storage | None = None
        self._executable: Executable | None = None
        self._recordings: VariableRecordings | None = None

    def changed(self) -> None:
        """Remembers that the plan has to be made anew before the model is loaded."""
        self.stale = True

    def open(self, plan: Plan, storage: Storage, executable: Executable) -> None:
        """Begins a session, or goes on with one whose memory has moved."""
        self.plan, self._storage, self._executable = plan, storage, executable
        if self._recordings is None:
            self._recordings = VariableRecordings(executable, self.clock)
        else:
            self._recordings.move(executable)

    def close(self) -> None:
        """Ends the session and frees its memory."""
        if self._recordings is not None:
            self._recordings.close()
        if self._executable is not None:
            self._executable.close()
        self.plan = self._storage = self._executable = self._recordings = None

    @property
    def loaded(self) -> bool:
        """Whether there is memory to look at."""
        return self._storage is not None

    @property
    def storage(self) -> Storage:
        """Numbers of all arrays."""
        if self._storage is None:
            raise DescriptionError("the model is not loaded; call build() and load() first")
        return self._storage

    @property
    def executable(self) -> Executable:
        """What runs the plan."""
        if self._executable is None:
            raise DescriptionError("the model is not loaded; call build() and load() first")
        return self._executable

    @property
    def loaded_plan(self) -> Plan:
        """The plan that is loaded."""
        if self.plan is None:
            raise DescriptionError("the model is not loaded; call build() and load() first")
        return self.plan

    @property
    def recordings(self) -> VariableRecordings:
        """Recordings of variables."""
        if self._recordings is None:
            raise DescriptionError("the model is not loaded; call build() and load() first")
        return self._recordings

    def recorded(self, name: str, neurons: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Times and ids of the events in a recording, for each example, of the steps that it holds since step 0."""
        if name not in self.storage:
            raise DescriptionError(f"{name}: recording was not enabled when the model was loaded")
        words = self.storage[name]
        timesteps = words.shape[0]
        steps = np.arange(max(self.clock.timestep - timesteps, 0), self.clock.timestep)
        rows = words[steps % timesteps].astype("<u4").view(np.uint8)
        times = steps * self.loaded_plan.dt
        found = []
        for example in range(words.shape[1]):
            bits = np.unpackbits(np.ascontiguousarray(rows[:, example]), axis=-1, bitorder="little", count=neurons)
            step, neuron = np.nonzero(bits)
            found.append((times[step], neuron))
        return found
