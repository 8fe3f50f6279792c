"""Losses by the names under which they were published, each with the outputs that it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from ..losses import FirstSpikeCrossentropy, PerTimestepCrossentropy, SparseCategoricalCrossentropy
from ..neurons import LeakyIntegrate, LeakyIntegrateFire
from ..readouts import AvgVar, AvgVarExpWeight, AvgVarInputWeight, AvgVarLinWeight, AvgVarSigmoidWeight, MaxVar
from .parameters import Parameter, Values


@final
@dataclass(frozen=True)
class LossType:
    """A loss and the neurons that it takes.

    Args:
        loss: the loss, of the parameters.
        readout: makes the readout of leaky integrators; None where outputs spike.
    """

    loss: Callable[[Values], Any]
    readout: Callable[[], Any] | None = None

    def output(self, p: Values) -> Any:
        """Output neurons."""
        if self.readout is None:
            kind = {"v_thresh": p.v_thresh, "v_reset": p.v_reset, "relative_reset": True}
            return LeakyIntegrateFire(tau_mem=p.tau_mem, readout="first_spike_time", **kind)
        return LeakyIntegrate(tau_mem=p.tau_mem, readout=self.readout())


def _crossentropy(p: Values) -> SparseCategoricalCrossentropy:
    return SparseCategoricalCrossentropy()


def _first_spike(p: Values) -> FirstSpikeCrossentropy:
    return FirstSpikeCrossentropy(p.tau_0, p.alpha)


def _first_spike_exp(p: Values) -> FirstSpikeCrossentropy:
    return FirstSpikeCrossentropy(p.tau_0, p.alpha, p.tau_1)


LOSS_TYPES: Mapping[str, LossType] = {
    "avg_xentropy": LossType(lambda p: PerTimestepCrossentropy(), AvgVar),
    "first_spike": LossType(_first_spike),
    "first_spike_exp": LossType(_first_spike_exp),
    "max": LossType(_crossentropy, MaxVar),
    "sum": LossType(_crossentropy, AvgVar),
    "sum_weigh_exp": LossType(_crossentropy, AvgVarExpWeight),
    "sum_weigh_input": LossType(_crossentropy, AvgVarInputWeight),
    "sum_weigh_linear": LossType(_crossentropy, AvgVarLinWeight),
    "sum_weigh_sigmoid": LossType(_crossentropy, AvgVarSigmoidWeight),
}

LOSS_PARAMETERS: Mapping[str, Parameter] = {
    "loss_type": Parameter("avg_xentropy", "loss", choices=tuple(LOSS_TYPES)),
    "tau_0": Parameter(0.5, "time by which a first spike has to be earlier to be e times as probable", "ms", low=1e-3),
    "tau_1": Parameter(6.4, "time constant of the penalty of late first spikes", "ms", low=1e-3),
    "alpha": Parameter(3e-3, "weight of this penalty", low=0.0),
}
