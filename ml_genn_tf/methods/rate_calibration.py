"""Training-free calibration of rate-coded networks, layer after layer, on what the spiking layers before really send.

Each layer is fitted to the ANN's activations of its own calibration examples while its input is that of the spiking
network, so that later layers make up for the errors of earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np

from ..calibration import Calibration
from ..execute_stages import drive_of, run_stages
from ..ir import Array, Weights
from ..stages import Stage, StageGraph
from .rate_thresholds import balanced_thresholds, percentile_thresholds, rounded
from .refit import refitted
from .scales import Scales, dead_stage_warning

if TYPE_CHECKING:
    from .rate import RateMethod

UNEVEN = 0.1
"""What spikes that come unevenly may add to a layer's square error before its neurons take them back."""

DAMPED = 1e-4
"""Corrections below this share of the layer's mean activation are not worth another run."""


def calibrated_scales(
    stages: StageGraph, method: RateMethod, calibration: Calibration, signed: frozenset[str]
) -> Scales:
    """Thresholds, initial potentials, biases and weights of a network for `method.timesteps` timesteps."""
    names = [stage.name for stage in stages.stages]
    fit = Fit(stages, method, calibration, signed, run_stages(stages, calibration.inputs, keep=names))
    for stage in stages.stages:
        FIT[stage.kind](fit, stage)
    return fit.scales(StageGraph(tuple(fit.done), stages.inputs, stages.outputs))


@final
@dataclass(eq=False)
class Fit:
    """The layers that are done.

    Attributes:
        ann: what the ANN's stages send, (examples, *shape); sent: what the spiking ones do, mean per timestep.
        channels: thresholds by stage, one for each channel or one; potentials: initial ones by stage.
        ternary: the stages that send negative spikes.
        done: the stages with their new weights and biases.
    """

    stages: StageGraph
    method: RateMethod
    calibration: Calibration
    signed: frozenset[str]
    ann: Mapping[str, Array]
    sent: dict[str, Array] = field(default_factory=dict)
    channels: dict[str, Weights] = field(default_factory=dict)
    potentials: dict[str, Weights] = field(default_factory=dict)
    ternary: set[str] = field(default_factory=set)
    done: list[Stage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def scales(self, stages: StageGraph) -> Scales:
        """What is known so far, for a network of these stages."""
        return Scales(
            values={name: float(scale.max()) for name, scale in self.channels.items()},
            channels={name: scale for name, scale in self.channels.items() if scale.size > 1},
            potentials=self.potentials,
            stages=stages,
            signed=self.signed,
            ternary=frozenset(self.ternary),
            warnings=tuple(self.warnings),
        )

    def run(self, stage: Stage) -> Array:
        """What the stage sends as the next one of the spiking network, mean value per timestep, (examples, *shape)."""
        from ..trial import spike_counts

        earlier = StageGraph((*self.done, stage), self.stages.inputs, ())
        counts = spike_counts(earlier, self.method, self.scales(earlier), self.calibration, stage.name)
        worth = np.broadcast_to(self.channels[stage.name] / self.method.timesteps, stage.shape)
        return counts.reshape(-1, *stage.shape) * worth.astype(np.float32)


def _fit_input(fit: Fit, stage: Stage) -> None:
    """Values as they are, or spikes of an input whose scale is its largest value."""
    values = fit.ann[stage.name]
    if not fit.method.sends_values(stage):
        largest = float(np.abs(values).max() if stage.name in fit.signed else values.max())
        fit.channels[stage.name] = np.full(1, largest if largest > 0 else 1.0)
        values = fit.run(stage)
    fit.sent[stage.name] = values
    fit.done.append(stage)


def _fit_max_pool(fit: Fit, stage: Stage) -> None:
    """The count of a pooling neuron is the largest of its window's, exactly."""
    fit.channels[stage.name] = fit.channels[stage.paths[0].source]
    fit.sent[stage.name] = drive_of(stage, fit.sent)
    fit.done.append(stage)


def _fit_output(fit: Fit, stage: Stage) -> None:
    """Weights and biases; the membrane has no threshold, and its mean error is what the bias takes away."""
    wanted = fit.ann[stage.name]
    stage = _with_weights(fit, stage, wanted)
    if fit.method.correct is not None:
        stage = replace(stage, bias=stage.bias + (wanted - drive_of(stage, fit.sent)).mean(axis=0))
    fit.done.append(stage)


def _fit_relu(fit: Fit, stage: Stage) -> None:
    """Weights, then thresholds, then what the layer is off by once it spikes."""
    method, name, wanted = fit.method, stage.name, fit.ann[stage.name]
    if not (wanted > 0).any():
        fit.warnings.append(dead_stage_warning(stage, fit.calibration.examples))
    stage = _with_weights(fit, stage, drive_of(stage, fit.ann))
    drive = drive_of(stage, fit.sent)
    if method.balance:
        fit.channels[name] = balanced_thresholds(drive, wanted, method)
    else:
        fit.channels[name] = percentile_thresholds(wanted, method)
    if stage.ceiling is not None:
        fit.channels[name] = np.minimum(fit.channels[name], stage.ceiling)  # more than lambda cannot be sent
    fit.potentials[name] = np.array(np.broadcast_to(method.initial * fit.channels[name], stage.shape))
    sent = _run_with_signs(fit, stage, drive)
    if method.correct is not None:
        error = (wanted - sent).mean(axis=tuple(range(wanted.ndim - 1)), dtype=np.float64)
        if method.correct == "bias":
            stage = replace(stage, bias=stage.bias + error)
        else:
            fit.potentials[name] += method.timesteps * error
        if np.abs(error).max() > DAMPED * np.abs(wanted).mean():
            sent = fit.run(stage)
    fit.sent[name] = sent
    fit.done.append(stage)


def _run_with_signs(fit: Fit, stage: Stage, drive: Array) -> Array:
    """What the stage sends, with negative spikes where the method has them, or where it leaves that open and they help.

    They help where spikes that come unevenly make the layer err much more than its rounding and clipping do.
    """
    method = fit.method
    may = method.negative_spikes is not False and stage.name in unpooled(fit.stages)
    if may and method.negative_spikes:
        fit.ternary.add(stage.name)
    sent = fit.run(stage)
    if may and method.negative_spikes is None:
        even = rounded(drive, fit.channels[stage.name], method)
        uneven = np.square(sent - even).mean(dtype=np.float64)
        if uneven > UNEVEN * np.square(even - fit.ann[stage.name]).mean(dtype=np.float64):
            fit.ternary.add(stage.name)
            sent = fit.run(stage)
    return sent


def unpooled(stages: StageGraph) -> frozenset[str]:
    """The hidden stages that max-pooling does not read: it follows the largest count, and so cannot see one fall."""
    pooled = {path.source for stage in stages.stages if stage.kind == "max_pool" for path in stage.paths}
    return frozenset(stage.name for stage in stages.stages if stage.kind == "relu" and stage.name not in pooled)


def _with_weights(fit: Fit, stage: Stage, wanted: Array) -> Stage:
    return refitted(stage, fit.sent, wanted, fit.method.refit) if fit.method.refit else stage


FIT: Mapping[str, Callable[[Fit, Stage], None]] = {
    "input": _fit_input,
    "relu": _fit_relu,
    "max_pool": _fit_max_pool,
    "output": _fit_output,
}
