"""Time of the first spike."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .max_var import LOWEST
from .window import WindowReadout


@final
class FirstSpikeTime(WindowReadout):
    """Minus the time of the first spike [ms], so that the largest value belongs to the earliest neuron.

    A neuron that never spikes reads as the lowest float.

    Args:
        window_start, window_end: begin and end [ms] of the window in which spikes count; None for those of the trial.
            The time is that since the begin of the trial, in layered networks since the layer's.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        self.require_spikes(model)
        model, code = self.within(model, "TFirstSpike = fmax(TFirstSpike, -t);", example_timesteps, dt)
        return model.with_var(Var("TFirstSpike", LOWEST)).with_reset_code(code)

    def variable(self, output_var_name: str) -> str:
        return "TFirstSpike"
