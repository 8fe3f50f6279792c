"""From what a probe measured to findings: which layer to look at first, what stands out, and what would help."""

from __future__ import annotations

from collections.abc import Sequence

from ml_genn.reports import LayerDiagnosis, LayerResult

from ..build import SpikingModel
from ..methods import Method
from .probe import Probe
from .rules import Facts, explain

POINT = 0.01
FEW = 3
"""A drop of agreement is worth naming from one point and three examples on."""

NOTABLE = 0.005
"""A lasting error of this part of the largest value is worth a sentence, where rounding alone does not reach it."""


def diagnose(
    probe: Probe, spiking: SpikingModel, method: Method, layers: Sequence[LayerResult]
) -> tuple[LayerDiagnosis, ...]:
    """What each layer adds, in their order; nothing where no example was looked at."""
    if probe.examples == 0:
        return ()
    chosen = suspect_of(probe)
    return tuple(_layer(probe, spiking, method, layer, layer.name == chosen) for layer in layers)


def suspect_of(probe: Probe) -> str:
    """The layer with the largest lasting error, unless rounding alone is larger and answers change elsewhere."""
    errors = probe.errors
    worst = max(errors, key=lambda name: errors[name].lasting)
    if errors[worst].lasting > errors[worst].rounding:
        return worst
    drops = _drops(probe)
    steepest = max(drops, key=lambda name: drops[name])
    named = drops[steepest] >= POINT and drops[steepest] * probe.examples >= FEW
    return steepest if named else worst


def _drops(probe: Probe) -> dict[str, float]:
    """By how much agreement falls at each layer."""
    drops, before = {}, 1.0
    for name in probe.errors:
        after = probe.agreement(name)
        drops[name] = before - after
        before = after
    return drops


def _layer(probe: Probe, spiking: SpikingModel, method: Method, layer: LayerResult, suspect: bool) -> LayerDiagnosis:
    errors = probe.errors[layer.name]
    stage = spiking.stages[layer.name]
    facts = Facts(stage=stage, errors=errors, method=method, signed=stage.name in spiking.scales.signed)
    _, finding, remedy = explain(facts)
    told = suspect or errors.lasting > max(NOTABLE, errors.rounding)
    return LayerDiagnosis(
        name=layer.name,
        examples=probe.examples,
        error=errors.error,
        inherited_error=errors.inherited,
        own_error=errors.own,
        rounding_error=errors.rounding,
        lasting_error=errors.lasting,
        clipped=errors.clipped,
        saturated=layer.saturated,
        silent=layer.silent,
        silenced=errors.silenced if layer.spiking else 0.0,
        agreement=probe.agreement(layer.name),
        suspect=suspect,
        finding=finding if told else None,
        remedy=remedy if told else None,
    )
