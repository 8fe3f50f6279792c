"""Few-spike coding: every value is sent as the K bits of an integer, so the network equals a K-bit quantised ANN."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any, final

import numpy as np

from ml_genn.errors import UsageError
from ml_genn.neurons import FewSpikeCurrentInput, FewSpikeFunction, FewSpikeMaxPool, FewSpikeRelu, FewSpikeReluInput
from ml_genn.neurons.few_spike import MAX_BITS
from ml_genn.values import is_number, is_whole

from ..calibration import Calibration, drive_ranges
from ..ir import Array, Weights
from ..stages import Stage, StageGraph
from .few_spike_calibration import RULES, calibrated_scales
from .method import Method, Option
from .options import MODERATE, check_range, check_switches, checked_norm_examples
from .scales import Scales, bias_of, dead_stage_warning, largest_values
from .staircase import fit_curves

INPUTS = ("code", "centred", "current")
DEFAULTS: Mapping[str, Option] = {
    "alpha": None,
    "rule": "max",
    "percentile": 99.99,
    "per_channel": False,
    "correct": False,
    "refit": 0.0,
    "input_type": "code",
    "norm_examples": MODERATE,
}
"""Options that a result names where they are others."""


@final
class FewSpikeMethod(Method):
    """K timesteps per layer; alpha_l = (largest activation of layer l on calibration data) / (1 - 2^-K).

    The neuron of layer l codes v as clip(round(v / lsb), 0, 2^K - 1) with lsb = alpha_l 2^-K, so that the largest
    calibration value has the highest code. A signed input sends its sign with each spike and K bits of magnitude.
    The factor alpha belongs to the sender of a spike, so branches of unequal alpha add up exactly.

    Args:
        k: bits, and timesteps per layer, from 1 to 24.
        alpha: used for every stage instead of calibration data.
        rule: what a layer shall just be able to send: "max", the largest activation; "percentile", one of them;
            "least-error", where clipping and rounding together cost least.
        percentile: for that rule.
        per_channel: an alpha for each channel, rather than one for each layer.
        correct: change biases by the mean error of each channel's drive on the calibration data.
        refit: above 0, weights are fitted to what the coded layers before really send, by ridge regression with this
            weight.
        input_type: "code", K spikes as in other layers; "centred", K spikes with a sign for the difference from the
            middle of the input's range, which is half as coarse; or "current", the value itself: the first layer
            multiplies.
        norm_examples: calibration examples that rules other than a layer's "max" look at, the first so many; None for
            all of them.
    Source: C. Stöckl and W. Maass, Nature Machine Intelligence 3 (2021), 230-238.
    """

    name = "few-spike"
    fits_curves = True

    def __init__(
        self,
        *,
        k: int = 10,
        alpha: float | None = None,
        rule: str = "max",
        percentile: float = 99.99,
        per_channel: bool = False,
        correct: bool = False,
        refit: float = 0.0,
        input_type: str = "code",
        norm_examples: int | None = MODERATE,
    ) -> None:
        if not is_whole(k) or not 1 <= k <= MAX_BITS:
            raise UsageError(f"few-spike needs k from 1 to {MAX_BITS} bits, a whole number, got {k!r}")
        if alpha is not None and not (is_number(alpha) and isfinite(alpha) and alpha > 0):
            raise UsageError(f"few-spike needs a positive, finite alpha, got {alpha!r}")
        check_switches(self.name, per_channel=per_channel, correct=correct)
        check_range(self.name, "percentile", percentile, 0.0, 100.0)
        check_range(self.name, "refit", refit, 0.0, float("inf"))
        _check_choice("rule", rule, RULES)
        _check_choice("input_type", input_type, INPUTS)
        if input_type == "centred" and alpha is not None:
            raise UsageError("few-spike finds the middle of inputs on calibration data; leave alpha out, or input_type")
        self.k = k
        self.alpha = alpha
        self.rule = rule
        self.percentile = percentile
        self.per_channel = per_channel
        self.correct = correct
        self.refit = refit
        self.input_type = input_type
        self.norm_examples = checked_norm_examples(self.name, norm_examples)

    @property
    def needs_calibration(self) -> bool:
        """Not with a given alpha, unless there are curves to fit."""
        return self.alpha is None

    @property
    def timesteps(self) -> int:
        return self.k

    def most_spikes(self, steps: int) -> int:
        """One for each bit of the highest code."""
        return self.k

    @property
    def watched_timesteps(self) -> tuple[int, ...]:
        """The last only: there is no value before the least significant bit."""
        return (self.k,)

    def decode(self, spikes: Any, scale: float | Weights) -> Array:
        return np.asarray(spikes.codes(self.k) * (scale * 2.0**-self.k))

    def decode_stage(self, spikes: Any, stage: Stage, scales: Scales) -> Array:
        staircase = scales.staircases.get(stage.name)
        if staircase is not None:
            return staircase.worth_of(spikes.codes(self.k))
        return super().decode_stage(spikes, stage, scales) + scales.centres.get(stage.name, 0.0)

    def decode_output(self, values: Array) -> Array:
        return values

    @property
    def observation(self) -> Mapping[str, Any]:
        return {}

    def create_compiler(self, **kwargs: Any) -> Any:
        from ml_genn.compilers import FewSpikeCompiler

        return FewSpikeCompiler(k=self.k, **kwargs)

    @property
    def options(self) -> Mapping[str, Option]:
        chosen: dict[str, Option] = {name: getattr(self, name) for name in DEFAULTS}
        return {"k": self.k, **{name: value for name, value in chosen.items() if value != DEFAULTS[name]}}

    def sends_values(self, stage: Stage) -> bool:
        return stage.kind == "input" and self.input_type == "current"

    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        spiking = [stage for stage in stages.stages if stage.kind != "output" and not self.sends_values(stage)]
        curves = {stage.name: stage.curve for stage in spiking if stage.curve is not None}
        if calibration is None and (curves or self.alpha is None):
            raise ValueError("few-spike was called without calibration data")
        staircases = (
            fit_curves(curves, drive_ranges(stages, curves, calibration), self.k) if curves and calibration else {}
        )
        notes = tuple(f"{name}: {staircase.describe()}" for name, staircase in staircases.items())
        if calibration is None or self.alpha is not None:
            scales = Scales(values=dict.fromkeys((stage.name for stage in spiking), self.alpha or 1.0), signed=signed)
        elif self.rule == "max" and not (
            self.per_channel or self.correct or self.refit or self.input_type == "centred"
        ):
            scales = self._largest(stages, calibration, signed)
        else:
            scales = calibrated_scales(stages, self, calibration.first(self.norm_examples), signed, staircases)
        return replace(scales, staircases=staircases, notes=notes)

    def _largest(self, stages: StageGraph, calibration: Calibration, signed: frozenset[str]) -> Scales:
        spiking = [stage for stage in stages.stages if stage.kind != "output" and not self.sends_values(stage)]
        largest = largest_values(stages, calibration, signed)
        dead = [stage for stage in spiking if largest[stage.name] == 0 and stage.kind != "max_pool"]
        return Scales(
            values={stage.name: (largest[stage.name] or 1.0) / self.top for stage in spiking},
            signed=signed,
            warnings=tuple(dead_stage_warning(stage, calibration.examples) for stage in dead),
        )

    @property
    def top(self) -> float:
        """The highest code, 2^K - 1 of 2^K parts of alpha."""
        return 1 - 2.0**-self.k

    @property
    def step(self) -> float:
        """The value of the last bit, 2^-K parts of alpha."""
        return 2.0**-self.k

    def path_factor(self, source_scale: float | Weights) -> float | Weights:
        """Alphas of channels go into the weights that lead on; the neurons see to one alpha for all themselves."""
        return source_scale if isinstance(source_scale, np.ndarray) else 1.0

    def neuron(self, stage: Stage, scales: Scales) -> Any:
        return FewSpikeCurrentInput(self.k) if self.sends_values(stage) else NEURONS[stage.kind](self.k, stage, scales)

    def notes(self, stages: StageGraph) -> tuple[str, ...]:
        pooling = [stage.layer for stage in stages.stages if stage.kind == "max_pool"]
        notes = [f"Each layer sends {self.k} bits per value: the network equals the ANN with {self.k}-bit activations."]
        if pooling:
            notes.append(
                f"Max-pooling ({', '.join(pooling)}) is exact: bits arrive most significant first, and only the inputs "
                "still in the lead stay in the race."
            )
        return tuple(notes)


def _check_choice(option: str, value: object, known: Collection[str]) -> None:
    if value not in known:
        raise UsageError(f"few-spike takes {option} {', '.join(known)}, got {value!r}")


def _alpha(stage: Stage, scales: Scales) -> float:
    """The stage's alpha; 1 where its channels have alphas of their own, in whose units it works."""
    return 1.0 if stage.name in scales.channels else scales.values[stage.name]


def _input(k: int, stage: Stage, scales: Scales) -> Any:
    alpha, centre = scales.values[stage.name], scales.centres.get(stage.name)
    signed = stage.name in scales.signed or centre is not None
    return FewSpikeReluInput(k, alpha, signed_input=signed, rounding="nearest", centre=centre or 0.0)


def _relu(k: int, stage: Stage, scales: Scales) -> Any:
    return FewSpikeRelu(k, _alpha(stage, scales), bias=bias_of(stage), rounding="nearest")


def _max_pool(k: int, stage: Stage, scales: Scales) -> Any:
    return FewSpikeMaxPool(k, _alpha(stage, scales))


def _output(k: int, stage: Stage, scales: Scales) -> Any:
    return FewSpikeRelu(k, readout="var", bias=bias_of(stage), rounding="nearest")


def _curve(k: int, stage: Stage, scales: Scales) -> Any:
    return FewSpikeFunction(*scales.staircases[stage.name].coefficients, bias=bias_of(stage))


NEURONS: Mapping[str, Callable[[int, Stage, Scales], Any]] = {
    "input": _input,
    "relu": _relu,
    "curve": _curve,
    "max_pool": _max_pool,
    "output": _output,
}
