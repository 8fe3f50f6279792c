"""CPU time of a batch of training beside peers and with two threads; memory. Rates: `benchmarks/training/rates.py`.

    TORCH_PYTHON=... SNNTORCH_PYTHON=... SPYX_PYTHON=... python -m benchmarks.training.speed [--write]

The jobs are those of `benchmarks/training/jobs.py`, batches of 32, one thread each; what is compared takes turns, the
median counts. Peers run in Pythons of their own; one that is missing is left out, saying so.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.engine.harness import Bar, Contestant, Timing, cells, finish, header, peer, take_turns, timed
from benchmarks.training.jobs import JOBS
from benchmarks.training.ours import BATCHES, Trained

HERE = Path(__file__).parent
PEERS = {"Spyx": "spyx_step.py", "PyTorch, a careful loop": "torch_loop.py", "snnTorch": "snntorch_loop.py"}
PACKAGES = {"Spyx": "spyx", "PyTorch, a careful loop": "torch", "snnTorch": "snntorch"}
RATIOS = {
    "digits": {"Spyx": 3.5, "PyTorch, a careful loop": 13.0, "snnTorch": 40.0},
    "shd": {"Spyx": 5.5, "PyTorch, a careful loop": 6.0, "snnTorch": 14.0},
    "coarse": {"Spyx": 1.0},
}
"""How many times the CPU time of ours a peer should at least take."""
LIMITS = {"digits": 1.8e-3, "shd": 115e-3}
"""CPU seconds of a batch in `train`."""
ENGINE_LIMIT, MEMORY_LIMIT = 1.2e-3, 200.0


def a_batch(work: Callable[[], None]) -> Contestant:
    """Times an epoch; of a batch, its share."""
    epoch = timed(work)

    def run() -> Timing:
        time = epoch()
        return Timing(time.wall / BATCHES, time.cpu / BATCHES)

    return run


def beside_peers(name: str, bars: list[Bar]) -> list[str]:
    """The rows of a job."""
    with ExitStack() as stack:
        ours = stack.enter_context(Trained(JOBS[name]))
        spikes = {"EventProp": ours.hidden_spikes()}
        contestants: dict[str, Contestant] = {"EventProp": a_batch(ours.epoch)}
        for title, script in PEERS.items():
            running = stack.enter_context(peer(PACKAGES[title], str(HERE.parent / "peers" / script), name))
            if running is not None:
                contestants[title] = running
        if name == "digits":
            ours.hold_input()
            contestants["EventProp, in the engine"] = a_batch(ours.epoch_in_engine)
        times = take_turns(contestants, 5 if name != "digits" else 25)
        for title, running in contestants.items():
            spikes[title] = getattr(running, "facts", {}).get("hidden", spikes["EventProp"])
    _judge(name, times, bars)
    mine = times["EventProp"]
    return [
        cells(name, title, f"{1e3 * time.cpu:.3g}", f"{time / mine:.2f}", f"{spikes[title]:.1f}")
        for title, time in times.items()
    ]


def _judge(name: str, times: dict[str, Timing], bars: list[Bar]) -> None:
    mine = times["EventProp"]
    if name in LIMITS:
        limit = LIMITS[name]
        bars.append(Bar(f"{name}: {1e3 * limit:.3g} ms a batch ({1e3 * mine.cpu:.3g})", mine.cpu <= limit))
    if "EventProp, in the engine" in times:
        inside = times["EventProp, in the engine"].cpu
        bars.append(Bar(f"{name}: 1.2 ms a batch in the engine ({1e3 * inside:.3g})", inside <= ENGINE_LIMIT))
    for title, least in RATIOS[name].items():
        if title in times:
            ratio = times[title] / mine
            bars.append(Bar(f"{name}: {title} takes {least} times as long ({ratio:.3g})", ratio >= least))


def two_threads(bars: list[Bar]) -> str:
    """Best of nine of one and of two threads, taking turns."""
    with Trained(JOBS["shd"]) as one, Trained(JOBS["shd"], threads=2) as two:
        runs = {"one": a_batch(one.epoch), "two": a_batch(two.epoch)}
        rounds = [{name: run() for name, run in runs.items()} for _ in range(10)][1:]
    wall = {name: min(found[name].wall for found in rounds) for name in runs}
    cpu = {name: min(found[name].cpu for found in rounds) for name in runs}
    faster, more = wall["one"] / wall["two"], cpu["two"] / cpu["one"]
    bars.append(Bar(f"two threads: 1.7 times as fast ({faster:.2f})", faster >= 1.7))
    bars.append(Bar(f"two threads: at most 1.1 times the CPU time ({more:.2f})", more <= 1.1))
    return f"Two threads, recurrent network, best of nine: {faster:.2f} times as fast, {more:.2f} times the CPU time."


def memory() -> float:
    """Most megabytes that a process of its own held while it trained the recurrent network."""
    code = (
        "from benchmarks.training.jobs import JOBS\nfrom benchmarks.training.ours import Trained\n"
        "with Trained(JOBS['shd']) as ours:\n    for _ in range(2): ours.epoch()\n"
        "print(open('/proc/self/status').read())"
    )
    root = HERE.parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    (most,) = (line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    return float(most.split()[1]) / 1024


def main() -> None:
    """Measure, print, and write the section."""
    bars: list[Bar] = []
    table = header("job", "", "CPU ms a batch", "times ours", "spikes of a hidden neuron")
    for name in JOBS:
        table += beside_peers(name, bars)
    held = memory()
    bars.append(Bar(f"shd: at most {MEMORY_LIMIT:.0f} MB ({held:.0f})", held <= MEMORY_LIMIT))
    finish("training", "Training by EventProp", [*table, "", two_threads(bars)], bars, "training.speed")


if __name__ == "__main__":
    main()
