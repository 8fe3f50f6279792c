"""Rate coding: what all methods share whose neurons' firing rates stand for activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from ml_genn.errors import UnsupportedError, UsageError
from ml_genn.neurons import (
    BernoulliInput,
    BinarySpikeInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    SpikeMaxPool,
)
from ml_genn.runtime.output_trace import powers_of_two
from ml_genn.values import is_whole

from ..ir import Array, Weights
from ..stages import Stage, StageGraph
from .input_type import InputType
from .method import Method, Option
from .scales import Scales, bias_of


class RateCode(Method):
    """Integrate-and-fire neurons whose firing rate stands for the activation: a = lambda * spikes / timesteps.

    A spike of a neuron with scale lambda_s is worth lambda_s to its targets, so weights are multiplied by it; the
    threshold of a neuron is its own lambda; its bias is added in every step; firing resets it to zero. Outputs never
    fire: their membrane V after T steps estimates T times the logits, of either sign.

    Args:
        timesteps: steps per example.
        input_type: how the input is presented.
    """

    input_types: ClassVar[tuple[InputType, ...]] = (InputType.SPIKE, InputType.POISSON, InputType.IF)
    """How it can present its input."""

    def __init__(self, *, timesteps: int = 128, input_type: InputType | str = InputType.POISSON) -> None:
        if not is_whole(timesteps) or timesteps < 1:
            raise UsageError(f"{self.name} needs at least 1 timestep, a whole number of them, got {timesteps!r}")
        try:
            kind: InputType | None = InputType(input_type)
        except ValueError:
            kind = None
        if kind not in self.input_types:
            known = ", ".join(kind.value for kind in self.input_types)
            raise UsageError(f"input type {input_type!r} is none of {self.name}'s; choose from {known}")
        self.input_type = kind
        self._timesteps = timesteps

    @property
    def timesteps(self) -> int:
        return self._timesteps

    def most_spikes(self, steps: int) -> int:
        """One in each timestep from the first one in which the input can have reached the layer."""
        return max(self.timesteps - steps, 1)

    @property
    def watched_timesteps(self) -> tuple[int, ...]:
        """1, 2, 4, 8 ... and all."""
        return powers_of_two(self.timesteps)

    def decode(self, spikes: Any, scale: float | Weights) -> Array:
        return np.asarray(spikes.net_counts() * (scale / self.timesteps))

    def decode_output(self, values: Array) -> Array:
        return values / self.timesteps

    @property
    def observation(self) -> Mapping[str, Any]:
        return {"count_spikes": True}

    def create_compiler(self, **kwargs: Any) -> Any:
        from ml_genn.compilers import InferenceCompiler

        return InferenceCompiler(evaluate_timesteps=self.timesteps, **kwargs)

    @property
    def options(self) -> Mapping[str, Option]:
        return {"timesteps": self.timesteps, "input_type": self.input_type.value}

    def path_factor(self, source_scale: float | Weights) -> float | Weights:
        return source_scale

    def neuron(self, stage: Stage, scales: Scales) -> Any:
        return NEURONS[stage.kind](self, stage, scales)

    def notes(self, stages: StageGraph) -> tuple[str, ...]:
        pooling = [stage.layer for stage in stages.stages if stage.kind == "max_pool"]
        notes = ["Outputs integrate without firing and are read by their membrane, so logits may be negative."]
        if pooling:
            notes.append(
                f"Max-pooling ({', '.join(pooling)}) follows the input with the highest running spike count, so that "
                "its count is the largest of theirs; with irregular spikes that exceeds the largest of the rates."
            )
        return tuple(notes)


def _input(method: RateCode, stage: Stage, scales: Scales) -> Any:
    return INPUTS[method.input_type](scales.values[stage.name], stage.name in scales.signed)


def _relu(method: RateCode, stage: Stage, scales: Scales) -> Any:
    return IntegrateFire(v_thresh=scales.values[stage.name], bias=bias_of(stage))


def _max_pool(method: RateCode, stage: Stage, scales: Scales) -> Any:
    return SpikeMaxPool()


def _output(method: RateCode, stage: Stage, scales: Scales) -> Any:
    return LeakyIntegrate(tau_mem=float("inf"), bias=bias_of(stage), readout="var")


NEURONS: Mapping[str, Callable[[RateCode, Stage, Scales], Any]] = {
    "input": _input,
    "relu": _relu,
    "max_pool": _max_pool,
    "output": _output,
}


def _integrate_fire_input(scale: float, signed: bool) -> Any:
    if signed:
        raise UnsupportedError(
            "input type 'if' sends no negative spikes, but the input is signed; use 'poisson', or signed=False"
        )
    return IntegrateFireInput(v_thresh=scale, relative_reset=True)


INPUTS: Mapping[InputType, Callable[[float, bool], Any]] = {
    InputType.POISSON: lambda scale, signed: BernoulliInput(full_scale=scale, signed_spikes=signed),
    InputType.SPIKE: lambda scale, signed: BinarySpikeInput(signed_spikes=signed),
    InputType.IF: _integrate_fire_input,
}
