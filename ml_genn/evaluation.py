"""Runs a saved network without Keras and measures its accuracy and what its layers did."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from .callbacks import CallbackList
from .data.checks import check_labels
from .engines.select import engine_in_use
from .errors import DataError, ModelFileError, UnsupportedError
from .population import Population
from .reports import (
    Accuracy,
    Calibration,
    DataInfo,
    LayerResult,
    LayerStatistics,
    Method,
    ModelInfo,
    Progress,
    Result,
    Timing,
    Totals,
    confusion,
    current_environment,
    telling_examples,
)
from .reports.plain import from_plain
from .runtime.examples import batches, check_examples, moderate_batch_size
from .runtime.output_trace import OutputTrace, chosen_classes, classes_told_apart, powers_of_two
from .runtime.reach import arriving_synops, steps_to_reach, synaptic_targets
from .runtime.thresholds import threshold_of
from .serialisers import SavedNetwork, load_network

STAGE = "simulation"


def evaluate_file(
    path: Path | str,
    x: Any,
    y: Any,
    *,
    batch_size: int | None = None,
    engine: str | None = None,
    num_threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Accuracy of a saved network on labelled examples, and what its layers did.

    The network is that which was saved, spike for spike. Its provenance may hold "model" (a ModelInfo as plain data),
    "method" (name and options), "calibration", "ann_macs", "layer_macs" (by population), "notes"; what is there enters
    the result.

    Args:
        path: a network that `save_network` wrote.
        x: examples (examples, ...), or a mapping with one array for each input.
        y: class of each example, whole numbers (examples,).
        batch_size: examples that run at the same time; None for as many as a moderate memory allows.
        engine: "auto", "embedded", "reference" or "pygenn"; None for ML_GENN_ENGINE, else "auto".
        num_threads: threads of the embedded engine; None for ML_GENN_THREADS, else all cores.
        progress: called as progress(stage, done, total).

    Raises:
        ModelFileError: the file is missing, damaged or no network.
        DataError: examples or labels do not fit the network or each other.
        UnsupportedError: the network has several outputs, or one that is no vector of classes.
    """
    saved = load_network(path)
    about = _about(Path(path), saved)
    output = _classifier(saved)
    inputs = _by_input(saved, x)
    examples = check_examples(inputs, "input")
    labels = check_labels(np.asarray(y), examples, "evaluation data", classes_told_apart(output.known_shape[0]))
    neurons = sum(population.num_neurons for population in saved.network.populations)
    size = moderate_batch_size(neurons) if batch_size is None else batch_size
    run = {"batch_size": size, "engine": engine, "num_threads": num_threads, **_observed(saved, output)}
    compiled = saved.create_compiler(**run).compile(saved.network)
    measured = _measure(compiled, saved, inputs, output, progress)
    return _assemble(about, measured, labels, inputs, *engine_in_use(engine, num_threads))


def _observed(saved: SavedNetwork, output: Population) -> dict[str, Any]:
    """Compiler arguments with which spikes can be counted; recording every one would take memory for each timestep."""
    if _counts_spikes(saved):
        return {"count_spikes": True}
    for population in saved.network.populations:
        population.record_spikes = population is not output
    return {}


def _counts_spikes(saved: SavedNetwork) -> bool:
    """Rate coding, where an answer forms step by step; a few-spike network has no answer before its last bit."""
    return "evaluate_timesteps" in saved.compiler_arguments


@final
@dataclass(frozen=True, eq=False)
class _Measured:
    """What a run showed: chosen classes (examples,) by number of timesteps, and what the layers did."""

    classes: Mapping[int, np.ndarray]
    layers: tuple[LayerResult, ...]
    timesteps: int
    num_classes: int
    seconds: Mapping[str, float]


def _measure(
    compiled: Any,
    saved: SavedNetwork,
    inputs: Mapping[Population, Any],
    output: Population,
    progress: Progress | None,
) -> _Measured:
    timesteps = int(saved.compiler_arguments.get("k") or saved.compiler_arguments["evaluate_timesteps"])
    layers = {pop: _statistics(pop, limit) for pop, limit in _most_spikes(saved, output, timesteps).items()}
    examples = len(next(iter(inputs.values())))
    classes: list[np.ndarray] = []
    watched = powers_of_two(timesteps)[:-1] if _counts_spikes(saved) else ()
    traces = [OutputTrace(output, watched, compiled.depths.get(output, 0))] if watched else []
    with compiled, CallbackList(traces, compiled_network=compiled) as callbacks:
        for population in layers:
            if population is not output and not population.neuron.sends_values:
                compiled.record(population)
        for result in compiled.run_batches(batches(inputs, compiled.batch_size), [output], callbacks):
            values = result.readouts[output]
            classes.append(chosen_classes(values))
            for population, layer in layers.items():
                if population.neuron.sends_values:
                    layer.add(_values_sent(inputs[population], result.index * compiled.batch_size, len(values)))
                else:
                    _observe(compiled, None if population is output else population, layer, len(values))
            if progress is not None:
                progress(STAGE, sum(map(len, classes)), examples)
        traced = callbacks.get_data().get("output_trace", {})
    return _Measured(
        classes={**traced, timesteps: np.concatenate(classes)},
        layers=_results(layers),
        timesteps=timesteps,
        num_classes=classes_told_apart(output.known_shape[0]),
        seconds=dict(compiled.stopwatch.seconds),
    )


def _assemble(
    about: Mapping[str, Any],
    measured: _Measured,
    labels: np.ndarray,
    inputs: Mapping[Population, Any],
    engine: str,
    num_threads: int | None,
) -> Result:
    examples, classes = len(labels), measured.classes[measured.timesteps]
    correct = {steps: int(np.sum(chosen == labels)) for steps, chosen in measured.classes.items()}
    data = next(iter(inputs.values()))
    seconds = measured.seconds
    running = seconds.get("input", 0.0) + seconds.get("simulation", 0.0)
    macs = about["layer_macs"]
    return Result(
        model=about["model"],
        data=DataInfo(
            name="evaluation data",
            source="given by the caller",
            split="unknown",
            examples=examples,
            shape=tuple(np.shape(data)[1:]),
        ),
        calibration=about["calibration"],
        method=about["method"],
        snn=Accuracy.of(correct[measured.timesteps], examples, seconds=running, timesteps=measured.timesteps),
        accuracy_by_timestep=tuple((steps, number / examples) for steps, number in sorted(correct.items())),
        confusion=confusion(labels, classes, None, measured.num_classes),
        examples=telling_examples(np.asarray(data), labels, classes, None),
        layers=tuple(dataclasses.replace(layer, ann_macs=macs.get(layer.name)) for layer in measured.layers),
        totals=Totals.of(measured.layers, ann_macs=about["ann_macs"]),
        folded=about["folded"],
        notes=about["notes"],
        timing=Timing(
            build_seconds=seconds.get("build", 0.0),
            input_seconds=seconds.get("input", 0.0),
            simulation_seconds=seconds.get("simulation", 0.0),
            ms_per_example=1000 * running / examples,
        ),
        environment=current_environment(engine=engine, threads=num_threads),
        command=about["command"],
    )


def _most_spikes(saved: SavedNetwork, output: Population, timesteps: int) -> dict[Population, int]:
    """Spikes of a neuron at its limit: all bits of a code, or one in each timestep since the input can have arrived."""
    together = "k" in saved.compiler_arguments or saved.compiler_arguments.get("layered")
    steps = {} if together else steps_to_reach(saved.inputs)
    limits = {pop: max(timesteps - steps.get(pop, 0), 1) for pop in saved.network.populations}
    return {**limits, output: 0}


def _observe(compiled: Any, population: Population | None, layer: LayerStatistics, examples: int) -> None:
    if population is not None:
        layer.add(compiled.spikes(population).counts()[:examples])
    else:
        layer.add_silent(examples)


def _values_sent(x: Any, first: int, examples: int) -> np.ndarray:
    """1 for each value that an input sends, which are those other than 0, of the examples from `first` on."""
    batch = np.asarray(x[first : first + examples])
    return np.asarray(batch.reshape(examples, -1) != 0, np.int64)


def _statistics(population: Population, most_spikes: int) -> LayerStatistics:
    threshold, note = threshold_of(population.neuron) if most_spikes > 0 else (None, None)
    return LayerStatistics(
        population.name,
        threshold=threshold,
        threshold_note=note,
        targets=synaptic_targets(population),
        most_spikes=most_spikes,
        analog=population.neuron.sends_values,
    )


def _results(layers: Mapping[Population, LayerStatistics]) -> tuple[LayerResult, ...]:
    arriving = arriving_synops({population: layer.mean_spikes for population, layer in layers.items()})
    return tuple(
        dataclasses.replace(layer.result(), arriving_synops=arriving.get(population, 0.0))
        for population, layer in layers.items()
    )


def _classifier(saved: SavedNetwork) -> Population:
    if len(saved.outputs) != 1 or len(saved.outputs[0].known_shape) != 1:
        shapes = ", ".join(str(population.shape) for population in saved.outputs)
        raise UnsupportedError(
            f"evaluation needs a network with one output, a vector with a value per class; its outputs have {shapes}"
        )
    return saved.outputs[0]


def _by_input(saved: SavedNetwork, x: Any) -> dict[Population, Any]:
    if not isinstance(x, Mapping):
        x = {saved.inputs[0].name: x} if len(saved.inputs) == 1 else {}
    names = [population.name for population in saved.inputs]
    if {str(key) for key in x} != set(names):
        raise DataError(f"the network has the inputs {', '.join(names)}; give a mapping with one array for each")
    arrays = {str(key): values for key, values in x.items()}
    return {population: arrays[population.name] for population in saved.inputs}


def _about(path: Path, saved: SavedNetwork) -> dict[str, Any]:
    """What the file's provenance says, with what stands in for what it does not say.

    Raises:
        ModelFileError: it is damaged.
    """
    kinds: tuple[tuple[str, Any, Any], ...] = (
        ("model", ModelInfo, ModelInfo(name=path.stem, source=str(path))),
        ("calibration", Calibration, None),
        ("method", Method, Method(name=saved.compiler)),
    )
    info = saved.provenance
    try:
        return {
            "command": f"ml_genn.evaluation.evaluate_file({str(path)!r}, x, y)",
            "ann_macs": float(info.get("ann_macs", 0.0)),
            "layer_macs": {str(name): float(macs) for name, macs in info.get("layer_macs", {}).items()},
            **{key: tuple(str(line) for line in info.get(key, ())) for key in ("folded", "notes")},
            **{key: from_plain(kind, info[key]) if key in info else other for key, kind, other in kinds},
        }
    except (AttributeError, DataError, TypeError, ValueError) as error:
        raise ModelFileError(f"the provenance in {path} is damaged: {error}") from error
