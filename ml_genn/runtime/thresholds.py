"""The one number at which the neurons of a population fire, where there is one."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from ..neurons import (
    BernoulliInput,
    BinarySpikeInput,
    CurrentInput,
    FewSpikeCode,
    FewSpikeFunction,
    PoissonInput,
    SpikeInput,
    SpikeMaxPool,
)
from ..values import is_number

Threshold = tuple[float | None, str | None]
"""The number, or None and the reason why there is none."""


@singledispatch
def threshold_of(neuron: Any) -> Threshold:
    """The membrane voltage at which a neuron fires; of few-spike neurons alpha, the value of the highest code; of an
    input that spikes by chance the value at which it does so in every timestep."""
    value = getattr(neuron, "v_thresh", None)
    if value is None:
        return None, "has no single threshold"
    return (float(value), None) if is_number(value) else (None, "differs from neuron to neuron")


@threshold_of.register
def _(neuron: FewSpikeFunction) -> Threshold:
    return None, "differs from step to step"


@threshold_of.register
def _(neuron: FewSpikeCode) -> Threshold:
    return (float(neuron.alpha), None) if is_number(neuron.alpha) else (None, "differs from neuron to neuron")


@threshold_of.register
def _(neuron: BernoulliInput) -> Threshold:
    return float(neuron.full_scale), None


@threshold_of.register(BinarySpikeInput)
@threshold_of.register(SpikeInput)
def _(neuron: Any) -> Threshold:
    return None, "spikes where the data do"


@threshold_of.register
def _(neuron: CurrentInput) -> Threshold:
    return None, "sends its values as they are"


@threshold_of.register
def _(neuron: PoissonInput) -> Threshold:
    return None, "spikes at the rate of the data"


@threshold_of.register
def _(neuron: SpikeMaxPool) -> Threshold:
    return None, "follows its leading input"
