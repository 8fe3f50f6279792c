"""Puts together what an evaluation has found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.select import engine_in_use
from ml_genn.reports import (
    Accuracy,
    Calibration,
    DataInfo,
    Environment,
    Gate,
    LayerDiagnosis,
    LayerResult,
    ModelInfo,
    Result,
    Timing,
    Totals,
    confusion,
    current_environment,
    paired,
    telling_examples,
)
from ml_genn.reports import Method as MethodInfo
from ml_genn.reports.plain import to_plain
from ml_genn.runtime.output_trace import classes_told_apart

from .build import SpikingModel
from .folded import folded_layers
from .gates import KERAS_TOLERANCE
from .ir import Array
from .macs import ann_macs, macs_by_stage
from .measure import Measured
from .methods import Method
from .spiking_model import Converted
from .stages import StageGraph

if TYPE_CHECKING:
    import keras

CLIPPED = 0.001
"""Fraction of input values beyond the scale from which on it is worth a warning."""


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """A model, its spiking network, the examples, and what both made of them."""

    model: keras.Model
    converted: Converted
    method: Method
    run: Mapping[str, Any]
    inputs: Mapping[str, Array]
    labels: NDArray[np.int64]
    ann: NDArray[np.int64]
    ann_seconds: float
    measured: Measured
    diagnosis: tuple[LayerDiagnosis, ...] = ()


def assemble_result(found: Evaluation) -> Result:
    """The result of an evaluation; the command fills in files and splits."""
    examples = len(found.labels)
    correct = {steps: int(np.sum(classes == found.labels)) for steps, classes in found.measured.classes.items()}
    seconds = found.measured.seconds
    running = seconds.get("input", 0.0) + seconds.get("simulation", 0.0)
    timesteps = found.method.timesteps
    spiking = found.converted.spiking
    stages, classes = spiking.stages, found.measured.classes[timesteps]
    return Result(
        model=model_info(found.model, stages),
        data=DataInfo(
            name="evaluation data",
            source="given by the caller",
            split="unknown",
            examples=examples,
            shape=tuple(next(iter(found.inputs.values())).shape[1:]),
        ),
        calibration=_calibration(found.converted),
        method=MethodInfo(name=found.method.name, options=method_options(found.method, spiking)),
        ann=Accuracy.of(int(np.sum(found.ann == found.labels)), examples, seconds=found.ann_seconds),
        snn=Accuracy.of(correct[timesteps], examples, seconds=running, timesteps=timesteps),
        agreement=float(np.mean(classes == found.ann)),
        accuracy_by_timestep=tuple((steps, number / examples) for steps, number in sorted(correct.items())),
        confusion=confusion(found.labels, classes, found.ann, classes_told_apart(stages[stages.outputs[0]].shape[-1])),
        paired=paired(found.labels, classes, found.ann),
        examples=telling_examples(next(iter(found.inputs.values())), found.labels, classes, found.ann),
        layers=_with_macs(found.measured.layers, macs_by_stage(found.converted.graph, stages)),
        totals=Totals.of(found.measured.layers, ann_macs=ann_macs(found.converted.graph)),
        gates=tuple(_gate(record) for record in found.converted.gates),
        folded=folded_layers(found.model),
        notes=found.converted.notes,
        warnings=(*found.converted.warnings, *input_warnings(spiking, found.inputs)),
        timing=Timing(
            build_seconds=seconds.get("build", 0.0),
            input_seconds=seconds.get("input", 0.0),
            simulation_seconds=seconds.get("simulation", 0.0),
            ms_per_example=1000 * running / examples,
        ),
        diagnosis=found.diagnosis,
        environment=environment_of(found.run),
        command=_call(found.method, found.run),
    )


def _with_macs(layers: Sequence[LayerResult], macs: Mapping[str, int]) -> tuple[LayerResult, ...]:
    return tuple(dataclasses.replace(layer, ann_macs=float(macs[layer.name])) for layer in layers)


def provenance(converted: Converted, method: Method, result: Result | None) -> dict[str, Any]:
    """Where a saved network comes from, as `ml_genn.evaluation` reads it; `result`: its evaluation, if any."""
    origin = {
        "method": to_plain(MethodInfo(name=method.name, options=method_options(method, converted.spiking))),
        "ann_macs": ann_macs(converted.graph),
        "layer_macs": macs_by_stage(converted.graph, converted.spiking.stages),
        "notes": list(converted.notes),
    }
    if result is None:
        return origin
    plain = to_plain(result)
    return origin | {name: plain[name] for name in ("model", "calibration", "folded", "environment", "command")}


def environment_of(run: Mapping[str, Any]) -> Environment:
    """Machine and versions, with the engine that `run` chooses."""
    engine, threads = engine_in_use(run["engine"], run["num_threads"])
    return current_environment(engine=engine, threads=threads)


def model_info(model: keras.Model, stages: StageGraph) -> ModelInfo:
    """What a result says of a model."""
    return ModelInfo(
        name=str(model.name),
        source="given by the caller",
        layers=len(model.layers),
        parameters=int(model.count_params()),
        input_shape=stages[stages.inputs[0]].shape,
        classes=classes_told_apart(stages[stages.outputs[0]].shape[-1]),
    )


def _calibration(converted: Converted) -> Calibration | None:
    data = converted.calibration
    return None if data is None else Calibration(source=data.source, examples=data.examples)


def method_options(method: Method, spiking: SpikingModel) -> dict[str, Any]:
    """What a method ran with, and whether inputs are signed."""
    return {**method.options, "signed": bool(spiking.scales.signed)}


def _gate(record: Any) -> Gate:
    return Gate(
        name=record.pass_name,
        passed=True,
        largest_difference=record.largest_difference,
        tolerance=KERAS_TOLERANCE,
        agreement=record.agreement,
        examples=record.examples,
    )


def _call(method: Method, run: Mapping[str, Any]) -> str:
    options = {
        **method.options,
        "seed": run["rng_seed"] - 1,
        "batch_size": run["batch_size"],
        "engine": run["engine"] or "auto",
    }
    words = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return f"ml_genn_tf.convert(model, calibration=..., method={method.name!r}, {words})"


def input_warnings(spiking: SpikingModel, inputs: Mapping[str, Array]) -> tuple[str, ...]:
    """What the network cannot see of these inputs: values below zero, and beyond the full scale."""
    warnings = []
    for name, array in inputs.items():
        if name not in spiking.scales.values:
            continue  # it sends its values as they are
        scale, centre = spiking.scales.values[name], spiking.scales.centres.get(name)
        signed = name in spiking.scales.signed or centre is not None
        negative = 0.0 if signed else float(np.mean(array < 0))
        beyond = float(np.mean((np.abs(array - (centre or 0.0)) if signed else array) > scale))
        if negative > 0:
            warnings.append(
                f"{100 * negative:.3g} % of the values of input {name} are negative, which the unsigned input cannot "
                "send; they count as 0. Convert with signed=True."
            )
        if beyond > CLIPPED:
            warnings.append(
                f"{100 * beyond:.3g} % of the values of input {name} exceed its full scale {scale:.4g} and are cut "
                "off. Are calibration and evaluation data scaled alike?"
            )
    return tuple(warnings)
