"""Largest value of the output variable."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .window import WindowReadout

LOWEST = -3.4028234663852886e38  # the lowest float, so that negative maxima are read as they are


@final
class MaxVar(WindowReadout):
    """max_n V(n) over all steps n of a trial, or of a window of it.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "max").name
        largest = f"{source}Max"
        model, code = self.within(model, f"{largest} = fmax({largest}, {source});", example_timesteps, dt)
        return model.with_var(Var(largest, LOWEST)).with_sim_code(code)

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Max"
