"""Running: the clock, Ctrl-C, kernels that see the clock they are given."""

from __future__ import annotations

import signal
import threading
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.plan.plan import Clock, NeuronUpdate
from ml_genn.engines.embedded.reference import ReferenceExecutable
from ml_genn.engines.embedded.reference.neuron_update import NeuronUpdateKernel
from tests.engine.plans import PlanMaker, T, load


def two_populations() -> PlanMaker:
    maker = PlanMaker()
    for name in ("first", "second"):
        v = maker.variable(name, 1)
        maker.neurons(name, 1, sim=maker.code(f"{name} += t;", {name: v, "t": T}))
    return maker


def interrupt_at(monkeypatch: pytest.MonkeyPatch, timestep: int, presses: int = 1) -> None:
    """Presses Ctrl-C while the first population of a step runs."""
    original = NeuronUpdateKernel.run

    def run(kernel: Any) -> None:
        update: NeuronUpdate = kernel.update
        if update.name == "first" and kernel.surroundings.clock.timestep == timestep:
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)
        original(kernel)

    monkeypatch.setattr(NeuronUpdateKernel, "run", run)


def test_interrupt_stops_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_at(monkeypatch, 3)
    executable, storage = load(two_populations())
    clock = Clock()
    with pytest.raises(KeyboardInterrupt):
        executable.run(clock, 100)
    assert (clock.timestep, clock.ring) == (4, 4)
    assert storage["first"].item() == storage["second"].item() == 0 + 1 + 2 + 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_at(monkeypatch, 3, presses=2)
    executable, storage = load(two_populations())
    clock = Clock()
    with pytest.raises(KeyboardInterrupt):
        executable.run(clock, 100)
    assert clock.timestep == 3
    assert storage["second"].item() == 0 + 1 + 2


def test_other_handlers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_at(monkeypatch, 3)
    executable, _ = load(two_populations())
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        executable.run(Clock(), 10)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [signal.SIGINT]


def test_runs_in_other_threads() -> None:
    executable, storage = load(two_populations())
    thread = threading.Thread(target=executable.run, args=(Clock(), 3))
    thread.start()
    thread.join()
    assert storage["first"].item() == 3


def test_the_clock_may_be_set_between_runs() -> None:
    executable, storage = load(two_populations())
    clock = Clock()
    executable.run(clock, 2)
    clock.timestep = 100
    executable.run(clock, 1)
    assert storage["first"].item() == 101
    assert (clock.timestep, clock.ring) == (101, 3)


def test_executables_of_one_plan_do_not_meet() -> None:
    maker = two_populations()
    one, storage = load(maker)
    other, other_storage = load(maker)
    one.run(Clock(timestep=5), 1)
    assert other_storage["first"].item() == 0
    other.close()
    assert isinstance(other, ReferenceExecutable)
    np.testing.assert_array_equal(storage["first"].ravel(), [5])
