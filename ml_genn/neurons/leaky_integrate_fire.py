"""Leaky integrate-and-fire neurons, driven by synapses or directly by input data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch, Value, decay, genn_members
from . import membrane
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


class LeakyIntegrateFireBase(Neuron):
    """V <- Alpha V + s I + bias, Alpha = exp(-dt / tau_mem), s = 1 or 1 - Alpha; a spike where V >= v_thresh.

    A spike subtracts v_thresh - v_reset from V or sets it to v_reset, and starts a refractory period in which the
    neuron does not spike and, if so chosen, ignores its input and its bias.
    """

    v_thresh = Value("Vthresh")
    v_reset = Value("Vreset", finite=True)
    v = Value("V", state=True, finite=True)
    tau_mem = Value("Alpha", unit="ms", low=0, low_open=True, to_genn=decay)
    tau_refrac = Value("TauRefrac", unit="ms", low=0, optional=True)
    bias = Value("Bias", finite=True, absent=0.0)
    relative_reset = Switch()
    integrate_during_refrac = Switch()
    scale_i = Switch()

    def fire_model(self, source: str, dt: float) -> NeuronModel:
        """The model with input I read from `source`."""
        params, variables = genn_members(self, dt)
        refractory = self.tau_refrac is not None
        drive = membrane.scaled_input(source, scale_i=self.scale_i) + membrane.plus_bias(self)
        update = f"V = (Alpha * V) + {drive};"
        during = self.integrate_during_refrac
        return NeuronModel(
            sim_code=membrane.integrate(update, refractory=refractory, integrate_during_refrac=during),
            threshold_condition_code=membrane.threshold("Vthresh", refractory=refractory),
            reset_code=membrane.reset(relative=self.relative_reset, refractory=refractory),
            params=params,
            vars=variables + membrane.refractory_members(self.tau_refrac),
            output_var_name=self.output_var_name,
        )


@final
class LeakyIntegrateFire(LeakyIntegrateFireBase):
    """Leaky integrate-and-fire: V <- Alpha V + s I + bias, Alpha = exp(-dt / tau_mem); a spike where V >= v_thresh.

    Args:
        v_thresh: firing threshold.
        v_reset: a spike subtracts v_thresh - v_reset from V if `relative_reset`, else sets V to v_reset.
        v: initial membrane voltage.
        tau_mem: time constant of the membrane voltage [ms].
        tau_refrac: refractory period [ms]; None for none.
        relative_reset: how a spike resets V.
        integrate_during_refrac: whether V integrates input during the refractory period.
        scale_i: scale the input I by s = 1 - Alpha; else s = 1.
        readout: what to read from the neuron.
        bias: added in every step in which V integrates input, as it is, whatever `scale_i` says.
    """

    @network_default_params
    def __init__(
        self,
        v_thresh: Any = 1.0,
        v_reset: Any = 0.0,
        v: Any = 0.0,
        tau_mem: Any = 20.0,
        tau_refrac: Any = None,
        relative_reset: bool = True,
        integrate_during_refrac: bool = True,
        scale_i: bool = False,
        readout: Any = None,
        *,
        bias: Any = 0.0,
    ) -> None:
        super().__init__(readout)
        self.v_thresh = v_thresh
        self.v_reset = v_reset
        self.v = v
        self.tau_mem = tau_mem
        self.tau_refrac = tau_refrac
        self.relative_reset = relative_reset
        self.integrate_during_refrac = integrate_during_refrac
        self.scale_i = scale_i
        self.bias = bias

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return self.fire_model("Isyn", dt)


@final
class LeakyIntegrateFireInput(LeakyIntegrateFireBase, InputBase):
    """Leaky integrate-and-fire input neuron: the input data take the place of the synaptic input I.

    Args:
        v_thresh, v_reset, v, tau_mem, tau_refrac, relative_reset, integrate_during_refrac, scale_i: as for
            LeakyIntegrateFire.
        input_frames: frames per example.
        input_frame_timesteps: timesteps that each frame is shown for.
        bias: as for LeakyIntegrateFire.
    """

    @network_default_params
    def __init__(
        self,
        v_thresh: Any = 1.0,
        v_reset: Any = 0.0,
        v: Any = 0.0,
        tau_mem: Any = 20.0,
        tau_refrac: Any = None,
        relative_reset: bool = True,
        integrate_during_refrac: bool = True,
        scale_i: bool = False,
        input_frames: int = 1,
        input_frame_timesteps: int = 1,
        *,
        bias: Any = 0.0,
    ) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self, input_frames, input_frame_timesteps)
        self.v_thresh = v_thresh
        self.v_reset = v_reset
        self.v = v
        self.tau_mem = tau_mem
        self.tau_refrac = tau_refrac
        self.relative_reset = relative_reset
        self.integrate_during_refrac = integrate_during_refrac
        self.scale_i = scale_i
        self.bias = bias

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        model = self.fire_model("Input", dt)
        return self.add_input_logic(model, batch_size, population.known_shape)
