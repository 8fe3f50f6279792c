"""What the cpu executable promises besides numbers: threads, frames, Ctrl-C, forks, kernels merged and unloaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable, default_threads
from ml_genn.engines.embedded.cpu.emit.unit import emit_unit
from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.errors import DescriptionError
from tests.engine.plans import PlanMaker, load


def counter(batch_size: int = 4, neurons: int = 10) -> PlanMaker:
    """Neurons that count steps."""
    maker = PlanMaker(batch_size=batch_size)
    maker.neurons("n", neurons, sim=maker.code("x += 1.0;", {"x": maker.variable("x", neurons)}))
    return maker


def test_a_thousand_steps_take_a_handful_of_python_calls() -> None:
    executable, _ = load(counter(), partial(CpuExecutable, threads=2))
    calls = {1: 0, 1000: 0}
    for steps in calls:

        def count(_frame: object, event: str, _argument: object, steps: int = steps) -> None:
            calls[steps] += event == "call"

        clock = Clock()
        sys.setprofile(count)
        executable.run(clock, steps)
        sys.setprofile(None)
    # on a busy machine the steps may take several calls of a tenth of a second
    assert calls[1] <= calls[1000] < 100


def test_the_clock_advances_by_the_steps_and_may_be_set() -> None:
    executable, storage = load(counter(), partial(CpuExecutable, threads=3))
    clock = Clock()
    executable.run(clock, 3)
    clock.timestep = 0
    executable.run(clock, 7)
    assert (clock.timestep, clock.ring) == (7, 10)
    assert (storage["x"] == 10).all()


def test_no_steps_change_nothing() -> None:
    executable, storage = load(counter(), partial(CpuExecutable, threads=1))
    executable.run(Clock(), 0)
    assert not storage["x"].any()


def test_more_threads_than_examples() -> None:
    executable, storage = load(counter(batch_size=2), partial(CpuExecutable, threads=1000))
    executable.run(Clock(), 100)
    assert (storage["x"] == 100).all()


def test_two_python_threads_run_two_models_at_once() -> None:
    loaded = [load(counter(neurons=100 + k), partial(CpuExecutable, threads=2)) for k in range(3)]
    workers = [threading.Thread(target=executable.run, args=(Clock(), 5000)) for executable, _ in loaded]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all((storage["x"] == 5000).all() for _, storage in loaded)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_threads_survive_a_fork() -> None:
    executable, storage = load(counter(batch_size=8, neurons=20000), partial(CpuExecutable, threads=2))
    executable.run(Clock(), 50)  # starts the parent's worker
    child = os.fork()
    if child == 0:
        executable.run(Clock(), 50)
        os._exit(0 if (storage["x"] == 100).all() else 1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        finished, status = os.waitpid(child, os.WNOHANG)
        if finished:
            break
        time.sleep(0.02)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child hung")
    assert os.waitstatus_to_exitcode(status) == 0
    executable.run(Clock(), 50)
    assert (storage["x"] == 100).all()


INTERRUPTED = """
import sys, time
from functools import partial
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.plan.plan import Clock
from tests.engine.cpu.test_executable import counter
from tests.engine.plans import load
executable, storage = load(counter(batch_size=8, neurons=2000), partial(CpuExecutable, threads=2))
clock = Clock()
executable.run(clock, 1)
print("ready", flush=True)
try:
    executable.run(clock, 10**9)
except KeyboardInterrupt:
    stopped = time.monotonic()
    assert 1 < clock.timestep == clock.ring < 10**9
    assert (storage["x"] == clock.timestep).all(), "an example is ahead of the clock"
    before = clock.timestep
    executable.run(clock, 5)
    assert clock.timestep == before + 5 and (storage["x"] == clock.timestep).all()
    try:
        print("stopped", stopped, flush=True)
        time.sleep(30)  # Python's own handler is back
    except KeyboardInterrupt:
        print("restored", flush=True)
"""


def test_ctrl_c_stops_within_a_second_and_leaves_the_model_usable() -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        word, stopped = process.stdout.readline().split()
        assert word == "stopped"
        assert float(stopped) - sent < 1.0
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "restored\n"
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_equal_code_is_emitted_once_whatever_the_sizes_values_and_batch() -> None:
    def populations(sizes: list[int], batch_size: int, alpha: float) -> str:
        maker = PlanMaker(batch_size=batch_size)
        for number, size in enumerate(sizes):
            names = {
                "V": maker.variable(f"V{number}", size),
                "alpha": maker.parameter(f"alpha{number}", alpha + number),
            }
            maker.neurons(f"n{number}", size, sim=maker.code("V *= alpha;", names))
        return emit_unit(maker.plan()).source

    one = populations([10], 1, 0.5)
    assert populations([10, 20, 30], 7, 0.25) == one
    assert one.count("static void gen_kernel_") == 1


def test_closing_twice_and_loading_again() -> None:
    maker = counter()
    executable, _ = load(maker, partial(CpuExecutable, threads=1))
    executable.close()
    executable.close()
    again, storage = load(maker, partial(CpuExecutable, threads=1))
    again.run(Clock(), 2)
    assert (storage["x"] == 2).all()


def test_a_closed_model_says_so() -> None:
    executable, _ = load(counter(), partial(CpuExecutable, threads=1))
    executable.close()
    with pytest.raises(DescriptionError, match=r"'test' has been unloaded.*load it again"):
        executable.run(Clock(), 1)


def test_denormal_numbers_are_flushed_inside_and_not_outside() -> None:
    maker = PlanMaker()
    names = {"x": maker.variable("x", 3, 1e-30)}
    maker.neurons("n", 3, sim=maker.code("x *= 1e-10;", names))
    executable, storage = load(maker, partial(CpuExecutable, threads=1))
    executable.run(Clock(), 1)
    assert not storage["x"].any()
    assert np.float32(1e-30) * np.float32(1e-10) != 0


def test_the_number_of_threads_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_THREADS", "3")
    assert default_threads() == 3
    monkeypatch.setenv("ML_GENN_THREADS", "many")
    with pytest.raises(DescriptionError, match="ML_GENN_THREADS must be a positive whole number, got 'many'"):
        default_threads()
    monkeypatch.delenv("ML_GENN_THREADS")
    assert default_threads() >= 1


def test_the_plan_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    maker = counter()
    load(maker, partial(CpuExecutable, threads=1))
    assert "plan of" not in capsys.readouterr().err
    monkeypatch.setenv("ML_GENN_DEBUG", "3")
    load(maker, partial(CpuExecutable, threads=1))
    told = capsys.readouterr().err
    assert "ml_genn: plan of 'test':" in told and "NeuronUpdate(name='n'" in told
