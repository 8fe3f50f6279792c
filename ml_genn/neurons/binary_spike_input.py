"""Input neuron that spikes in every step."""

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
class BinarySpikeInput(SignedInput):
    """A spike in every step in which x > 0.

    Args:
        signed_spikes: send a negative spike in every step in which x < 0.
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
        return self.sign_model("Input != 0.0", self.signed_spikes, population, batch_size)
