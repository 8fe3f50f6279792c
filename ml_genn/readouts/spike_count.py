"""Number of spikes."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .readout import Readout


@final
class SpikeCount(Readout):
    """How often the neuron spiked during the trial."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        self.require_spikes(model)
        return model.with_var(Var("Scount", 0, "unsigned int")).with_reset_code("Scount++;")

    def variable(self, output_var_name: str) -> str:
        return "Scount"
