"""Number of spikes."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .window import WindowReadout


@final
class SpikeCount(WindowReadout):
    """How often the neuron spiked during the trial, or during a window of it.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        self.require_spikes(model)
        model, code = self.within(model, "Scount++;", example_timesteps, dt)
        return model.with_var(Var("Scount", 0, "unsigned int")).with_reset_code(code)

    def variable(self, output_var_name: str) -> str:
        return "Scount"
