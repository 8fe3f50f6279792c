"""The output variable itself."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel
from .readout import Readout


@final
class Var(Readout):
    """Value of the output variable after the last step."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        self.output_var(model, "read")
        return model

    def variable(self, output_var_name: str) -> str:
        return output_var_name
