"""Derivatives of losses by central finite differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .forward import forward
from .net import Array, Net
from .sources import Loss
from .trace import Inputs


def perturbed(net: Net, inputs: Inputs, name: str, change: Array) -> tuple[Net, Inputs]:
    """The network and its inputs with `change` added to what has this name, and its shape, in `gradients`."""
    if name == "input_times":
        return net, [(time + float(more), who) for (time, who), more in zip(inputs, change, strict=True)]
    if "." in name:
        owner, field = name.split(".")
        projection = net.projections[owner]
        changed = replace(projection, **{field: np.asarray(getattr(projection, field), np.float64) + change})
        return replace(net, projections={**net.projections, owner: changed}), inputs
    parts = {"hidden": change[: net.num_hidden], "output": change[net.num_hidden :]}
    constants = {pop: getattr(net, pop) for pop in parts}
    return replace(
        net, **{pop: replace(constants[pop], **{name: getattr(constants[pop], name) + parts[pop]}) for pop in parts}
    ), inputs


def central_difference(
    net: Net, inputs: Inputs, name: str, direction: Array, losses: Mapping[str, tuple[Loss, Any]], step: float = 3e-6
) -> dict[str, float]:
    """Derivatives of losses of one trial along a direction.

    Args:
        net, inputs: the trial.
        name, direction: what is changed, as for `perturbed`.
        losses: by name, with what the outputs should do.
        step: how far to go to either side.

    Raises:
        ValueError: the order of spikes is not the same on both sides.
    """
    traces = [forward(*perturbed(net, inputs, name, sign * step * direction)) for sign in (1.0, -1.0)]
    if traces[0].order != traces[1].order:
        raise ValueError(f"the order of spikes changes with {name}")
    return {
        key: (loss.value(traces[0], target) - loss.value(traces[1], target)) / (2.0 * step)
        for key, (loss, target) in losses.items()
    }
