"""Input neuron that spikes with a probability proportional to its input."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, final

from ..model import NeuronModel
from ..network import network_default_params
from ..values import Switch, Value, genn_members
from .input import InputBase
from .neuron import Neuron
from .signed_input import SignedInput

if TYPE_CHECKING:
    from ..population import Population


@final
class BernoulliInput(SignedInput):
    """Spikes in each step with probability min(|x| / full_scale, 1), so that the expected rate is x / full_scale.

    A PoissonInput of rate x / full_scale spikes with probability 1 - exp(-x / full_scale) instead, 0.63 at full scale:
    a network that was scaled for rates proportional to its input would see a distorted picture.

    Args:
        full_scale: the input at which it spikes in every step.
        signed_spikes: send a negative spike where x < 0; else x < 0 sends none.
        input_frames: frames per example.
        input_frame_timesteps: timesteps that each frame is shown for.
    """

    full_scale = Value("FullScale", constant=True, low=0, low_open=True, finite=True)
    signed_spikes = Switch()
    output_var_name = None

    @network_default_params
    def __init__(
        self,
        full_scale: float = 1.0,
        signed_spikes: bool = False,
        input_frames: int = 1,
        input_frame_timesteps: int = 1,
    ) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self, input_frames, input_frame_timesteps)
        self.full_scale = full_scale
        self.signed_spikes = signed_spikes

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, _ = genn_members(self, dt)
        condition = "gennrand_uniform() <= fabs(Input) / FullScale"  # draws from (0, 1]
        model = self.sign_model(condition, self.signed_spikes, population, batch_size)
        return replace(model, params=(*model.params, *params))
