"""Models come and go: memory, libraries and threads stay as they were; forks at any moment find a pool that works."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ml_genn.engines.embedded import GeNNModel, create_neuron_model, init_postsynaptic, init_weight_update
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.build import cache_folder
from ml_genn.engines.embedded.plan.plan import Clock
from tests.engine.cpu.test_executable import counter
from tests.engine.plans import load

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and threads are read from /proc")

GROWTH_BYTES = 2**20
"""Room for the allocator's own ways. What one cycle would leave behind is at least a library's 20 KiB in memory, or 250
KiB of the model's arrays: times a thousand cycles, 20 times this bound or more."""


def built(number: int, *, threads: int = 2) -> GeNNModel:
    """A model with code of its own, 60,000 weights, recordings and random numbers."""
    model = GeNNModel("float", f"model{number}", num_threads=threads)
    model.batch_size, model.seed = 4, 1
    neurons = create_neuron_model(
        "neurons",
        vars=[("V", "scalar")],
        sim_code=f"V = 0.9 * V + Isyn + {number + 1}.0 * gennrand_uniform();",
        threshold_condition_code="V > 1.0",
        reset_code="V = 0.0;",
    )
    source = model.add_neuron_population("source", 200 + number, neurons, {}, {"V": 0.0})
    target = model.add_neuron_population("target", 300, neurons, {}, {"V": 0.0})
    source.spike_recording_enabled = True
    weights = np.random.default_rng(number).random((200 + number) * 300)
    pulse = init_weight_update("StaticPulse", {}, {"g": weights})
    model.add_synapse_population("synapses", "DENSE", source, target, pulse, init_postsynaptic("DeltaCurr"))
    model.build()
    return model


def cycle(model: GeNNModel) -> None:
    """Loads, runs, looks and unloads."""
    model.load(num_recording_timesteps=5)
    model.step_time(5)
    model.pull_recording_buffers_from_device()
    assert len(model.neuron_populations["source"].spike_recording_data[0][1]) > 0
    model.unload()


def resident() -> int:
    """Bytes in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def threads() -> int:
    """Threads of this process."""
    return len(list(Path("/proc/self/task").iterdir()))


def libraries() -> int:
    """Mapped files of the build cache."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return len({line.split()[-1] for line in lines if f"{cache_folder()}/" in line})


def growth(work: Callable[[int], None], first: int, last: int) -> int:
    """How much memory the cycles from `first` on add to what those before took."""
    for number in range(first):
        work(number)
    gc.collect()
    before = resident()
    for number in range(first, last):
        work(number)
    gc.collect()
    return resident() - before


@pytest.mark.slow
def test_a_thousand_loads_and_unloads_of_ten_models() -> None:
    models = [built(number) for number in range(10)]
    cycle(models[0])
    running, mapped = threads(), libraries()
    assert growth(lambda number: cycle(models[number % 10]), 200, 1000) < GROWTH_BYTES
    assert threads() <= running
    assert libraries() <= mapped


@pytest.mark.slow
def test_models_made_anew_and_dropped_without_unloading() -> None:
    def work(number: int) -> None:
        model = built(number % 10)
        model.load(num_recording_timesteps=5)
        model.step_time(5)

    work(0)
    gc.collect()
    running, mapped = threads(), libraries()
    assert growth(work, 50, 250) < GROWTH_BYTES
    assert threads() <= running
    assert libraries() <= mapped
    assert not [one for one in gc.get_objects() if isinstance(one, GeNNModel)]


def test_a_dropped_model_is_collected() -> None:
    gc.collect()
    mapped, others = libraries(), {id(one) for one in gc.get_objects() if isinstance(one, GeNNModel)}
    model = built(3)
    model.load(num_recording_timesteps=5)
    model.step_time(1)
    assert libraries() > mapped
    del model
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, GeNNModel) and id(one) not in others]
    assert libraries() <= mapped + 1  # the time loop, which stays


def test_views_outlive_their_model() -> None:
    model = built(4)
    model.load(num_recording_timesteps=5)
    model.step_time(5)
    view = model.neuron_populations["target"].vars["V"].view
    held = view.copy()
    model.unload()
    del model
    gc.collect()
    np.testing.assert_array_equal(view, held)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_while_another_thread_runs_a_model() -> None:
    """The child has a busy pool without its threads, and makes its own."""
    long, _ = load(counter(batch_size=8, neurons=5000), partial(CpuExecutable, threads=2))
    short, storage = load(counter(batch_size=8, neurons=5000), partial(CpuExecutable, threads=2))
    stop = threading.Event()

    def run() -> None:
        clock = Clock()
        while not stop.is_set():
            long.run(clock, 200)

    runner = threading.Thread(target=run)
    runner.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                short.run(Clock(), 300)
                os._exit(0 if (storage["x"] == 300).all() else 1)
            assert exit_code(child) == 0
    finally:
        stop.set()
        runner.join()


def exit_code(child: int, seconds: float = 30.0) -> int:
    """How a child ended; one that hangs is killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        finished, status = os.waitpid(child, os.WNOHANG)
        if finished:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child hung")
