"""Runs a compiled spiking network over examples, batch by batch, and measures what it does beside its ANN.

Memory is bounded by the batch: statistics are sums, and of the outputs only the chosen classes are kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.callbacks import CallbackList
from ml_genn.reports import Comparison, LayerResult, LayerStatistics, Progress
from ml_genn.runtime.output_trace import OutputTrace, chosen_classes
from ml_genn.runtime.reach import arriving_synops, steps_to_reach, synaptic_targets
from ml_genn.runtime.thresholds import threshold_of

from .build import SpikingModel
from .diagnosis.probe import Probe
from .execute_stages import run_stages
from .ir import Array
from .methods import Method
from .stages import Stage

STAGE = "simulation"

MOST_PLOTS = 48
"""Layers whose values are kept beside the ANN's for a plot; of deeper networks evenly spaced ones."""


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """What a run showed: chosen classes (examples,) by number of timesteps, layers, seconds."""

    classes: Mapping[int, NDArray[np.int64]]
    layers: tuple[LayerResult, ...]
    seconds: Mapping[str, float]
    cpu_seconds: Mapping[str, float]


def measure(
    spiking: SpikingModel,
    method: Method,
    compiled: Any,
    x: Mapping[str, Array],
    progress: Progress | None = None,
    probe: Probe | None = None,
    beside_ann: bool = True,
) -> Measured:
    """Runs all examples of `x`, arrays (examples, *shape) by input name, through a compiled network of one output.

    `probe` is shown what the layers of each batch did. Without `beside_ann` spikes are counted, but not compared.
    """
    (output,) = spiking.outputs
    steps = steps_to_reach(spiking.inputs)
    limits = {name: method.most_spikes(steps[population]) for name, population in spiking.populations.items()}
    plotted = _evenly([stage.name for stage in spiking.stages.stages], MOST_PLOTS)
    layers = {
        stage.name: _layer(spiking, stage, limits[stage.name], stage.name in plotted) for stage in spiking.stages.stages
    }
    examples = len(next(iter(x.values())))
    at_the_end: list[NDArray[np.int64]] = []
    watched = method.watched_timesteps[:-1]
    earlier, earlier_cpu = dict(compiled.stopwatch.seconds), dict(compiled.stopwatch.cpu_seconds)
    with compiled:
        for stage in spiking.stages.stages:
            if stage.kind != "output" and not method.sends_values(stage):
                compiled.record(spiking.populations[stage.name])
        callbacks = [OutputTrace(output, watched, compiled.depths.get(output, 0))] if watched else []
        batches = list(_batches(x, compiled.batch_size))
        with CallbackList(callbacks, compiled_network=compiled, num_batches=len(batches)) as callback_list:
            inputs = ({spiking.populations[name]: array for name, array in batch.items()} for batch in batches)
            for result in compiled.run_batches(inputs, [output], callback_list):
                values = result.readouts[output]
                at_the_end.append(chosen_classes(values))
                _count(spiking, method, compiled, layers, batches[result.index], len(values))
                if beside_ann:
                    expected = run_stages(spiking.stages, batches[result.index], keep=layers)
                    decoded = _decoded(spiking, method, compiled, batches[result.index], values)
                    for name, layer in layers.items():
                        layer.compare(decoded[name], expected[name].reshape(len(values), -1))
                    if probe is not None:
                        probe.add(expected, decoded)
                if progress is not None:
                    progress(STAGE, min((result.index + 1) * compiled.batch_size, examples), examples)
            traced = callback_list.get_data().get("output_trace", {})
    return Measured(
        classes={**traced, method.timesteps: np.concatenate(at_the_end)},
        layers=_results(spiking, layers),
        seconds=_since(compiled.stopwatch.seconds, earlier),
        cpu_seconds=_since(compiled.stopwatch.cpu_seconds, earlier_cpu),
    )


def _since(seconds: Mapping[str, float], earlier: Mapping[str, float]) -> dict[str, float]:
    return {what: total - earlier.get(what, 0.0) for what, total in seconds.items()}


def _batches(x: Mapping[str, Array], size: int) -> list[dict[str, Array]]:
    """Views of `size` examples each; the last may hold fewer."""
    examples = len(next(iter(x.values())))
    return [{name: array[at : at + size] for name, array in x.items()} for at in range(0, examples, size)]


def _evenly(names: Sequence[str], most: int) -> frozenset[str]:
    """At most so many of the names, evenly spaced."""
    return frozenset(names[:: -(-len(names) // most)])


def _layer(spiking: SpikingModel, stage: Stage, most_spikes: int, plotted: bool) -> LayerStatistics:
    population = spiking.populations[stage.name]
    threshold, note = threshold_of(population.neuron)
    if stage.name in spiking.scales.channels:  # its neurons may work in their units, and then do not know it
        threshold, note = None, "differs from channel to channel"
    targets = synaptic_targets(population)
    comparison = Comparison(targets.size, unit=spiking.scales.values.get(stage.name), plotted=plotted)
    if stage.kind == "output":
        return LayerStatistics(stage.name, threshold=None, targets=targets, most_spikes=0, comparison=comparison)
    return LayerStatistics(
        stage.name,
        threshold=threshold,
        threshold_note=note,
        targets=targets,
        most_spikes=most_spikes,
        comparison=comparison,
        analog=population.neuron.sends_values,
    )


def _results(spiking: SpikingModel, layers: Mapping[str, LayerStatistics]) -> tuple[LayerResult, ...]:
    arriving = arriving_synops({spiking.populations[name]: layer.mean_spikes for name, layer in layers.items()})
    return tuple(
        dataclasses.replace(layer.result(), arriving_synops=arriving.get(spiking.populations[name], 0.0))
        for name, layer in layers.items()
    )


def _count(
    spiking: SpikingModel,
    method: Method,
    compiled: Any,
    layers: Mapping[str, LayerStatistics],
    batch: Mapping[str, Array],
    examples: int,
) -> None:
    """Adds the spikes of one batch; of inputs that send their values, those that are not zero."""
    for name, layer in layers.items():
        stage = spiking.stages[name]
        if stage.kind == "output":
            layer.add_silent(examples)
        elif method.sends_values(stage):
            layer.add(np.asarray(batch[name].reshape(examples, -1) != 0, np.int64))
        else:
            layer.add(compiled.spikes(spiking.populations[name]).counts()[:examples])


def _decoded(
    spiking: SpikingModel, method: Method, compiled: Any, batch: Mapping[str, Array], outputs: Array
) -> dict[str, Array]:
    """The values that the spikes of one batch stand for, (examples, neurons) by stage."""
    examples = len(outputs)
    values: dict[str, Array] = {}
    for stage in spiking.stages.stages:
        if stage.kind == "output":
            found = method.decode_output(outputs)
        elif method.sends_values(stage):
            found = batch[stage.name]
        else:
            spikes = compiled.spikes(spiking.populations[stage.name])
            found = method.decode_stage(spikes, stage, spiking.scales)[:examples]
        values[stage.name] = found.reshape(examples, -1)
    return values
