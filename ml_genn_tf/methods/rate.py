"""Rate coding as one would choose it today: direct current, soft reset, thresholds of their own for all channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from ml_genn.errors import UnsupportedError, UsageError
from ml_genn.neurons import CurrentInput, IntegrateFire, LeakyIntegrate, SignedIntegrateFire, SpikeMaxPool
from ml_genn.synapses import Exponential

from ..calibration import Calibration
from ..ir import Weights
from ..stages import Stage, StageGraph
from .input_type import InputType
from .method import Option
from .options import MODERATE, check_range, check_switches, checked_norm_examples
from .rate_calibration import calibrated_scales
from .rate_code import INPUTS, RateCode
from .scales import Scales

CORRECTIONS = (None, "none", "bias", "potential")


@final
class RateMethod(RateCode):
    """Soft reset, half-threshold start, direct input current, thresholds for each channel, membrane readout.

    V(t) = V(t - 1) + sum_j lambda_j w_ij s_j(t - 1) + b_i - lambda_i s_i(t - 1), V(0) = initial * lambda_i; a spike
    where V >= lambda_i. For spikes that come evenly a_i = (lambda_i / T) clip(floor(T z_i / lambda_i + initial), 0, T)
    of the drive z_i: with initial 1/2 rounding to nearest, an error of at most lambda / 2T.
    The first layer gets the constant current W x. Every layer works for T timesteps, one step after the layer before,
    so T counts as in papers whose layers have no latency.
    Sources: soft reset: B. Rueckauer et al., Frontiers in Neuroscience 11 (2017) 682; half-threshold start: T. Bu et
    al., ICLR 2022, "Optimal ANN-SNN conversion for high-accuracy and ultra-low-latency spiking neural networks"; others
    in `rate_thresholds`, `rate_calibration`, `refit` and `SignedIntegrateFire`.

    Args:
        timesteps: steps per layer and example.
        input_type: how the input is presented; "current" is the analog first layer.
        balance: thresholds that err least in this number of timesteps; False takes the percentile.
        percentile: of a channel's activations that its threshold is, unless balanced.
        per_channel: a threshold for each channel, rather than one for each layer.
        initial: initial potential in thresholds.
        correct: "bias" or "potential", what is changed by the mean error of each channel of the spiking network on the
            calibration data; None or "none" for neither.
        refit: above 0, weights are fitted to what the spiking layers before really send, by ridge regression with this
            weight; 0 leaves them as they were trained.
        negative_spikes: neurons take back spikes that came too early (SignedIntegrateFire), except before max-pooling;
            None for those of the layers that err much more without, on the calibration data.
        norm_examples: calibration examples to use, the first so many; None for all of them.
    """

    name = "rate"
    input_types: ClassVar[tuple[InputType, ...]] = (*RateCode.input_types, InputType.CURRENT)

    def __init__(
        self,
        *,
        timesteps: int = 32,
        input_type: InputType | str = InputType.CURRENT,
        balance: bool = True,
        percentile: float = 99.9,
        per_channel: bool = True,
        initial: float = 0.5,
        correct: str | None = "bias",
        refit: float = 0.001,
        negative_spikes: bool | None = None,
        norm_examples: int | None = MODERATE,
    ) -> None:
        super().__init__(timesteps=timesteps, input_type=input_type)
        check_switches(self.name, balance=balance, per_channel=per_channel)
        if negative_spikes is not None:
            check_switches(self.name, negative_spikes=negative_spikes)
        check_range(self.name, "percentile", percentile, 0.0, 100.0)
        check_range(self.name, "initial", initial, 0.0, 1.0)
        check_range(self.name, "refit", refit, 0.0, float("inf"))
        if correct not in CORRECTIONS:
            known = ", ".join(str(kind) for kind in CORRECTIONS)
            raise UsageError(f"rate corrects its error by {known}, got correct={correct!r}")
        self.balance = balance
        self.percentile = percentile
        self.per_channel = per_channel
        self.initial = initial
        self.correct = None if correct == "none" else correct
        self.refit = refit
        self.negative_spikes = negative_spikes
        self.norm_examples = checked_norm_examples(self.name, norm_examples)

    @property
    def needs_calibration(self) -> bool:
        """Always."""
        return True

    def most_spikes(self, steps: int) -> int:
        """One in each timestep; that input takes steps to arrive does not count here."""
        return self.timesteps

    @property
    def options(self) -> Mapping[str, Option]:
        return {
            **super().options,
            "balance": self.balance,
            "percentile": self.percentile,
            "per_channel": self.per_channel,
            "initial": self.initial,
            "correct": self.correct,
            "refit": self.refit,
            "negative_spikes": self.negative_spikes,
            "norm_examples": self.norm_examples,
        }

    def create_compiler(self, **kwargs: Any) -> Any:
        from ml_genn.compilers import InferenceCompiler

        return InferenceCompiler(evaluate_timesteps=self.timesteps, layered=True, **kwargs)

    def sends_values(self, stage: Stage) -> bool:
        return stage.kind == "input" and self.input_type is InputType.CURRENT

    def synapse(self, source: Stage) -> Any:
        """From inputs that send their values one that keeps what has arrived."""
        return Exponential(tau=float("inf")) if self.sends_values(source) else "delta"

    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        if calibration is None:
            raise ValueError("rate was called without calibration data")
        for stage in stages.stages:
            if stage.kind == "max_pool" and self.sends_values(stages[stage.paths[0].source]):
                raise UnsupportedError(
                    f"max-pooling layer {stage.layer} reads the input, which sends no spikes under input type "
                    "'current'; use input type 'if' or 'poisson'"
                )
        return calibrated_scales(stages, self, calibration.first(self.norm_examples), signed)

    def neuron(self, stage: Stage, scales: Scales) -> Any:
        bias = stage.bias
        if stage.kind == "input":
            if self.sends_values(stage):
                return CurrentInput()
            return INPUTS[self.input_type](scales.values[stage.name], stage.name in scales.signed)
        if stage.kind == "max_pool":
            return SpikeMaxPool()
        if stage.kind == "output":
            return LeakyIntegrate(tau_mem=float("inf"), bias=plain(bias), readout="var")
        threshold = np.broadcast_to(scales.of(stage.name), stage.shape)
        start = scales.potentials[stage.name]
        if stage.name in scales.ternary:
            return SignedIntegrateFire(v_thresh=plain(threshold), v=plain(start), bias=plain(bias))
        return IntegrateFire(v_thresh=plain(threshold), v=plain(start), bias=plain(bias), relative_reset=True)


def plain(values: Weights) -> float | Weights:
    """One number where all are the same, else the array."""
    first = float(values.flat[0])
    return first if bool((values == first).all()) else np.array(values)
