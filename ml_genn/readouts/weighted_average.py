"""Means of the output variable in which some timesteps weigh more than others."""

from __future__ import annotations

from abc import abstractmethod

from ..model import NeuronModel, Param, Var
from .window import WindowReadout


class WeightedAverage(WindowReadout):
    """sum_n w(t_n / T) V(n) / N over all N steps of a trial of length T = N dt, t_n = n dt; or of a window likewise.

    Args:
        window_start, window_end: begin and end of the window [ms]; None for those of the trial. Time then counts from
            its begin, and T is its length.
    """

    @abstractmethod
    def weight(self, part: str) -> str:
        """Code of w, for code of the part of the trial, or of the window, that has passed."""

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale, rate = f"{source}AvgScale", f"{source}AvgRate"
        window = self.window(example_timesteps, dt)
        numbers = self.trial_numbers(source, example_timesteps, dt)
        begin = f"{source}AvgBegin"
        since = f"(t - {begin})" if window.start else "t"
        if window.start:
            model = model.with_param(Param(begin, window.start * dt))
        code = f"{source}Avg += {scale} * {self.weight(f'({since} * {rate})')} * {source};"
        model, code = self.within(model, code, example_timesteps, dt)
        return (
            model.with_var(Var(f"{source}Avg"))
            .with_param(Param(scale, numbers[scale]))
            .with_param(Param(rate, numbers[rate]))
            .with_sim_code(code)
        )

    def trial_numbers(self, output_var_name: str, example_timesteps: int, dt: float) -> dict[str, float]:
        steps = len(self.steps(example_timesteps, dt))
        return {
            f"{output_var_name}AvgScale": 1.0 / steps if steps else 0.0,
            f"{output_var_name}AvgRate": 1.0 / (dt * steps) if steps else 0.0,
        }

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
