"""Windows of activity: every layer works on an example for as many timesteps, one step after the layer before."""

from __future__ import annotations

from dataclasses import replace

from ..model import NeuronModel, Param

OPEN = "(t > WindowBegin) && (t < WindowEnd)"


def with_window(model: NeuronModel, depth: int, timesteps: int, dt: float) -> NeuronModel:
    """A copy that does nothing, and sends no spikes, but in the timesteps depth ... depth + timesteps - 1."""
    condition = model.threshold_condition_code
    sent = "\n".join(f"{name} = 0.0;" for name in (model.negative_event_var, "Q") if name and model.var(name))
    otherwise = f"\nelse {{\n{sent}\n}}" if sent else ""
    return replace(
        model,
        sim_code=f"if ({OPEN}) {{\n{model.sim_code}\n}}{otherwise}" if model.sim_code else "",
        threshold_condition_code=f"{OPEN} && ({condition})" if condition else "",
        params=(
            *model.params,
            Param("WindowBegin", (depth - 0.5) * dt),  # half a step off, so that rounding of t does not matter
            Param("WindowEnd", (depth + timesteps - 0.5) * dt),
        ),
    )
