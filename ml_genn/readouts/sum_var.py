"""Sum of the output variable over the trial."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .readout import Readout


@final
class SumVar(Readout):
    """sum_n V(n) over all steps n."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "sum").name
        return model.with_var(Var(f"{source}Sum")).with_sim_code(f"{source}Sum += {source};")

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Sum"
