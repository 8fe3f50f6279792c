"""Sum of the output variable over the trial."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .window import WindowReadout


@final
class SumVar(WindowReadout):
    """sum_n V(n) over all steps n of a trial, or of a window of it.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "sum").name
        model, code = self.within(model, f"{source}Sum += {source};", example_timesteps, dt)
        return model.with_var(Var(f"{source}Sum")).with_sim_code(code)

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Sum"
