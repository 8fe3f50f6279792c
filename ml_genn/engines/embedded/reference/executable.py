"""The reference executable: runs a plan's kernels one after the other, step by step, with numpy.

The cpu engine flushes denormal numbers to zero, numpy does not; results agree outside that range.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from types import FrameType, TracebackType
from typing import Any, Protocol, Self, final

import numpy as np

from ml_genn.engines.embedded.plan.plan import (
    Clock,
    NeuronUpdate,
    Plan,
    PostPropagation,
    Propagation,
    SynapseDynamics,
)
from ml_genn.engines.embedded.plan.storage import TIMED, Storage, VariableCopy
from ml_genn.engines.embedded.reference.custom_update import CustomUpdateKernel
from ml_genn.engines.embedded.reference.frame import Surroundings
from ml_genn.engines.embedded.reference.neuron_update import NeuronUpdateKernel
from ml_genn.engines.embedded.reference.post_propagation import PostPropagationKernel
from ml_genn.engines.embedded.reference.propagation import PropagationKernel
from ml_genn.engines.embedded.reference.synapse_dynamics import SynapseDynamicsKernel
from ml_genn.errors import DescriptionError


class Kernel(Protocol):
    """One entry of a plan, bound to storage."""

    def run(self) -> None:
        """Runs once, at the clock of its surroundings."""


@final
class ReferenceExecutable:
    """A plan bound to its storage, run by numpy (`plan.storage.Executable`)."""

    def __init__(self, plan: Plan, storage: Storage) -> None:
        self.clock = Clock()
        self.storage = storage
        self.copies: Sequence[VariableCopy] = ()
        surroundings = Surroundings.of(plan, storage, self.clock)
        kernels = {id(kernel): kernel for step in plan.steps for kernel in step}
        bound = {key: _KERNELS[type(kernel)](kernel, surroundings) for key, kernel in kernels.items()}
        self.steps = [[bound[id(kernel)] for kernel in step] for step in plan.steps]
        self.kinds = [[TIMED[type(kernel)] for kernel in step] for step in plan.steps]
        self.seconds: dict[str, float] = {}
        self.groups = {
            group: [CustomUpdateKernel(update, surroundings) for update in updates]
            for group, updates in plan.custom_updates.items()
        }

    def run(self, clock: Clock, steps: int) -> None:
        """Runs steps and advances the clock; Ctrl-C stops between two steps."""
        with _BetweenSteps() as interrupt, np.errstate(all="ignore"):
            for _ in range(steps):
                self._follow(clock)
                for kernel in self.steps[clock.phase]:
                    kernel.run()
                for copy in self.copies:
                    self._copy(copy)
                clock.timestep += 1
                clock.ring += 1
                interrupt.check()

    def custom_update(self, group: str, clock: Clock) -> None:
        """Runs the custom updates of one group, in the order of the plan.

        Raises:
            DescriptionError: there is no such group.
        """
        if group not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            raise DescriptionError(f"there is no custom update group '{group}' (there are: {known})")
        self._follow(clock)
        with np.errstate(all="ignore"):
            for kernel in self.groups[group]:
                kernel.run()

    def record(self, copies: Sequence[VariableCopy]) -> None:
        """From now on makes these copies, and no others, after each step."""
        self.copies = copies

    def _copy(self, copy: VariableCopy) -> None:
        ring = self.clock.ring
        copy.rows[ring % len(copy.rows)] = self.storage[copy.array.name][ring % copy.array.slots][:, copy.places]

    def measure(self) -> Mapping[str, float]:
        """From now on measures kernels; seconds so far by kind."""
        if not self.seconds:
            self.seconds = dict.fromkeys(TIMED.values(), 0.0)
            self.steps = [
                [_Timed(kernel, kind, self.seconds) for kernel, kind in zip(step, kinds, strict=True)]
                for step, kinds in zip(self.steps, self.kinds, strict=True)
            ]
        return self.seconds

    def close(self) -> None:
        """There is nothing to give back."""

    def _follow(self, clock: Clock) -> None:
        self.clock.timestep, self.clock.ring = clock.timestep, clock.ring
        self.clock.example_offset = clock.example_offset


@final
class _Timed:
    """A kernel that adds the time it takes to the seconds of its kind."""

    def __init__(self, kernel: Kernel, kind: str, seconds: dict[str, float]) -> None:
        self.kernel, self.kind, self.seconds = kernel, kind, seconds

    def run(self) -> None:
        """Runs once."""
        begun = perf_counter()
        self.kernel.run()
        self.seconds[self.kind] += perf_counter() - begun


@final
class _BetweenSteps:
    """Holds a first Ctrl-C back until `check`; a second one is not held back. Other handlers stay as they are."""

    def __init__(self) -> None:
        self.pending = False
        self.installed = False

    def __enter__(self) -> Self:
        on_main_thread = threading.current_thread() is threading.main_thread()
        if on_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._remember)
            self.installed = True
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self.installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _remember(self, _: int, __: FrameType | None) -> None:
        if self.pending:
            raise KeyboardInterrupt
        self.pending = True

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed since the last step."""
        if self.pending:
            raise KeyboardInterrupt


_KERNELS: dict[type, Callable[[Any, Surroundings], Kernel]] = {
    SynapseDynamics: SynapseDynamicsKernel,
    Propagation: PropagationKernel,
    PostPropagation: PostPropagationKernel,
    NeuronUpdate: NeuronUpdateKernel,
}
