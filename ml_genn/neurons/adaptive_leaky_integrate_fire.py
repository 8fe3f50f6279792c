"""Leaky integrate-and-fire neuron with an adaptive threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch, Value, decay, genn_members
from . import membrane
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class AdaptiveLeakyIntegrateFire(Neuron):
    """V <- Alpha V + I + bias, A <- Rho A; a spike where V >= v_thresh + beta A; a spike adds 1 to A.

    Alpha = exp(-dt / tau_mem), Rho = exp(-dt / tau_adapt); A decays during the refractory period too.
    Source: Bellec et al. 2018, "Long short-term memory and learning-to-learn in networks of spiking neurons".

    Args:
        v_thresh: firing threshold without adaptation.
        v_reset: a spike subtracts v_thresh - v_reset from V if `relative_reset`, else sets V to v_reset.
        v: initial membrane voltage.
        a: initial adaptation.
        beta: strength of adaptation.
        tau_mem: time constant of the membrane voltage [ms].
        tau_refrac: refractory period [ms]; None for none.
        tau_adapt: time constant of the adaptation [ms].
        relative_reset: how a spike resets V.
        integrate_during_refrac: whether V integrates input during the refractory period.
        readout: what to read from the neuron.
        bias: added in every step in which V integrates input.
    """

    v_thresh = Value("Vthresh")
    v_reset = Value("Vreset", finite=True)
    v = Value("V", state=True, finite=True)
    a = Value("A", state=True, finite=True)
    beta = Value("Beta", finite=True)
    tau_mem = Value("Alpha", unit="ms", low=0, low_open=True, to_genn=decay)
    tau_refrac = Value("TauRefrac", unit="ms", low=0, optional=True)
    tau_adapt = Value("Rho", unit="ms", low=0, low_open=True, to_genn=decay)
    bias = Value("Bias", finite=True, absent=0.0)
    relative_reset = Switch()
    integrate_during_refrac = Switch()

    @network_default_params
    def __init__(
        self,
        v_thresh: Any = 1.0,
        v_reset: Any = 0.0,
        v: Any = 0.0,
        a: Any = 0.0,
        beta: Any = 0.0174,
        tau_mem: Any = 20.0,
        tau_refrac: Any = None,
        tau_adapt: Any = 2000.0,
        relative_reset: bool = True,
        integrate_during_refrac: bool = True,
        readout: Any = None,
        *,
        bias: Any = 0.0,
    ) -> None:
        super().__init__(readout)
        self.v_thresh = v_thresh
        self.v_reset = v_reset
        self.v = v
        self.a = a
        self.beta = beta
        self.tau_mem = tau_mem
        self.tau_refrac = tau_refrac
        self.tau_adapt = tau_adapt
        self.relative_reset = relative_reset
        self.integrate_during_refrac = integrate_during_refrac
        self.bias = bias

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = genn_members(self, dt)
        refractory = self.tau_refrac is not None
        during = self.integrate_during_refrac
        update = f"V = (Alpha * V) + Isyn{membrane.plus_bias(self)};"
        update = membrane.integrate(update, refractory=refractory, integrate_during_refrac=during)
        return NeuronModel(
            sim_code=f"{update}\nA *= Rho;",
            threshold_condition_code=membrane.threshold("Vthresh + (Beta * A)", refractory=refractory),
            reset_code=f"{membrane.reset(relative=self.relative_reset, refractory=refractory)}\nA += 1.0;",
            params=params,
            vars=variables + membrane.refractory_members(self.tau_refrac),
            output_var_name=self.output_var_name,
        )
