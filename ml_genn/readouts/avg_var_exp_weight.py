"""Exponentially weighted mean of the output variable; early steps weigh most."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Param, Var
from .readout import Readout


@final
class AvgVarExpWeight(Readout):
    """sum_n exp(-t_n / (N dt)) V(n) / N over all N steps of a trial, t_n = n dt.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale, rate = f"{source}AvgScale", f"{source}AvgRate"
        return (
            model.with_var(Var(f"{source}Avg"))
            .with_param(Param(scale, 1.0 / example_timesteps))
            .with_param(Param(rate, 1.0 / (dt * example_timesteps)))
            .with_sim_code(f"{source}Avg += {scale} * exp(-t * {rate}) * {source};")
        )

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
