"""Kernels of a synapse group: its dynamics, and what spikes and spike-like events of both ends do at its synapses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import UINT32, VOID, NumericType
from ml_genn.engines.embedded.plan.connectivity import Wiring, columns
from ml_genn.engines.embedded.plan.description import IN_SYN, Address, GroupKind, SynapseGroup
from ml_genn.engines.embedded.plan.ends import ENDS, POST, PRE, End, dendritic_names
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_references, add_variables
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.outputs import delayed_input, pre_input
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    ConvolutionConnectivity,
    Delayed,
    PostPropagation,
    Propagation,
    SparseConnectivity,
    SpikeQueue,
    SynapseDynamics,
    Value,
)
from ml_genn.engines.embedded.plan.spike_times import add_arrival_times

SynapseKernel = SynapseDynamics | Propagation | PostPropagation

_NOTHING_FORWARD = "what postsynaptic neurons trigger reaches presynaptic neurons only; call addToPre"


@final
@dataclass(frozen=True)
class Queues:
    """Spikes and spike-like events of one end of a synapse group, where some code needs them."""

    spikes: SpikeQueue | None
    events: SpikeQueue | None


def synapse_kernels(
    layout: Layout, group: SynapseGroup, wiring: Wiring, sizes: tuple[int, int], queues: Mapping[End, Queues]
) -> Iterator[SynapseKernel]:
    """Dynamics, then events and spikes of the presynaptic end, then those of the postsynaptic end."""
    names = _synapse_names(layout, group, wiring)
    scalar = layout.precision.scalar
    to_pre, delayed = _action("addToPre", scalar), _action("addToPostDelay", scalar, UINT32)
    to_post = [_action("addToPost", scalar), _action("maxToPost", scalar)]
    forward = [*to_post, to_pre, delayed]
    refused = dict.fromkeys([*to_post, delayed], _NOTHING_FORWARD)
    pre_target = pre_input(layout, group)
    target = layout.locate(Address(GroupKind.POSTSYNAPTIC, group.name, IN_SYN), group.name).array
    targets = (target, pre_target, delayed_input(layout, group))

    def identity(role: str) -> tuple[str, int, int, int]:
        name = f"{group.name}.{role}"
        return (name, layout.streams.number(f"synapses.{name}"), *sizes)

    role = "synapse_dynamics_code"
    code = names.code(group.weight_update.synapse_dynamics_code, role, forward)
    if code is not None:
        yield SynapseDynamics(*identity(role), wiring.connectivity, code, *targets, names.sums)
    for role, source, queue in _triggered(group, PRE, queues):
        code = names.code(source, role, forward)
        if code is not None and queue is not None:
            delay = group.axonal_delay
            yield Propagation(*identity(role), queue, delay, wiring.connectivity, code, *targets, names.sums)
    for role, source, queue in _triggered(group, POST, queues):
        code = names.code(source, role, [to_pre], refused)
        if code is not None and queue is not None:
            delay, rows = group.back_propagation_delay, wiring.connectivity
            by_post = columns(layout, group, rows, sizes[1]) if isinstance(rows, SparseConnectivity) else rows
            yield PostPropagation(*identity(role), queue, delay, by_post, code, pre_target, names.sums)


def _triggered(
    group: SynapseGroup, end: End, queues: Mapping[End, Queues]
) -> Iterator[tuple[str, str, SpikeQueue | None]]:
    """Code strings of an end with who runs them, in the order of a step."""
    yield end.role("event_syn_code"), end.of(group).event_syn_code, queues[end].events
    yield end.role("spike_syn_code"), end.of(group).spike_syn_code, queues[end].spikes


def _action(name: str, *parameters: NumericType) -> Function:
    return Function(name, parameters, VOID, FunctionKind.ACTION)


def _synapse_names(layout: Layout, group: SynapseGroup, wiring: Wiring) -> Namespace:
    model = group.weight_update
    names = Namespace(group.name, layout.precision)
    add_constants(layout, names, GroupKind.SYNAPSE, group.name, model.members)
    shared = isinstance(wiring.connectivity, ConvolutionConnectivity)  # one value for many synapses
    own = model.members.variables
    add_variables(layout, names, GroupKind.SYNAPSE, group.name, own, Axis.SYNAPSE, read_only=shared)
    for end in ENDS:
        here, delay = end.of(group), 1 + end.delay(group)
        add_variables(layout, names, end.kind, group.name, here.variables, end.axis, delay=delay, read_only=True)
        add_references(layout, names, group.name, here.references, end.axis, delay=delay, read_only=True)
    delay = 1 + POST.delay(group)
    add_references(layout, names, group.name, model.psm_references, POST.axis, delay=delay, read_only=True)
    for name, address in dendritic_names(group).items():
        located = layout.locate(address, f"{group.name}.{name}")
        names.add_delayed(name, Delayed(located.array, POST.axis if located.per_element else Axis.SHARED))
    names.add_clock()
    for name, builtin in (
        ("id_pre", Builtin.ID_PRE),
        ("id_post", Builtin.ID_POST),
        ("num_pre", Builtin.NUM_PRE),
        ("num_post", Builtin.NUM_POST),
    ):
        names.add(name, UINT32, Value(builtin))
    add_arrival_times(layout, names, group)
    return names
