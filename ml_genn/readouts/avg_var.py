"""Mean of the output variable over the trial."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Param, Var
from .window import WindowReadout


@final
class AvgVar(WindowReadout):
    """sum_n V(n) / N over all N steps of a trial, or of a window of it.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale = f"{source}AvgScale"
        steps = len(self.window(example_timesteps, dt))
        model, code = self.within(model, f"{source}Avg += {scale} * {source};", example_timesteps, dt)
        return model.with_var(Var(f"{source}Avg")).with_param(Param(scale, 1.0 / steps)).with_sim_code(code)

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
