"""Largest value of the output variable."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Var
from .readout import Readout

LOWEST = -3.4028234663852886e38  # the lowest float, so that negative maxima are read as they are


@final
class MaxVar(Readout):
    """max_n V(n) over all steps n."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "max").name
        largest = f"{source}Max"
        return model.with_var(Var(largest, LOWEST)).with_sim_code(f"{largest} = fmax({largest}, {source});")

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Max"
