"""What synapse code adds to besides the input of its postsynaptic model, where it calls for it."""

from __future__ import annotations

from ml_genn.engines.embedded.language import mentioned
from ml_genn.engines.embedded.plan.description import SynapseGroup
from ml_genn.engines.embedded.plan.ends import synapse_codes
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.plan import Array


def declare_outputs(layout: Layout, group: SynapseGroup, num_pre: int) -> None:
    """Declares what the code strings of a group need."""
    if _calls(group, "addToPre"):
        layout.declare_in_flight(_pre_input(group), layout.precision.scalar, num_pre)


def pre_input(layout: Layout, group: SynapseGroup) -> Array | None:
    """What `addToPre` adds to, [batch][pre]; presynaptic neurons take it and leave zero."""
    return layout.arrays.get(_pre_input(group))


def _calls(group: SynapseGroup, action: str) -> bool:
    return any(action in mentioned(code, f"{group.name}.{role}") for role, code in synapse_codes(group))


def _pre_input(group: SynapseGroup) -> str:
    return f"synapses.{group.name}.out_pre"
