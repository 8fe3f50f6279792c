"""Looks over the shoulder of an evaluation: what each layer makes of its own inputs, and when answers change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import final

import numpy as np

from ml_genn.runtime.output_trace import chosen_classes

from ..build import SpikingModel
from ..execute_stages import VALUE_OF, drive_of, run_stages
from ..ir import Array, size
from ..methods import Method
from ..stages import Stage, StageGraph
from .layer_errors import Code, LayerErrors

ENCODING = ("input", "relu")
"""Kinds of stages that round values to what they can send; max-pooling hands on what its source sent."""


@final
class Probe:
    """Errors of every layer, and how often the ANN chooses the same class when its first layers are the SNN's.

    Args:
        spiking: the network; its stages are those of the ANN, whatever the network was built from.
        method: says what its spikes stand for.
        most_examples: so many are looked at, the first ones.
    """

    def __init__(self, spiking: SpikingModel, method: Method, most_examples: int) -> None:
        self.examples = 0
        self.stages = spiking.stages
        self.errors = {stage.name: _errors(spiking, method, stage) for stage in self.stages.stages}
        self._most_examples = most_examples
        self._agreeing = dict.fromkeys(self.errors, 0)

    def add(self, ann: Mapping[str, Array], decoded: Mapping[str, Array]) -> None:
        """One batch: the ANN's and the decoded values of every stage, each (examples, ...)."""
        wanted = self._most_examples - self.examples
        if wanted <= 0:
            return
        expected = self._shaped(ann, wanted)
        values = self._shaped(decoded, wanted)
        examples = len(next(iter(values.values())))
        for stage in self.stages.stages:
            given = expected[stage.name] if stage.kind == "input" else made_of(stage, values)
            self.errors[stage.name].add(
                *(part[stage.name].reshape(examples, -1) for part in (expected, {stage.name: given}, values))
            )
        self._agree(expected, values)
        self.examples += examples

    def agreement(self, name: str) -> float:
        """Fraction of examples that keep their class when the values of all stages up to this one are the SNN's."""
        return self._agreeing[name] / max(self.examples, 1)

    def _shaped(self, values: Mapping[str, Array], examples: int) -> dict[str, Array]:
        return {
            stage.name: np.asarray(values[stage.name][:examples], np.float32).reshape(-1, *stage.shape)
            for stage in self.stages.stages
        }

    def _agree(self, expected: Mapping[str, Array], values: Mapping[str, Array]) -> None:
        (output,) = self.stages.outputs
        right = chosen_classes(expected[output])
        for at, stage in enumerate(self.stages.stages):
            outputs = values[output] if stage.name == output else _rest(self.stages, at + 1, values, expected)[output]
            self._agreeing[stage.name] += int(np.sum(chosen_classes(outputs) == right))


def made_of(stage: Stage, values: Mapping[str, Array]) -> Array:
    """What the ANN's layer makes of these values of its sources."""
    return VALUE_OF[stage.kind](stage, drive_of(stage, values))


def _rest(
    stages: StageGraph, first: int, values: Mapping[str, Array], expected: Mapping[str, Array]
) -> Mapping[str, Array]:
    """The ANN from the stage numbered `first` on, given the values of all stages before it; inputs that come later are
    as `expected`."""
    given = tuple(replace(stage, kind="input", paths=(), pool=None) for stage in stages.stages[:first])
    before = {stage.name: values[stage.name] for stage in given}
    inputs = {**{name: expected[name] for name in stages.inputs}, **before}
    graph = StageGraph((*given, *stages.stages[first:]), tuple(inputs), stages.outputs)
    return run_stages(graph, inputs)


def _errors(spiking: SpikingModel, method: Method, stage: Stage) -> LayerErrors:
    coded = stage.kind in ENCODING and not method.sends_values(stage)
    scale, centre = spiking.scales.each(stage), spiking.scales.centres.get(stage.name, 0.0)
    code = Code(scale * method.top, scale * method.step, centre) if coded else None
    return LayerErrors(size(stage.shape), stage.shape[-1], code, method.step / method.top)
