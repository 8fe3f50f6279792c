"""Mean of the output variable over the trial."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Param, Var
from .readout import Readout


@final
class AvgVar(Readout):
    """sum_n V(n) / N over all N steps of a trial."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale = f"{source}AvgScale"
        return (
            model.with_var(Var(f"{source}Avg"))
            .with_param(Param(scale, 1.0 / example_timesteps))
            .with_sim_code(f"{source}Avg += {scale} * {source};")
        )

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
