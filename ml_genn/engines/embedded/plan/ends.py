"""The two ends of a synapse group, presynaptic and postsynaptic, and what differs between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from ml_genn.engines.embedded.language import indexed
from ml_genn.engines.embedded.plan.description import Address, GroupKind, SynapseEnd, SynapseGroup
from ml_genn.engines.embedded.plan.plan import Axis


@final
@dataclass(frozen=True)
class End:
    """One end; `name` is what it is called in names of code strings, arrays and built-in values."""

    name: str
    axis: Axis
    kind: GroupKind

    def of(self, group: SynapseGroup) -> SynapseEnd:
        """What the group's weight update model has there."""
        return group.weight_update.pre if self is PRE else group.weight_update.post

    def population(self, group: SynapseGroup) -> str:
        """Name of the neurons there."""
        return group.source if self is PRE else group.target

    def delay(self, group: SynapseGroup) -> int:
        """Steps by which spikes and variables of those neurons reach synapses later than in the step after."""
        return group.axonal_delay if self is PRE else group.back_propagation_delay

    def role(self, what: str) -> str:
        """PyGeNN's name of a code string of this end."""
        return f"{self.name}_{what}"


PRE: Final = End("pre", Axis.PRE, GroupKind.PRE_VARIABLES)
POST: Final = End("post", Axis.POST, GroupKind.POST_VARIABLES)
ENDS: Final = (PRE, POST)


def synapse_codes(group: SynapseGroup) -> Iterator[tuple[str, str]]:
    """Name and text of each code string that runs at synapses."""
    yield "synapse_dynamics_code", group.weight_update.synapse_dynamics_code
    for end in ENDS:
        yield end.role("event_syn_code"), end.of(group).event_syn_code
        yield end.role("spike_syn_code"), end.of(group).spike_syn_code


def dendritic_names(group: SynapseGroup) -> dict[str, Address]:
    """What code at synapses may see with a delay of its own: variables of the postsynaptic end, by name."""
    update = group.weight_update
    names = {variable.name: Address(POST.kind, group.name, variable.name) for variable in update.post.variables}
    return names | {reference.name: reference.target for reference in (*update.post.references, *update.psm_references)}


def dendritically_delayed(group: SynapseGroup) -> dict[str, Address]:
    """Those that some code does see with a delay."""
    used = frozenset[str]().union(*(indexed(code, f"{group.name}.{role}") for role, code in synapse_codes(group)))
    return {name: address for name, address in dendritic_names(group).items() if name in used}


def neuron_codes(group: SynapseGroup, end: End) -> Iterator[tuple[str, str]]:
    """Name and text of each code string that the weight update model runs at the neurons of one end."""
    yield end.role("dynamics_code"), end.of(group).dynamics_code
    yield end.role("event_threshold_condition_code"), end.of(group).event_threshold_condition_code
    yield end.role("spike_code"), end.of(group).spike_code
