"""Ctrl-C and SIGTERM during long calls and builds: answered within a second, and everything works afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

import numpy as np
import pytest

from ml_genn.engines.embedded import GeNNModel, create_custom_update_model, create_neuron_model, create_var_ref
from ml_genn.engines.embedded.cpu.build import cache
from tests.processes import uncounted

ROOT = Path(__file__).parents[2]
PROMPT_S = 1.0
NEURONS = 50_000


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Tests begin and end with Python's own handlers."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


@contextmanager
def sent(number: int, after: float = 0.3) -> Iterator[list[float]]:
    """Sends this process a signal during the block; yields a list which then holds when."""
    times: list[float] = []

    def send() -> None:
        times.append(time.monotonic())
        os.kill(os.getpid(), number)

    timer = threading.Timer(after, send)
    timer.start()
    try:
        yield times
    finally:
        timer.join()


def interrupted(call: Callable[[], object]) -> float:
    """How long a call went on after Ctrl-C."""
    with sent(signal.SIGINT) as times, pytest.raises(KeyboardInterrupt):
        call()
    return time.monotonic() - times[0]


def counting(threads: int, batch_size: int) -> GeNNModel:
    """Neurons that count steps in x and updates in y and z."""
    model = GeNNModel("float", "counting", num_threads=threads)
    model.batch_size, model.seed = batch_size, 1
    neurons = create_neuron_model(
        "neurons", vars=[("x", "scalar"), ("y", "scalar"), ("z", "scalar")], sim_code="x += 1.0;"
    )
    group = model.add_neuron_population("n", NEURONS, neurons, {}, {"x": 0.0, "y": 0.0, "z": 0.0})
    for name in "yz":
        update = create_custom_update_model("count", var_refs=[("v", "scalar")], update_code="v += 1.0;")
        model.add_custom_update(f"count_{name}", "count", update, {}, {}, {"v": create_var_ref(group, name)})
    model.build()
    model.load()
    return model


def value(model: GeNNModel, name: str) -> float:
    """What all neurons of all examples hold."""
    values = np.unique(model.neuron_populations["n"].vars[name].view)
    assert values.size == 1, f"{name} is not the same everywhere: {values}"
    return float(values[0])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_ctrl_c_in_step_time(threads: int, batch_size: int) -> None:
    model = counting(threads, batch_size)
    assert interrupted(lambda: model.step_time(10**9)) < PROMPT_S
    done = model.timestep
    assert 0 < done < 10**9
    assert value(model, "x") == min(done, 2**24)
    model.neuron_populations["n"].vars["x"].view[:] = 0.0
    model.step_time(5)
    assert (model.timestep, value(model, "x")) == (done + 5, 5.0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_ctrl_c_in_custom_update(threads: int, batch_size: int) -> None:
    """No update is left half-done, though the second one of the group may not have run."""
    model = counting(threads, batch_size)

    def run() -> None:
        while True:
            model.custom_update("count")

    assert interrupted(run) < PROMPT_S
    assert 0 <= value(model, "y") - value(model, "z") <= 1
    before = value(model, "y")
    model.custom_update("count")
    assert value(model, "y") == min(before + 1, 2**24)


def test_a_second_and_a_third_ctrl_c() -> None:
    model = counting(2, 8)
    for _ in range(3):
        before = model.timestep
        assert interrupted(lambda: model.step_time(10**9)) < PROMPT_S
        assert model.timestep > before


def test_ctrl_c_before_a_call_is_not_lost() -> None:
    """One that arrives as the call begins ends it too."""
    model = counting(1, 1)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        model.step_time(10**9)
    model.step_time(1)


def large() -> GeNNModel:
    """A model that takes a compiler several seconds, different each time."""
    random = Random(time.time_ns())
    model = GeNNModel("float", "large")
    for number in range(30):
        a, b, c = (random.random() for _ in range(3))
        lines = [f"if (x > {a} + {k}) {{ x = y * {b} + sin(z); y = fmod(x, {c}); z += y; }}" for k in range(60)]
        variables = [(name, "scalar") for name in "xyz"]
        neurons = create_neuron_model("neurons", vars=variables, sim_code="\n".join(lines))
        model.add_neuron_population(f"n{number}", 4, neurons, {}, dict.fromkeys("xyz", 1.0))
    model.build()
    return model


def test_ctrl_c_while_the_compiler_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is left behind, no lock is held, and the same model can be loaded afterwards."""
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_found", {})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model = large()
    compiling = threading.Event()
    seen = threading.Thread(target=when_compiling, args=(tmp_path, compiling), daemon=True)
    seen.start()
    with pytest.raises(KeyboardInterrupt):
        model.load()
    ended = time.monotonic()
    assert compiling.is_set()
    assert ended - compiling_since[0] < 0.2 + PROMPT_S
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_file()]
    assert compilers_for(tmp_path) == []
    small = counting(1, 1)
    small.step_time(3)
    assert value(small, "x") == 3.0


def compilers_for(folder: Path) -> list[str]:
    """Command lines of running programs that name a folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            commands.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in commands if f"{folder}/ml_genn-build" in command]


compiling_since: list[float] = []


def when_compiling(folder: Path, told: threading.Event) -> None:
    """Sends Ctrl-C a moment after the source of a large model has been written."""
    while not any(path.stat().st_size > 100_000 for path in folder.glob("ml_genn-build-*/*.c")):
        time.sleep(0.01)
    time.sleep(0.2)
    compiling_since[:] = [time.monotonic()]
    told.set()
    os.kill(os.getpid(), signal.SIGINT)


def test_a_handler_that_returns_lets_the_call_go_on() -> None:
    """Any signal with a handler of Python is answered during the call, which then goes on to its end."""
    model = counting(2, 1)
    seen: list[float] = []

    def handler(_: int, __: FrameType | None) -> None:
        seen.append(time.monotonic())

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with sent(signal.SIGTERM) as times:
            started = time.monotonic()
            while time.monotonic() - started < 0.6:
                model.step_time(100_000)
        assert seen
        assert 0 <= seen[0] - times[0] < PROMPT_S
    finally:
        assert signal.signal(signal.SIGTERM, before) is handler
    assert model.timestep % 100_000 == 0


TERMINATED = """
import signal, sys
from tests.engine.test_interrupts import counting
HANDLER
model = counting(2, 8)
model.step_time(1)
print("ready", flush=True)
model.step_time(10**9)
"""

TERMINATIONS = {
    "default": ("", -signal.SIGTERM),
    "handler that exits": ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))", 7),
}


@pytest.mark.parametrize(("handler", "code"), TERMINATIONS.values(), ids=TERMINATIONS)
def test_sigterm_ends_the_process(handler: str, code: int) -> None:
    command = [sys.executable, "-c", TERMINATED.replace("HANDLER", handler)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**uncounted(), "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert process.wait(timeout=30) == code
        # Python takes some tenths of a second to end on a busy machine
        assert time.monotonic() - started < 2 * PROMPT_S
