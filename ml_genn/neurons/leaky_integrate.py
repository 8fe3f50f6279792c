"""Leaky integrator: a neuron that never spikes; the usual output neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch, Value, decay, genn_members
from .membrane import scaled_input
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class LeakyIntegrate(Neuron):
    """V <- Alpha V + s I + bias with Alpha = exp(-dt / tau_mem), s = 1 or 1 - Alpha.

    Args:
        v: initial membrane voltage.
        bias: added in every step.
        tau_mem: time constant of the membrane voltage [ms].
        scale_i: scale the input I by 1 - Alpha.
        readout: what to read from the membrane voltage.
    """

    v = Value("V", state=True, finite=True)
    bias = Value("Bias", finite=True)
    tau_mem = Value("Alpha", unit="ms", low=0, low_open=True, to_genn=decay)
    scale_i = Switch()

    @network_default_params
    def __init__(
        self, v: Any = 0.0, bias: Any = 0.0, tau_mem: Any = 20.0, scale_i: bool = False, readout: Any = None
    ) -> None:
        super().__init__(readout)
        self.v = v
        self.bias = bias
        self.tau_mem = tau_mem
        self.scale_i = scale_i

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = genn_members(self, dt)
        return NeuronModel(
            sim_code=f"V = (Alpha * V) + {scaled_input('Isyn', scale_i=self.scale_i)} + Bias;",
            params=params,
            vars=variables,
            output_var_name=self.output_var_name,
        )
