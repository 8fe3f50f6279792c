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
        model, code = self.within(model, f"{source}Avg += {source}AvgScale * {source};", example_timesteps, dt)
        for name, value in self.trial_numbers(source, example_timesteps, dt).items():
            model = model.with_param(Param(name, value))
        return model.with_var(Var(f"{source}Avg")).with_sim_code(code)

    def trial_numbers(self, output_var_name: str, example_timesteps: int, dt: float) -> dict[str, float]:
        steps = len(self.steps(example_timesteps, dt))
        return {f"{output_var_name}AvgScale": 1.0 / steps if steps else 0.0}

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
