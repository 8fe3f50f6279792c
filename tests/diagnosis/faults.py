"""Networks with one planted fault each; what looks at them gets the network and the original model, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from ml_genn_tf import ir
from ml_genn_tf.build import SpikingModel, build_network
from ml_genn_tf.methods import Method
from ml_genn_tf.methods.scales import Scales
from ml_genn_tf.prepare import prepare
from ml_genn_tf.spiking_model import Converted, convert_model
from ml_genn_tf.stages import Stage, StageGraph

TIMES = 10
RUN = {"batch_size": 64, "num_threads": 1}


@dataclass(frozen=True)
class Fault:
    """What was done to which layer, and how to build the network that has it."""

    what: str
    layer: str
    build: Callable[[], SpikingModel]


@dataclass(frozen=True)
class Original:
    """A model, its healthy conversion, and examples for calibration."""

    model: keras.Model
    method: Method
    calibration: np.ndarray
    converted: Converted

    @classmethod
    def of(cls, model: keras.Model, method: Method, calibration: np.ndarray) -> Original:
        return cls(model, method, calibration, convert_model(model, method, norm_data=calibration, run=RUN))

    @property
    def spiking(self) -> SpikingModel:
        return self.converted.spiking

    @property
    def built(self) -> StageGraph:
        """The stages that the healthy network was built from."""
        return self.spiking.scales.stages or self.spiking.stages

    def network(self, stages: StageGraph, scales: Scales) -> SpikingModel:
        """A network of these stages and scales, which passes for one of the original model."""
        built = build_network(stages, self.method, replace(scales, stages=None))
        return replace(built, stages=self.spiking.stages)


def faults(original: Original) -> Iterator[Fault]:
    """Every fault in every layer that can have it."""
    for stage in original.spiking.stages.stages:
        if stage.kind == "relu":
            yield Fault("threshold", stage.name, lambda name=stage.name: higher_threshold(original, name))
            yield Fault("full scale", stage.name, lambda name=stage.name: wider_scale(original, name))
        if np.any(stage.bias):
            yield Fault("bias", stage.name, lambda name=stage.name: without_bias(original, name))
    for layer in original.model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            yield Fault("batch norm", reader_of(original, layer), lambda at=layer: without_norm(original, at))


def reader_of(original: Original, norm: Any) -> str:
    """The population that a batch normalisation was folded into: the first ReLU behind it."""
    names = [layer.name for layer in original.model.layers]
    behind = names[names.index(norm.name) :]
    return next(name for name in behind if name in original.spiking.populations)


def higher_threshold(original: Original, name: str) -> SpikingModel:
    """The neurons of one population fire at ten times their threshold; a spike is worth as much as before."""
    if original.method.name == "few-spike":  # all thresholds of a code times ten is its drive by ten
        return original.network(changed(original.built, name, smaller_drive), original.spiking.scales)
    spiking = original.network(original.built, original.spiking.scales)
    neuron = spiking.populations[name].neuron
    neuron.v_thresh = TIMES * np.asarray(neuron.v_thresh)
    return spiking


def changed(stages: StageGraph, name: str, change: Callable[[Stage], Stage]) -> StageGraph:
    """The same with one stage changed."""
    return StageGraph(
        tuple(change(stage) if stage.name == name else stage for stage in stages.stages), stages.inputs, stages.outputs
    )


def smaller_drive(stage: Stage) -> Stage:
    """Weights and biases of a stage by ten; each path has one layer with weights."""

    def smaller(node: ir.Node) -> ir.Node:
        parts = {name: getattr(node, name) / TIMES for name in ("weight", "kernel") if hasattr(node, name)}
        return replace(node, **parts)

    paths = tuple(replace(path, ops=tuple(map(smaller, path.ops))) for path in stage.paths)
    return replace(stage, paths=paths, bias=stage.bias / TIMES)


def wider_scale(original: Original, name: str) -> SpikingModel:
    """A population, and the max-pooling that hands on its spikes, has ten times its scale: ten times coarser steps."""
    pools = {stage.name for stage in original.built.stages if stage.pool and stage.paths[0].source == name}

    def factor(stage: str) -> float:
        return TIMES if stage in {name, *pools} else 1.0

    scales = original.spiking.scales
    wider = replace(
        scales,
        values={stage: factor(stage) * value for stage, value in scales.values.items()},
        channels={stage: factor(stage) * values for stage, values in scales.channels.items()},
    )
    return original.network(original.built, wider)


def without_bias(original: Original, name: str) -> SpikingModel:
    """One population has no bias."""
    stages = changed(original.built, name, lambda stage: replace(stage, bias=0 * stage.bias))
    return original.network(stages, original.spiking.scales)


def without_norm(original: Original, norm: Any) -> SpikingModel:
    """The network of a model in which one batch normalisation does nothing."""
    model = keras.models.clone_model(original.model)
    model.set_weights(original.model.get_weights())
    layer = model.get_layer(norm.name)
    ones = np.ones(layer.gamma.shape)
    layer.set_weights([ones, 0 * ones, 0 * ones, ones - layer.epsilon])
    return original.network(prepare(model, original.calibration[:32]).stages, original.spiking.scales)
