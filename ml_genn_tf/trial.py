"""Runs the first stages of a spiking network on calibration examples, to see what one of them receives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ml_genn.callbacks import CallbackList
from ml_genn.engines.select import get_engine
from ml_genn.runtime.examples import batches, moderate_batch_size

from .build import build_network
from .calibration import Calibration
from .ir import Array, size
from .methods.method import Method
from .methods.scales import Scales
from .stages import StageGraph


def first_stages(stages: StageGraph, name: str) -> StageGraph:
    """The stages up to the one called `name`, which is the only output and does not spike."""
    before = stages.stages[: stages.stages.index(stages[name])]
    inputs = tuple(stage.name for stage in before if stage.kind == "input")
    return StageGraph((*before, replace(stages[name], kind="output")), inputs, (name,))


def run_trial(
    stages: StageGraph, method: Method, scales: Scales, calibration: Calibration, neuron: Any
) -> Iterator[Array]:
    """Readouts of the only output of `stages`, (examples, *shape), batch by batch, over all calibration examples.

    Args:
        stages: what `first_stages` gave.
        method: says what the other populations are.
        scales: those of all stages but the last.
        calibration: the examples, and how networks are run.
        neuron: takes the place of the last stage's neurons; it has a readout.
    """
    spiking = build_network(stages, method, scales)
    (output,) = spiking.outputs
    output.neuron = neuron
    compiled = method.create_compiler(**_run_options(stages, calibration.run)).compile(spiking.network)
    inputs = {population: calibration.inputs[population.name] for population in spiking.inputs}
    with compiled, CallbackList([], compiled_network=compiled) as callbacks:
        for result in compiled.run_batches(batches(inputs, compiled.batch_size), [output], callbacks):
            yield result.readouts[output]


def _run_options(stages: StageGraph, run: Mapping[str, Any]) -> dict[str, Any]:
    """The compiler's arguments; double precision, so that no threshold depends on the order of a sum."""
    given = {name: value for name, value in run.items() if value is not None}
    neurons = sum(size(stage.shape) for stage in stages.stages)
    batches_run = get_engine(given.get("engine")).capabilities.batches
    size_of_batch = moderate_batch_size(neurons) if batches_run else 1
    return {"batch_size": size_of_batch, **given, "precision": "double"}


def largest_readout(readouts: Iterator[Array]) -> float:
    """The largest of all values."""
    return float(max(np.max(values) for values in readouts))


def spike_counts(stages: StageGraph, method: Method, scales: Scales, calibration: Calibration, name: str) -> Array:
    """Spikes of the stage `name` on all calibration examples, negative ones subtracted, (examples, neurons)."""
    kept = stages.stages[: stages.stages.index(stages[name]) + 1]
    earlier = StageGraph(kept, tuple(stage.name for stage in kept if stage.kind == "input"), ())
    spiking = build_network(earlier, method, scales)
    options = {**_run_options(earlier, calibration.run), "precision": "float"}
    compiled = method.create_compiler(**options, **method.observation).compile(spiking.network)
    inputs = {population: calibration.inputs[population.name] for population in spiking.inputs}
    counts = []
    with compiled, CallbackList([], compiled_network=compiled) as callbacks:
        for _ in compiled.run_batches(batches(inputs, compiled.batch_size), [], callbacks):
            found = compiled.spikes(spiking.populations[name]).net_counts()
            counts.append(found[: compiled.num_examples].astype(np.float32))
    return np.concatenate(counts)
