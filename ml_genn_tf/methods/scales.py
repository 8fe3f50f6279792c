"""The value that each population's full scale stands for, worked out from calibration data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np

from .. import ir
from ..calibration import Calibration
from ..ir import Weights
from ..stages import Stage, StageGraph
from .staircase import Staircase


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Scales:
    """One number for each stage that spikes, by stage name, and what the user should know about them.

    Few-spike coding: alpha, twice the value of a stage's first spike. Rate coding: lambda, the value of firing in
    every step. Outputs do not spike and have none, nor have inputs that send their values themselves.
    """

    values: Mapping[str, float]
    channels: Mapping[str, Weights] = field(default_factory=dict)
    """Of stages whose channels have scales of their own, one for each channel; `values` holds the largest."""
    stages: StageGraph | None = None
    """What the network is built from, where weights or biases were corrected; None for the ANN's own stages."""
    potentials: Mapping[str, Weights] = field(default_factory=dict)
    """Initial potentials (stage's shape) that take the place of the method's."""
    centres: Mapping[str, float] = field(default_factory=dict)
    """Of inputs that send their difference from a value, that value; the stages' biases make up for it."""
    signed: frozenset[str] = frozenset()
    """The inputs whose values may be negative."""
    ternary: frozenset[str] = frozenset()
    """The hidden stages that send negative spikes."""
    staircases: Mapping[str, Staircase] = field(default_factory=dict)
    """What few-spike coding makes of the stages of kind "curve"."""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def of(self, name: str) -> float | Weights:
        """The scale of a stage: a number, or one for each channel; 1 for a stage that sends its values."""
        return self.channels[name] if name in self.channels else self.values.get(name, 1.0)

    def each(self, stage: Stage) -> Weights:
        """The scale of every neuron of a stage, (neurons,)."""
        return np.broadcast_to(self.of(stage.name), stage.shape).reshape(-1)


def largest_values(stages: StageGraph, calibration: Calibration, signed: frozenset[str]) -> dict[str, float]:
    """max over calibration data of each input (|x| for signed ones) and ReLU; a max-pooling's is its source's.

    A stage that is never active on the calibration data has 0.
    """
    largest: dict[str, float] = {}
    for stage in stages.stages:
        seen = calibration.ranges[stage.name]
        if stage.kind == "max_pool":
            largest[stage.name] = largest[stage.paths[0].source]
        elif stage.kind != "output":
            largest[stage.name] = seen.magnitude if stage.name in signed else max(seen.high, 0.0)
    return largest


def below_ceilings(scales: Scales, stages: StageGraph, top: float) -> Scales:
    """The scales with that of each ReLU at most what makes its highest code, `top` times the scale, its ceiling."""
    bounds = {stage.name: stage.ceiling / top for stage in stages.stages if stage.ceiling is not None}
    values = {name: min(value, bounds.get(name, value)) for name, value in scales.values.items()}
    return replace(scales, values=values)


def largest_weight(stage: Stage) -> float:
    """Largest weight of the Dense and convolution layers that lead into a stage; 0 where there are none."""
    weights = [
        node.weight if isinstance(node, ir.Dense) else node.kernel
        for path in stage.paths
        for node in path.ops
        if isinstance(node, ir.Dense | ir.Convolution)
    ]
    return max((float(np.max(weight)) for weight in weights), default=0.0)


def dead_stage_warning(stage: Stage, examples: int) -> str:
    """The sentence for a stage that no calibration example activates."""
    what = "Input" if stage.kind == "input" else "Layer"
    return (
        f"{what} {stage.name} is never active on the {examples:,} calibration examples; its threshold is a guess. "
        "Calibrate on more, or more varied, examples."
    )


def bias_of(stage: Stage) -> float | Weights:
    """The stage's bias as one number where it is the same for all neurons, else an array of the stage's shape."""
    first = float(stage.bias.flat[0])
    return first if bool((stage.bias == first).all()) else stage.bias
