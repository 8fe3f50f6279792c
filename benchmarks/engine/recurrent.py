"""The SHD-like network forward, 1 thread: the engine against a plain PyTorch loop and against PyGeNN's CPU backend.

    TORCH_PYTHON=... PYGENN_PYTHON=... python -m benchmarks.engine.recurrent [--write]

700 inputs, 256 recurrent neurons, 20 readouts, 1000 steps of 1 ms, batch 32 (PyGeNN: 1), 8000 input spikes an example.
"""

from __future__ import annotations

from typing import Any

from benchmarks.engine.harness import Bar, cells, finish, header, peer, take_turns, trial
from benchmarks.engine.networks import STEPS, shd_like
from ml_genn.engines import embedded

BATCH = 32
TORCH_BAR, TORCH_AIM, PYGENN_BAR, PYGENN_AIM = 20.0, 30.0, 10.0, 15.0


def loaded(batch: int, threads: int) -> Any:
    """The network on the embedded engine."""
    model = shd_like(embedded, batch, num_threads=threads)
    model.build()
    model.load()
    return model


def main() -> None:
    """Prints the table."""
    model = loaded(BATCH, 1)
    with peer("torch", "torch_recurrent.py", BATCH) as torch, peer("pygenn", "genn_recurrent.py") as pygenn:
        peers = {name: run for name, run in (("PyTorch", torch), ("PyGeNN", pygenn)) if run is not None}
        timings = take_turns({"engine": trial(model, STEPS), **peers})
        facts = {name: run.facts for name, run in peers.items()}
    spikes = model.neuron_populations["hidden"].vars["Spikes"].view.sum() / BATCH
    batches = {"engine": BATCH, "PyTorch": BATCH, "PyGeNN": 1}
    table = header("", "CPU (wall) ms per example", "hidden spikes per example", "engine is faster by")
    table.append(cells("engine", timings["engine"].ms(BATCH), f"{spikes:.0f}", ""))
    bars = []
    limits = {"PyTorch": (TORCH_BAR, TORCH_AIM), "PyGeNN": (PYGENN_BAR, PYGENN_AIM)}
    for name, fact in facts.items():
        ratio = timings[name].cpu / batches[name] / (timings["engine"].cpu / BATCH)
        label = f"{name} {fact['version']}, batch {batches[name]}"
        table.append(cells(label, timings[name].ms(batches[name]), f"{fact['hidden']:.0f}", f"{ratio:.1f}"))
        bar, aim = limits[name]
        bars.append(Bar(f"at least {bar:g} times faster than {name}, {aim:g} aimed at: {ratio:.1f}", ratio >= bar))
    finish("recurrent", "SHD-like recurrent network forward, 1 thread", table, bars)


if __name__ == "__main__":
    main()
