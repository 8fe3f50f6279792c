"""Time of the first spike."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .max_var import LOWEST
from .readout import Readout


@final
class FirstSpikeTime(Readout):
    """Minus the time of the first spike [ms], so that the largest value belongs to the earliest neuron.

    A neuron that never spikes reads as the lowest float.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        self.require_spikes(model)
        return model.with_var(Var("TFirstSpike", LOWEST)).with_reset_code("TFirstSpike = fmax(TFirstSpike, -t);")

    def variable(self, output_var_name: str) -> str:
        return "TFirstSpike"
