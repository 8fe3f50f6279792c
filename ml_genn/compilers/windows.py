"""Windows of activity: every layer works on an example for as many timesteps, one step after the layer before."""

from __future__ import annotations

import re
from dataclasses import replace

from ..model import NeuronModel, Param

OPEN = "(t > LayerBegin) && (t < LayerEnd)"
TIME = re.compile(r"\bt\b")


def with_window(model: NeuronModel, depth: int, timesteps: int, dt: float) -> NeuronModel:
    """A copy that does nothing, and sends no spikes, but in the timesteps depth ... depth + timesteps - 1.

    Its own code, that of its readout included, finds in t the time since the first of these.
    """
    sim_code, condition, reset_code = (
        TIME.sub("(t - LayerDelay)", code) if depth else code
        for code in (model.sim_code, model.threshold_condition_code, model.reset_code)
    )
    shifted = replace(
        model,
        sim_code=sim_code,
        threshold_condition_code=condition,
        reset_code=reset_code,
        params=(
            *model.params,
            Param("LayerBegin", (depth - 0.5) * dt),  # half a step off, so that rounding of t does not matter
            Param("LayerEnd", (depth + timesteps - 0.5) * dt),
            *((Param("LayerDelay", depth * dt),) if depth else ()),
        ),
    )
    return only_while(shifted, OPEN)


def only_while(model: NeuronModel, condition: str) -> NeuronModel:
    """A copy that does nothing, and sends no spikes, but in timesteps in which a condition holds."""
    reached = model.threshold_condition_code
    sent = "\n".join(f"{name} = 0.0;" for name in (model.negative_event_var, "Q") if name and model.var(name))
    otherwise = f"\nelse {{\n{sent}\n}}" if sent else ""
    return replace(
        model,
        sim_code=f"if ({condition}) {{\n{model.sim_code}\n}}{otherwise}" if model.sim_code else "",
        threshold_condition_code=f"{condition} && ({reached})" if reached else "",
    )
