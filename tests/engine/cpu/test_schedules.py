"""Threads that share examples, and components that run ahead: what is promised besides the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.run import stage
from ml_genn.engines.embedded.cpu.run.memory import Memory, Seat, part_begin
from ml_genn.engines.embedded.cpu.run.schedule import chunk, seats
from ml_genn.engines.embedded.language.types import UINT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Clock,
    DenseConnectivity,
    Element,
    Propagation,
    SparseConnectivity,
)
from ml_genn.engines.embedded.plan.storage import Storage, VariableCopy
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.cpu.test_same_bits import AHEAD, RUNTIME, other_runtime
from tests.engine.everything import everything
from tests.engine.plans import ID, PlanMaker, load

STEPS = 40


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads share every example."""
    monkeypatch.setattr(stage, "SHARED_SECONDS", 0.0)
    yield from other_runtime(monkeypatch, RUNTIME["every block shared"])


def ring(size: int = 300, seed: int = 0) -> PlanMaker:
    """Neurons that excite each other at random, sparsely, and others that they lead to."""
    maker = PlanMaker(seed=seed)
    rng = np.random.default_rng(7)
    queue, arrived = maker.queue("n", size, slots=2), maker.array("in", size, 0.0, batched=True)
    lengths = np.full(size, 5)
    indices = np.sort(np.stack([rng.choice(size, 5, replace=False) for _ in range(size)]), axis=1)
    connectivity = SparseConnectivity(
        maker.array("length", size, lengths, type_=UINT32),
        maker.array("indices", size * 5, indices.ravel(), type_=UINT32),
        5,
        True,
    )
    g = maker.variable("g", size * 5, rng.normal(0, 0.3, size * 5), axis=Axis.SYNAPSE, batched=False)
    code = maker.code("addToPost(g);", {"g": g}, ["addToPost"])
    maker.step.append(Propagation("syn", 900, size, size, queue, 1, connectivity, code, arrived))
    names = {"V": maker.variable("V", size), "arrived": Element(arrived, Axis.NEURON)}
    sim = maker.code("V = 0.9 * V + arrived + 0.3 * gennrand_uniform(); arrived = 0.0;", names)
    reset = maker.code("V = 0.0;", names)
    words = maker.recording("words", size, STEPS)
    condition = maker.condition("V > 1.0", names)
    maker.neurons("n", size, sim=sim, threshold=condition, reset=reset, queue=queue, recording=words)
    out_g = maker.variable("out.g", size * 64, rng.normal(size=size * 64), axis=Axis.SYNAPSE, batched=False)
    out = maker.array("out", 64, 0.0, batched=True)
    code = maker.code("addToPost(g);", {"g": out_g}, ["addToPost"])
    maker.step.append(Propagation("to out", 901, size, 64, queue, 0, DenseConnectivity(), code, out))
    maker.neurons("out", 64, sim=maker.code("x *= 0.9;", {"x": Element(out, Axis.NEURON)}))
    return maker


def after(threads: int, steps: int = STEPS, maker: PlanMaker | None = None) -> Storage:
    """Arrays after some steps."""
    executable, storage = load(maker or ring(), partial(CpuExecutable, threads=threads))
    executable.run(Clock(), steps)
    executable.close()
    return storage


def same(ours: Storage, theirs: Storage) -> bool:
    """Whether all that means something is equal."""
    return all(np.array_equal(ours[name], theirs[name]) for name in ours if not name.endswith("ids"))


def is_shared(executable: CpuExecutable) -> bool:
    """Whether threads have shared examples so far."""
    return "shared" in executable._steps[0]._schedules


def test_seats() -> None:
    assert seats(1, 1) == ()
    assert seats(4, 2) == ()
    assert seats(1, 2) == (Seat(0, 0, 2), Seat(0, 1, 2))
    assert seats(3, 2) == (Seat(0, 0, 2), Seat(0, 1, 2))
    assert [seat.parts for seat in seats(3, 8)] == [3, 3, 3, 3, 3, 3, 2, 2]
    assert [(seat.team, seat.part) for seat in seats(3, 8)] == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)
    ]  # fmt: skip
    assert seats(3, 4) == ()  # one of them would have nobody to share with


@pytest.mark.parametrize(("elements", "parts"), [(1, 2), (64, 2), (65, 2), (1000, 7), (4096, 4)])
def test_parts_cover_all_neurons_once(elements: int, parts: int) -> None:
    begins = [part_begin(elements, part, parts) for part in range(parts + 1)]
    assert begins[0] == 0 and begins[-1] == elements
    assert begins == sorted(begins)
    assert all(begin % 64 == 0 for begin in begins[:-1] if begin < elements)


def test_parts_of_rows() -> None:
    maker = ring()
    _, storage = load(maker)
    connectivity = next(kernel.connectivity for kernel in maker.step if isinstance(kernel, Propagation))
    assert isinstance(connectivity, SparseConnectivity)
    ends = Memory(storage, 1).row_ends(connectivity, 300, 3)
    rows = storage["indices"].reshape(300, 5)
    for part in range(3):
        assert (ends[:, part] == (rows < part_begin(300, part + 1, 3)).sum(axis=1)).all()


def test_long_lists_leave_no_room_to_run_ahead() -> None:
    maker = PlanMaker()
    assert chunk([maker.queue("small", 700)]) == 64
    assert chunk([maker.queue("large", 50_000)]) == 20
    assert chunk([maker.queue("huge", 1_000_000)]) == 0


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_spikes_that_no_kernel_takes(shared: None, slots: int) -> None:
    """Threads still join them step by step: one that ran ahead would overwrite what another one waits for."""
    maker = PlanMaker()
    v = maker.variable("V", 300, np.linspace(0.0, 1.0, 300))
    maker.neurons(
        "n",
        300,
        sim=maker.code("V += 0.1 * id;", {"V": v, "id": ID}),
        threshold=maker.condition("V >= 20.0", {"V": v}),
        reset=maker.code("V = 0.0;", {"V": v}),
        queue=maker.queue("n", 300, slots=slots),
    )
    storage = assert_agree(maker, steps(100), steps(1))
    assert storage["n.counts"].any()


def test_a_model_without_kernels_of_a_step() -> None:
    maker = PlanMaker()
    maker.variable("V", 3, 1.0)
    assert_agree(maker, steps(5))


def test_more_threads_than_cores(shared: None) -> None:
    expected = after(1)
    assert expected["words"].any()
    assert same(after(16), expected)


def test_work_too_small_to_share_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SHARED_SECONDS", 1.0)
    executable, _ = load(ring(), partial(CpuExecutable, threads=2))
    clock = Clock()
    executable.run(clock, 5000)
    executable.run(clock, 5000)
    assert isinstance(executable, CpuExecutable)
    assert not is_shared(executable)


def test_a_batch_that_all_threads_own_is_not_shared(shared: None) -> None:
    maker = PlanMaker(batch_size=4)
    everything(maker)
    executable, _ = load(maker, partial(CpuExecutable, threads=2))
    executable.run(Clock(), 2)
    assert isinstance(executable, CpuExecutable)
    assert not is_shared(executable)


@pytest.mark.parametrize("threads", [1, 2])
def test_variables_are_recorded_in_every_step(threads: int, shared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of neurons, synapses and what nobody writes; a clock that starts anew; recordings that begin later."""
    AHEAD(monkeypatch)
    rows = {}
    for engine in (None, partial(CpuExecutable, threads=threads)):
        executable, storage = load(ring(), **({} if engine is None else {"engine": engine}))
        copies = [copy_of(storage, name, places) for name, places in COPIED.items()]
        clock = Clock()
        executable.run(clock, 3)
        executable.record(copies)
        executable.run(clock, STEPS)
        rows[engine is None] = [copy.rows for copy in copies]
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(rows[True], rows[False], strict=True))


COPIED = {"V": [3, 299], "g": [7], "in": [0, 200], "out": [1, 63], "out.g": [0]}


def copy_of(storage: Storage, name: str, places: list[int]) -> VariableCopy:
    """A recording of some elements."""
    values = storage[name]
    array = Array(name, Precision().scalar, values.shape[2], not name.endswith("g"), values.shape[0])
    return VariableCopy(
        array, np.array(places, np.int64), np.zeros((STEPS, values.shape[1], len(places)), values.dtype)
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_a_clock_may_start_anew(threads: int, shared: None) -> None:
    stored = []
    for engine in (None, partial(CpuExecutable, threads=threads)):
        executable, storage = load(ring(), **({} if engine is None else {"engine": engine}))
        for count in (7, 7, 20):
            executable.run(Clock(), count)
        stored.append(storage)
    assert same(*stored)


def test_lists_of_spikes_may_be_changed_between_calls(shared: None) -> None:
    stored = []
    for engine in (None, partial(CpuExecutable, threads=2)):
        executable, storage = load(ring(), **({} if engine is None else {"engine": engine}))
        clock = Clock()
        for _ in range(4):
            executable.run(clock, 9)
            storage["n.counts"][:] = 0
            storage["n.counts"][clock.ring % 2] = 2
            storage["n.ids"][:, :, :2] = (11, 250)
        stored.append(storage)
    assert same(*stored)


def test_times_are_measured(shared: None) -> None:
    executable, _ = load(ring(), partial(CpuExecutable, threads=2))
    executable.measure()
    executable.run(Clock(), STEPS)
    times = executable.measure()
    assert times["neuron_update"] > 0 and times["presynaptic_update"] > 0


def test_two_python_threads_share_two_models_at_once(shared: None) -> None:
    expected = after(1, 300)
    loaded = [load(ring(), partial(CpuExecutable, threads=2)) for _ in range(3)]
    workers = [threading.Thread(target=executable.run, args=(Clock(), 300)) for executable, _ in loaded]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(same(storage, expected) for _, storage in loaded)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_sharing_survives_a_fork(shared: None) -> None:
    executable, storage = load(ring(), partial(CpuExecutable, threads=3))
    clock = Clock()
    executable.run(clock, STEPS)
    child = os.fork()
    if child == 0:
        executable.run(clock, STEPS)
        os._exit(0 if same(storage, after(1, 2 * STEPS)) else 1)
    deadline = time.monotonic() + 30
    finished, status = 0, 0
    while not finished and time.monotonic() < deadline:
        finished, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.02)
    if not finished:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child hung")
    assert os.waitstatus_to_exitcode(status) == 0
    executable.run(clock, STEPS)
    assert same(storage, after(1, 2 * STEPS))


INTERRUPTED = """
import sys, time
from functools import partial
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.run import stage
from ml_genn.engines.embedded.plan.plan import Clock
from tests.engine.cpu.test_executable import counter
from tests.engine.plans import load
stage.SHARED_SECONDS = 0.0
executable, storage = load(counter(batch_size=1, neurons=20000), partial(CpuExecutable, threads=int(sys.argv[1])))
clock = Clock()
executable.run(clock, 1)
print("ready", flush=True)
try:
    executable.run(clock, 10**9)
except KeyboardInterrupt:
    print("stopped", time.monotonic(), flush=True)
    assert 1 < clock.timestep == clock.ring < 10**9
    assert (storage["x"] == clock.timestep).all(), "a part is ahead of the clock"
    executable.run(clock, 5)
    assert (storage["x"] == clock.timestep).all()
    assert "shared" in executable._steps[0]._schedules
"""


@pytest.mark.parametrize("threads", ["2", "5"])
def test_ctrl_c_stops_threads_that_share_an_example(threads: str) -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", INTERRUPTED, threads]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.3)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            word, stopped = process.stdout.readline().split()
            assert word == "stopped"
            assert float(stopped) - sent < 1.0
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def deep(size: int) -> PlanMaker:
    """Two layers and what they lead to."""
    maker = PlanMaker()
    queue = maker.queue("first", size)
    maker.neurons("first", size, threshold=maker.condition("gennrand_uniform() < 0.5", {}), queue=queue)
    for name in ("second", "third"):
        target, g = maker.array(name, size, 0.0, batched=True), maker.array(f"{name}.g", size * size, 0.01)
        code = maker.code("addToPost(g);", {"g": Element(g, Axis.SYNAPSE)}, ["addToPost"])
        maker.step.append(Propagation(f"to {name}", 1, size, size, queue, 0, DenseConnectivity(), code, target))
        queue, x = maker.queue(f"{name}.out", size), {"x": Element(target, Axis.NEURON)}
        maker.neurons(name, size, sim=maker.code("x *= 0.5;", x), threshold=maker.condition("x > 0.5", x), queue=queue)
    return maker


@pytest.mark.parametrize(("cache", "ahead"), [(0, True), (1 << 20, False)])
def test_layers_run_ahead_where_their_synapses_exceed_the_cache(
    cache: int, ahead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "CACHE_BYTES", cache)
    executable, _ = load(deep(100), partial(CpuExecutable, threads=1))
    executable.run(Clock(), 15)
    assert isinstance(executable, CpuExecutable)
    assert [*executable._steps[0]._schedules] == ["plain"]
    executable.run(Clock(15, 15), 16)
    assert [*executable._steps[0]._schedules] == (["plain", "ahead"] if ahead else ["plain"])


def test_layers_do_not_run_ahead_of_one_that_has_most_synapses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "CACHE_BYTES", 0)
    executable, _ = load(ring(), partial(CpuExecutable, threads=1))
    executable.run(Clock(), 50)
    assert isinstance(executable, CpuExecutable)
    assert [*executable._steps[0]._schedules] == ["plain"]


def test_the_cache_is_asked_for() -> None:
    assert 1 << 16 <= stage.second_level_cache() <= 1 << 30
