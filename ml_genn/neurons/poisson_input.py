"""Input neuron with a Poisson spike train."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch
from .input import InputBase
from .neuron import Neuron
from .signed_input import SignedInput

if TYPE_CHECKING:
    from ..population import Population


@final
class PoissonInput(SignedInput):
    """Spikes with rate |x| per ms: in each step with probability 1 - exp(-|x| dt).

    Args:
        signed_spikes: send a negative spike where x < 0; else x < 0 sends none.
        input_frames: frames per example.
        input_frame_timesteps: timesteps that each frame is shown for.
    """

    signed_spikes = Switch()
    output_var_name = None

    @network_default_params
    def __init__(self, signed_spikes: bool = False, input_frames: int = 1, input_frame_timesteps: int = 1) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self, input_frames, input_frame_timesteps)
        self.signed_spikes = signed_spikes

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        condition = "gennrand_uniform() >= exp(-fabs(Input) * dt)"
        return self.sign_model(condition, self.signed_spikes, population, batch_size)
