"""Few-spike input neuron that sends its value itself, for a first layer that works on analog input."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ..model import NeuronModel, Param, Var
from ..network import network_default_params
from .few_spike import STEP, FewSpikeNeuron
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class FewSpikeCurrentInput(FewSpikeNeuron, InputBase):
    """Sends the input x once in each stage, as a number and not as spikes: targets get the current W x.

    The first layer multiplies, as in the ANN, and nothing is lost to coding. Values of 0 cost nothing.

    Args:
        k: timesteps per stage, 1 to 24.
    """

    output_var_name = None
    sends_codes = False
    sends_values = True

    @network_default_params
    def __init__(self, k: int = 10) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self)
        self.k = k

    @property
    def resolution(self) -> float:
        """1: values are sent as they are."""
        return 1.0

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        # what is sent in the first step counts 2^(K - 1) times at the targets, for which the power of two makes up
        model = NeuronModel(
            sim_code=f"{STEP}\nQ = (Step == 0) ? (Input / (scalar)(1 << (K - 1))) : 0.0;",
            params=(Param("K", self.k, "int"),),
            vars=(Var("Q"),),
        )
        return self.add_input_logic(model, batch_size, population.known_shape)

    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return self.add_input_logic(
            NeuronModel(sim_code="Q = Input;", vars=(Var("Q"),)), batch_size, population.known_shape
        )
