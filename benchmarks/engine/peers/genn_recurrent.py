"""The SHD-like network on real PyGeNN's CPU backend: batch 1, `optimize_code`, one example after another."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pygenn
from serve import serve

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.engine.networks import STEPS, shd_like


def main() -> None:
    """Answers until told to end."""
    os.chdir(tempfile.mkdtemp())
    model = shd_like(pygenn, 1, backend="single_threaded_cpu", optimize_code=True)
    model.build()
    model.load()
    hidden = model.neuron_populations["hidden"].vars["Spikes"]
    before = {(group, name): variable.view.copy() for group, name, variable in _variables(model)}

    def work() -> dict[str, float]:
        for group, name, variable in _variables(model):
            variable.view[:] = before[group, name]
        for synapses in model.synapse_populations.values():
            synapses.out_post.view[:] = 0.0
        model.timestep = 0
        for _ in range(STEPS):
            model.step_time()
        return {"hidden": float(hidden.view.sum())}

    serve(work, version=pygenn.__version__)


def _variables(model: pygenn.GeNNModel) -> list[tuple[str, str, object]]:
    groups = model.neuron_populations.values()
    return [(group.name, name, variable) for group in groups for name, variable in group.vars.items()]


main()
