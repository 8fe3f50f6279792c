"""What synapse code adds to besides the input of its postsynaptic model, where it calls for it."""

from __future__ import annotations

from ml_genn.engines.embedded.language import mentioned
from ml_genn.engines.embedded.plan.description import DENDRITIC_DELAY, Address, GroupKind, SynapseGroup
from ml_genn.engines.embedded.plan.ends import synapse_codes
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located
from ml_genn.engines.embedded.plan.plan import Array
from ml_genn.errors import DescriptionError


def declare_outputs(layout: Layout, group: SynapseGroup, num_pre: int, post: Elements) -> None:
    """Declares what the code strings of a group need; `post` are the postsynaptic neurons."""
    scalar = layout.precision.scalar
    if _calls(group, "addToPre"):
        layout.declare_in_flight(_pre_input(group), scalar, num_pre)
    if _calls(group, "addToPostDelay"):
        slots = dendritic_slots(group, "addToPostDelay")
        ring = layout.declare_in_flight(_delayed_input(group), scalar, post.count, slots=slots, by_example=True)
        layout.place(Address(GroupKind.POSTSYNAPTIC, group.name, DENDRITIC_DELAY), Located(ring, True, post, True))


def dendritic_slots(group: SynapseGroup, what: str) -> int:
    """The group's longest dendritic delay, and one; an error if it is not given where code needs it."""
    if group.dendritic_slots is None:
        raise DescriptionError(
            f"{group.name}: {what} needs max_dendritic_delay_timesteps, one more than the longest delay; set it"
        )
    return group.dendritic_slots


def pre_input(layout: Layout, group: SynapseGroup) -> Array | None:
    """What `addToPre` adds to, [batch][pre]; presynaptic neurons take it and leave zero."""
    return layout.arrays.get(_pre_input(group))


def delayed_input(layout: Layout, group: SynapseGroup) -> Array | None:
    """What `addToPostDelay` adds to, [slots][batch][post]; slot n % slots is taken, and left zero, in step n."""
    return layout.arrays.get(_delayed_input(group))


def _calls(group: SynapseGroup, action: str) -> bool:
    return any(action in mentioned(code, f"{group.name}.{role}") for role, code in synapse_codes(group))


def _pre_input(group: SynapseGroup) -> str:
    return f"synapses.{group.name}.out_pre"


def _delayed_input(group: SynapseGroup) -> str:
    return f"{GroupKind.POSTSYNAPTIC.value}.{group.name}.{DENDRITIC_DELAY}"
