"""Mean of the output variable, in which timesteps weigh as much as there was input."""

from __future__ import annotations

import math
from typing import ClassVar, final

from ..model import NeuronModel, Param, Var
from ..values import Value
from .readout import INPUT_SPIKES
from .window import WindowReadout

ACTIVITY, KEPT = "InputActivity", "InputDecay"
"""The variable q, and how much of it a timestep keeps."""


@final
class AvgVarInputWeight(WindowReadout):
    """sum_n q(n) V(n) / N over all N steps of a trial, q a mean over input neurons of sum_k exp(-(t_n - t_k) / tau).

    t_k are the times at which spikes of the neuron arrived, one timestep after they were sent. q does not depend on any
    weight.

    Args:
        tau: time constant of q [ms].
        window_start, window_end: begin and end of the window whose steps count [ms]; None for those of the trial.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    reads_input: ClassVar[bool] = True
    tau = Value(unit="ms", constant=True, finite=True, low=0, low_open=True)

    def __init__(self, tau: float = 20.0, window_start: float | None = None, window_end: float | None = None) -> None:
        super().__init__(window_start, window_end)
        self.tau = tau

    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        source = self.output_var(model, "average").name
        scale = self.trial_numbers(source, example_timesteps, dt)
        code = f"{source}Avg += {source}AvgScale * {ACTIVITY} * {source};"
        model, code = self.within(model, code, example_timesteps, dt)
        return (
            model.with_var(Var(f"{source}Avg"))
            .with_var(Var(ACTIVITY))
            .with_param(Param(f"{source}AvgScale", scale[f"{source}AvgScale"]))
            .with_param(Param(KEPT, math.exp(-dt / self.tau)))
            .with_input_var(INPUT_SPIKES)
            .with_sim_code(f"{ACTIVITY} = ({KEPT} * {ACTIVITY}) + {INPUT_SPIKES};\n{code}")
        )

    def trial_numbers(self, output_var_name: str, example_timesteps: int, dt: float) -> dict[str, float]:
        steps = len(self.steps(example_timesteps, dt))
        return {f"{output_var_name}AvgScale": 1.0 / steps if steps else 0.0}

    def variable(self, output_var_name: str) -> str:
        return f"{output_var_name}Avg"
