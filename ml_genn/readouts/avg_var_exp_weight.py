"""Exponentially weighted mean of the output variable; early steps weigh most."""

from __future__ import annotations

from typing import final

from ..model import NeuronModel, Param, Var
from .window import WindowReadout


@final
class AvgVarExpWeight(WindowReadout):
    """sum_n exp(-t_n / (N dt)) V(n) / N over all N steps of a trial, t_n = n dt, or of a window, t_n since its begin.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale, rate = f"{source}AvgScale", f"{source}AvgRate"
        window = self.window(example_timesteps, dt)
        begin = f"{source}AvgBegin"
        since = f"(t - {begin})" if window.start else "t"
        if window.start:
            model = model.with_param(Param(begin, window.start * dt))
        code = f"{source}Avg += {scale} * exp(-{since} * {rate}) * {source};"
        model, code = self.within(model, code, example_timesteps, dt)
        return (
            model.with_var(Var(f"{source}Avg"))
            .with_param(Param(scale, 1.0 / len(window)))
            .with_param(Param(rate, 1.0 / (dt * len(window))))
            .with_sim_code(code)
        )

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
