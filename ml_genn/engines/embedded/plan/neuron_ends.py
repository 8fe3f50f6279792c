"""What weight update models run at their neurons: dynamics, code of spikes, detection of spike-like events."""

from __future__ import annotations

from ml_genn.engines.embedded.plan.description import GroupKind, SynapseGroup
from ml_genn.engines.embedded.plan.ends import End
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_references, add_variables
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.plan import EventDetection, NeuronCode, SpikeQueue
from ml_genn.engines.embedded.plan.spike_times import SPIKE_TIME, add_emission_time, remember_event
from ml_genn.errors import DescriptionError


def dynamics_code(layout: Layout, group: SynapseGroup, end: End) -> NeuronCode | None:
    """Code that runs at each neuron of an end, after its sim code."""
    return _neuron_code(layout, group, end, end.role("dynamics_code"), end.of(group).dynamics_code)


def spike_code(layout: Layout, group: SynapseGroup, end: End) -> NeuronCode | None:
    """Code that runs at each neuron of an end that spikes, before its reset code."""
    return _neuron_code(layout, group, end, end.role("spike_code"), end.of(group).spike_code)


def event_queue(layout: Layout, group: SynapseGroup, end: End, neurons: int) -> SpikeQueue | None:
    """Declares the queue of an end's events, if the group has code for them."""
    if not end.of(group).event_syn_code.strip():
        return None
    return layout.declare_queue(event_queue_name(group.name, end.name), neurons, 1 + end.delay(group))


def event_queue_name(group: str, end: str) -> str:
    """Name of the queue of the events of an end, "pre" or "post"."""
    return f"synapses.{group}.{end}_events"


def event_detection(layout: Layout, group: SynapseGroup, end: End, queue: SpikeQueue) -> EventDetection:
    """The test, run on each neuron of an end after its dynamics, whether it emits a spike-like event."""
    names = _names(layout, group, end)
    role = end.role("event_threshold_condition_code")
    condition = names.condition(end.of(group).event_threshold_condition_code, role)
    if condition is None:
        raise DescriptionError(
            f"{group.name}: {end.role('event_syn_code')} needs a {role} that says when events happen"
        )
    return EventDetection(condition, queue, code=remember_event(layout, group, end))


def _neuron_code(layout: Layout, group: SynapseGroup, end: End, role: str, source: str) -> NeuronCode | None:
    names = _names(layout, group, end)
    add_emission_time(layout, names, end.population(group), f"{SPIKE_TIME}_{end.name}")
    code = names.code(source, role)
    return None if code is None else NeuronCode(code, layout.streams.number(f"synapses.{group.name}.{role}"))


def _names(layout: Layout, group: SynapseGroup, end: End) -> Namespace:
    names = Namespace(group.name, layout.precision)
    add_constants(layout, names, GroupKind.SYNAPSE, group.name, group.weight_update.members)
    add_variables(layout, names, end.kind, group.name, end.of(group).variables)
    add_references(layout, names, group.name, end.of(group).references, read_only=True)
    names.add_clock()
    names.add_neuron_index()
    return names
