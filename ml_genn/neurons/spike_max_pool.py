"""Neuron that follows the input with the most spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel, Var
from ..network import network_default_params
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class SpikeMaxPool(Neuron):
    """Max-pooling under rate coding: Leading, its own spike count, is the largest of its inputs' spike counts.

    Its one input is a MaxPool2D connection. A spike counts if the number of spikes its sender has sent, including this
    one (Prefix), exceeds Leading; that is if the sender was in the lead. As the largest count rises by at most one per
    step, one spike per step keeps up with it, one step later.

    Args:
        readout: what to read from Leading.
    """

    output_var_name = "Leading"
    takes_maximum = True

    @network_default_params
    def __init__(self, readout: Any = None) -> None:
        super().__init__(readout)

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return NeuronModel(
            threshold_condition_code="Isyn > 0.0",
            reset_code="Leading += 1.0;",
            vars=(Var("Leading"),),
            output_var_name=self.output_var_name,
        )
