"""Alphas of few-spike coding that err least, and weights and biases that take away what is left, layer after layer.

As in `rate_calibration`, each layer sees what the coded layers before it really send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np

from ml_genn.errors import UnsupportedError

from .. import ir
from ..calibration import Calibration
from ..execute_stages import drive_of, run_path, run_stages, value_of
from ..ir import Array, Weights
from ..passes.simplify_path import simplify_path
from ..quantise import quantise, quantise_signed
from ..stages import Path, Stage, StageGraph
from .channels import by_channel, least_error, percentile_scales, positive, samples
from .refit import refitted
from .scales import Scales, dead_stage_warning
from .staircase import Staircase

if TYPE_CHECKING:
    from .few_spike import FewSpikeMethod

FACTORS = np.linspace(1.0, 0.3, 29)
"""Full scales that are tried, in units of a channel's largest drive."""


def calibrated_scales(
    stages: StageGraph,
    method: FewSpikeMethod,
    calibration: Calibration,
    signed: frozenset[str],
    staircases: Mapping[str, Staircase],
) -> Scales:
    """Alphas by the method's rule, and stages with normalised channels and corrected biases."""
    names = [stage.name for stage in stages.stages]
    ann = run_stages(stages, calibration.inputs, keep=names)
    fit = Fit(stages, method, signed, staircases, ann, calibration.examples)
    for stage in stages.stages:
        FIT[stage.kind](fit, stage)
    return fit.scales()


@final
@dataclass(eq=False)
class Fit:
    """The layers that are done.

    Attributes:
        ann: what the ANN's stages send, (examples, *shape); sent: what the coded ones do.
        alphas: by stage, one for each channel or one; centres: of inputs that are centred, by name.
        done: the stages with their new biases.
    """

    stages: StageGraph
    method: FewSpikeMethod
    signed: frozenset[str]
    staircases: Mapping[str, Staircase]
    ann: Mapping[str, Array]
    examples: int
    sent: dict[str, Array] = field(default_factory=dict)
    alphas: dict[str, Weights] = field(default_factory=dict)
    centres: dict[str, float] = field(default_factory=dict)
    done: list[Stage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def scales(self) -> Scales:
        """What was found, with the stages that the network is built from."""
        channels = {name: alpha for name, alpha in self.alphas.items() if alpha.size > 1}
        built = tuple(
            _normalised(stage, channels[stage.name], self.stages) if stage.name in channels else stage
            for stage in (_without_centres(stage, self.centres, self.stages) for stage in self.done)
        )
        return Scales(
            values={name: float(alpha.max()) for name, alpha in self.alphas.items()},
            channels=channels,
            stages=StageGraph(built, self.stages.inputs, self.stages.outputs),
            centres=self.centres,
            signed=self.signed,
            warnings=tuple(self.warnings),
        )

    def corrected(self, stage: Stage) -> tuple[Stage, Array]:
        """The stage with its weights fitted and its biases corrected, as far as that is wanted, and its drive."""
        wanted = drive_of(stage, self.ann)
        if self.method.refit:
            stage = refitted(stage, self.sent, wanted, self.method.refit)
        drive = drive_of(stage, self.sent)
        if not self.method.correct:
            return stage, drive
        error = (wanted - drive).mean(axis=tuple(range(drive.ndim - 1)), dtype=np.float64)
        return replace(stage, bias=stage.bias + error), drive + error.astype(drive.dtype)


def _fit_input(fit: Fit, stage: Stage) -> None:
    values = fit.ann[stage.name]
    fit.sent[stage.name] = values
    fit.done.append(stage)
    if fit.method.sends_values(stage):
        return
    if fit.method.input_type == "centred":
        low, high = float(values.min()), float(values.max())
        fit.centres[stage.name] = centre = float(np.float32(0.5 * (low + high)))
        fit.alphas[stage.name] = np.full(1, ((high - centre) or 1.0) / fit.method.top)
        coded = quantise_signed(values - values.dtype.type(centre), float(fit.alphas[stage.name][0]), fit.method.k)
        fit.sent[stage.name] = coded + values.dtype.type(centre)
        return
    signed = stage.name in fit.signed
    top = float(np.abs(values).max() if signed else values.max())
    fit.alphas[stage.name] = np.full(1, (top if top > 0 else 1.0) / fit.method.top)
    code = quantise_signed if signed else quantise
    fit.sent[stage.name] = code(values, float(fit.alphas[stage.name][0]), fit.method.k)


def _fit_relu(fit: Fit, stage: Stage) -> None:
    wanted = fit.ann[stage.name]
    if not (wanted > 0).any():
        fit.warnings.append(dead_stage_warning(stage, fit.examples))
    stage, drive = fit.corrected(stage)
    top = RULES[fit.method.rule](drive, wanted, fit.method)
    if stage.ceiling is not None:
        top = np.minimum(top, stage.ceiling)
    fit.alphas[stage.name] = alpha = top / fit.method.top
    fit.sent[stage.name] = _coded(drive, alpha, fit.method.k)
    fit.done.append(stage)


def _fit_max_pool(fit: Fit, stage: Stage) -> None:
    """The largest of some codes is a code; the channels keep their alphas."""
    if stage.paths[0].source in fit.centres:
        raise UnsupportedError(
            f"max-pooling layer {stage.layer} reads the input, whose centred codes have signs; use input type 'code'"
        )
    fit.alphas[stage.name] = fit.alphas[stage.paths[0].source]
    fit.sent[stage.name] = drive_of(stage, fit.sent)
    fit.done.append(stage)


def _fit_curve(fit: Fit, stage: Stage) -> None:
    stage, drive = fit.corrected(stage)
    fit.alphas[stage.name] = np.ones(1)
    fit.sent[stage.name] = fit.staircases[stage.name](drive)
    fit.done.append(stage)


def _fit_output(fit: Fit, stage: Stage) -> None:
    stage, drive = fit.corrected(stage)
    fit.sent[stage.name] = value_of(stage, drive)
    fit.done.append(stage)


FIT: Mapping[str, Callable[[Fit, Stage], None]] = {
    "input": _fit_input,
    "relu": _fit_relu,
    "curve": _fit_curve,
    "max_pool": _fit_max_pool,
    "output": _fit_output,
}


# Rules: the largest value that a layer shall be able to send, for each channel or for all of them


def _largest(drive: Array, wanted: Array, method: FewSpikeMethod) -> Weights:
    """max over neurons and examples of the ANN's activations."""
    return positive(by_channel(wanted, method).max(axis=0).astype(np.float64))


def _percentile(drive: Array, wanted: Array, method: FewSpikeMethod) -> Weights:
    """The percentile of the ANN's activations."""
    return percentile_scales(wanted, method)


def _least_error(drive: Array, wanted: Array, method: FewSpikeMethod) -> Weights:
    """argmin over full scales of the mean of (q(z) - a)^2: what clipping costs and coarser steps cost, together.

    z is the drive of the coded network, a what the ANN makes of its own. By trial of FACTORS.
    Source: R. Banner, Y. Nahshan, D. Soudry, NeurIPS 2019, "Post training 4-bit quantization of convolutional
    networks for rapid-deployment", section 3, who derive the error in closed form for two distributions.
    """
    z, a = samples(drive, wanted, method)
    top = positive(np.maximum(z, 0).max(axis=0).astype(np.float64))
    return least_error(z, a, top, FACTORS, lambda values, tops: _coded(values, tops / method.top, method.k))


RULES: Mapping[str, Callable[[Array, Array, FewSpikeMethod], Weights]] = {
    "max": _largest,
    "percentile": _percentile,
    "least-error": _least_error,
}
"""By the name that users give."""


def _coded(drive: Array, alpha: Weights, k: int) -> Array:
    """q(z) to nearest, with an alpha for each channel or one."""
    lsb = (alpha * 2.0**-k).astype(drive.dtype)
    return np.asarray(np.clip(np.floor(drive / lsb + drive.dtype.type(0.5)), 0, 2**k - 1) * lsb)


def _without_centres(stage: Stage, centres: Mapping[str, float], stages: StageGraph) -> Stage:
    """The stage with a bias that holds what its paths make of the centres of inputs, which are not sent."""
    shifts = [
        run_path(path, np.full((1, *stages[path.source].shape), centres[path.source]))[0].reshape(stage.shape)
        for path in stage.paths
        if path.source in centres
    ]
    return replace(stage, bias=stage.bias + sum(shifts)) if shifts else stage


def _normalised(stage: Stage, alpha: Weights, stages: StageGraph) -> Stage:
    """The stage in units of its channels' alphas: relu(z) = alpha relu(z / alpha), so one alpha of 1 serves them all.

    What is sent is multiplied by alpha in the weights that lead on (`FewSpikeMethod.path_factor`).
    """
    if stage.pool is not None:
        return stage
    unit = ir.Scale(
        name=f"{stage.name}.alpha", layer=stage.layer, shape=stage.shape, scale=1 / alpha, shift=np.zeros(1)
    )
    paths = tuple(
        simplify_path(Path(path.source, (*path.ops, unit)), stages[path.source].shape) for path in stage.paths
    )
    return replace(stage, paths=paths, bias=stage.bias / alpha)
