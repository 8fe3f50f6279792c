"""Integrate-and-fire neurons, driven by synapses or directly by input data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch, Value, genn_members
from . import membrane
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


class IntegrateFireBase(Neuron):
    """V <- V + I + bias; a spike where V >= v_thresh."""

    v_thresh = Value("Vthresh")
    v_reset = Value("Vreset", finite=True)
    v = Value("V", state=True, finite=True)
    bias = Value("Bias", finite=True)
    relative_reset = Switch()

    def fire_model(self, source: str, dt: float) -> NeuronModel:
        """The model with input I read from `source`."""
        params, variables = genn_members(self, dt)
        return NeuronModel(
            sim_code=f"V += {source} + Bias;",
            threshold_condition_code=membrane.threshold("Vthresh", refractory=False),
            reset_code=membrane.reset(relative=self.relative_reset, refractory=False),
            params=params,
            vars=variables,
            output_var_name=self.output_var_name,
        )


@final
class IntegrateFire(IntegrateFireBase):
    """Integrate and fire: V <- V + I + bias; a spike where V >= v_thresh.

    Args:
        v_thresh: firing threshold.
        v_reset: a spike sets V to v_reset, or subtracts v_thresh - v_reset from it if `relative_reset`.
        v: initial membrane voltage.
        readout: what to read from the neuron.
        bias: added in every step.
        relative_reset: keep what V exceeds the threshold by.
    """

    @network_default_params
    def __init__(
        self,
        v_thresh: Any = 1.0,
        v_reset: Any = 0.0,
        v: Any = 0.0,
        readout: Any = None,
        *,
        bias: Any = 0.0,
        relative_reset: bool = False,
    ) -> None:
        super().__init__(readout)
        self.v_thresh = v_thresh
        self.v_reset = v_reset
        self.v = v
        self.bias = bias
        self.relative_reset = relative_reset

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return self.fire_model("Isyn", dt)


@final
class IntegrateFireInput(IntegrateFireBase, InputBase):
    """Integrate-and-fire input neuron: the input data take the place of the synaptic input I.

    Args:
        v_thresh, v_reset, v: as for IntegrateFire.
        input_frames: frames per example.
        input_frame_timesteps: timesteps that each frame is shown for.
        bias, relative_reset: as for IntegrateFire.
    """

    @network_default_params
    def __init__(
        self,
        v_thresh: Any = 1.0,
        v_reset: Any = 0.0,
        v: Any = 0.0,
        input_frames: int = 1,
        input_frame_timesteps: int = 1,
        *,
        bias: Any = 0.0,
        relative_reset: bool = False,
    ) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self, input_frames, input_frame_timesteps)
        self.v_thresh = v_thresh
        self.v_reset = v_reset
        self.v = v
        self.bias = bias
        self.relative_reset = relative_reset

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return self.add_input_logic(self.fire_model("Input", dt), batch_size, population.known_shape)
