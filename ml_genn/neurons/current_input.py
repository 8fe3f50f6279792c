"""Input neuron that sends its value itself, for a first layer that works on analog input."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ..model import NeuronModel, Var
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class CurrentInput(Neuron, InputBase):
    """Q = x in the first timestep of a trial, then 0: each target's input rises by weight times x, once.

    Over a connection whose synapse keeps what has arrived, Exponential(tau=inf), the target gets the constant current
    W x in every later step, for one multiplication a synapse and trial. Values of 0 cost nothing.
    """

    output_var_name = None
    sends_values = True

    def __init__(self) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self)

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        model = NeuronModel(sim_code="Q = (t < (0.5 * dt)) ? Input : 0.0;", vars=(Var("Q"),))
        return self.add_input_logic(model, batch_size, population.known_shape)
