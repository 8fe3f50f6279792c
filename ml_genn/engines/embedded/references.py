"""References to variables and extra global parameters of groups, by PyGeNN's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_genn.engines.embedded.plan.description import (
    DENDRITIC_DELAY,
    IN_SYN,
    PREVIOUS_SPIKE_TIME,
    SPIKE_TIME,
    Address,
    GroupKind,
    Transposing,
)

if TYPE_CHECKING:
    from ml_genn.engines.embedded.groups import Group, NeuronGroup
    from ml_genn.engines.embedded.synapse_group import SynapseGroup


def create_var_ref(group: Group, name: str) -> Address:
    """Refers to a variable of a neuron population, current source or custom update."""
    return Address(group.kind, group.name, name)


def create_psm_var_ref(group: SynapseGroup, name: str) -> Address:
    """Refers to a variable of a synapse group's postsynaptic model."""
    return Address(GroupKind.POSTSYNAPTIC, group.name, name)


def create_out_post_var_ref(group: SynapseGroup) -> Address:
    """Refers to the input that a synapse group's postsynaptic model receives (`inSyn`)."""
    return Address(GroupKind.POSTSYNAPTIC, group.name, IN_SYN)


def create_den_delay_var_ref(group: SynapseGroup) -> Address:
    """Refers to the input that is on its way to a synapse group's postsynaptic model with dendritic delays."""
    return Address(GroupKind.POSTSYNAPTIC, group.name, DENDRITIC_DELAY)


def create_wu_var_ref(
    sg: Group, var_name: str, transpose_sg: SynapseGroup | None = None, transpose_var_name: str = ""
) -> Address | Transposing:
    """Refers to a variable of a synapse group, or of a custom update of such variables.

    A custom update copies the transpose of the variable, which must be of dense synapses, into `transpose_var_name` of
    `transpose_sg`, dense synapses in the opposite direction.
    """
    address = Address(sg.kind, sg.name, var_name)
    if transpose_sg is None:
        return address
    return Transposing(address, Address(transpose_sg.kind, transpose_sg.name, transpose_var_name))


def create_wu_pre_var_ref(group: SynapseGroup, name: str) -> Address:
    """Refers to a variable that a synapse group's weight update model has for each presynaptic neuron."""
    return Address(GroupKind.PRE_VARIABLES, group.name, name)


def create_wu_post_var_ref(group: SynapseGroup, name: str) -> Address:
    """Refers to a variable that a synapse group's weight update model has for each postsynaptic neuron."""
    return Address(GroupKind.POST_VARIABLES, group.name, name)


def create_spike_time_var_ref(group: NeuronGroup) -> Address:
    """Refers to the time in ms of each neuron's last spike, of type `timepoint`; the lowest number before the first.

    A custom update with `BROADCAST` access also sets the times of earlier spikes that synapses still see.
    """
    return Address(group.kind, group.name, SPIKE_TIME)


def create_prev_spike_time_var_ref(group: NeuronGroup) -> Address:
    """Refers to the time in ms of each neuron's last spike before the last step, of type `timepoint`.

    It can be read only: a custom update that refers to `create_spike_time_var_ref` with `BROADCAST` access sets both.
    """
    return Address(group.kind, group.name, PREVIOUS_SPIKE_TIME)


def create_egp_ref(group: Group, name: str) -> Address:
    """Refers to an extra global parameter of a neuron population, current source or custom update."""
    return Address(group.kind, group.name, name)


def create_psm_egp_ref(group: SynapseGroup, name: str) -> Address:
    """Refers to an extra global parameter of a synapse group's postsynaptic model."""
    return Address(GroupKind.POSTSYNAPTIC, group.name, name)


def create_wu_egp_ref(group: SynapseGroup, name: str) -> Address:
    """Refers to an extra global parameter of a synapse group's weight update model."""
    return Address(group.kind, group.name, name)
