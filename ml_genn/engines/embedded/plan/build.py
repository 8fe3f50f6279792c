"""From a model's description to its plan: check and bind all code, lay out memory, fix the order of a step."""

from __future__ import annotations

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, NumericType, Precision
from ml_genn.engines.embedded.plan.connectivity import Wiring, wire
from ml_genn.engines.embedded.plan.custom_updates import Dimensions, custom_update, declare_custom_update
from ml_genn.engines.embedded.plan.description import (
    IN_SYN,
    Address,
    GroupKind,
    Model,
    NeuronPopulation,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located, RowBuilder
from ml_genn.engines.embedded.plan.members import declare_members
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.neurons import neuron_update
from ml_genn.engines.embedded.plan.plan import (
    CustomUpdate,
    EventDetection,
    NeuronUpdate,
    Plan,
    Propagation,
    SpikeQueue,
)
from ml_genn.engines.embedded.plan.propagations import event_detection, propagations
from ml_genn.errors import DescriptionError

_PRECISIONS: dict[str, NumericType] = {"float": FLOAT, "double": DOUBLE}


def make_plan(model: Model, row_builders: tuple[RowBuilder, RowBuilder]) -> Plan:
    """Checks a model and lays it out; `row_builders` run the code of connectivity snippets, by rows and by columns.

    Raises:
        DescriptionError: A name, size or value of the model cannot mean anything.
        ModelCodeError: A code string is not of the modelling language.
        UnsupportedError: The model uses a part of GeNN that this engine does not have yet.
    """
    layout = Layout(model, Precision(_precision(model.precision), _precision(model.time_precision)), row_builders)
    wirings = _declare(layout)
    dimensions = {update.name: declare_custom_update(layout, update) for update in model.custom_updates}
    queues = {population.name: _spike_queue(layout, population) for population in model.neuron_populations}
    deliveries: list[Propagation] = []
    events: dict[str, list[EventDetection]] = {population.name: [] for population in model.neuron_populations}
    for group in model.synapse_groups:
        sizes = (_population(model, group.source).size, _population(model, group.target).size)
        detection = _event_detection(layout, group, sizes[0])
        if detection is not None:
            events[group.source].append(detection)
        event_queue = None if detection is None else detection.queue
        deliveries += propagations(layout, group, wirings[group.name], sizes, queues[group.source], event_queue)
    updates = [
        neuron_update(
            layout,
            population,
            [group for group in model.synapse_groups if group.target == population.name],
            [source for source in model.current_sources if source.population == population.name],
            events[population.name],
            queues[population.name],
        )
        for population in model.neuron_populations
    ]
    return _plan(layout, [*deliveries, *updates], _custom_updates(layout, dimensions))


def _plan(
    layout: Layout, step: list[Propagation | NeuronUpdate], custom_updates: dict[str, tuple[CustomUpdate, ...]]
) -> Plan:
    model = layout.model
    return Plan(
        name=model.name,
        precision=layout.precision,
        dt=model.dt,
        batch_size=model.batch_size,
        seed=model.seed,
        arrays=tuple(layout.arrays.values()),
        initial=layout.initial,
        step=tuple(step),
        custom_updates=custom_updates,
    )


def _precision(name: str) -> NumericType:
    if name not in _PRECISIONS:
        raise DescriptionError(f"precision must be 'float' or 'double', not '{name}'")
    return _PRECISIONS[name]


def _population(model: Model, name: str) -> NeuronPopulation:
    return next(population for population in model.neuron_populations if population.name == name)


def _declare(layout: Layout) -> dict[str, Wiring]:
    """Arrays of all groups but custom updates, whose size depends on what they refer to."""
    model = layout.model
    rings = _rings(model)
    for population in model.neuron_populations:
        elements = _neurons(population)
        declare_members(layout, GroupKind.NEURON, population.name, population.members, elements, rings)
    for source in model.current_sources:
        elements = _neurons(_population(model, source.population))
        declare_members(layout, GroupKind.CURRENT_SOURCE, source.name, source.members, elements)
    return {group.name: _declare_synapses(layout, group) for group in model.synapse_groups}


def _declare_synapses(layout: Layout, group: SynapseGroup) -> Wiring:
    target = _population(layout.model, group.target)
    kind, elements = GroupKind.POSTSYNAPTIC, _neurons(target)
    declare_members(layout, kind, group.name, group.postsynaptic.members, elements)
    input_ = layout.declare(f"{kind.value}.{group.name}.{IN_SYN}", layout.precision.scalar, target.size, batched=True)
    layout.place(Address(kind, group.name, IN_SYN), Located(input_, True, elements, True))
    wiring = wire(layout, group, _population(layout.model, group.source).size, target.size)
    declare_members(layout, GroupKind.SYNAPSE, group.name, group.weight_update.members, wiring.elements)
    return wiring


def _neurons(population: NeuronPopulation) -> Elements:
    return Elements(population.size, Namespace.add_neuron_index)


def _rings(model: Model) -> dict[Address, int]:
    """Slots of the neuron variables that synapses read with an axonal delay."""
    slots = {population.name: _slots(model, population) for population in model.neuron_populations}
    return {
        reference.target: slots[group.source]
        for group in model.synapse_groups
        if group.axonal_delay
        for reference in group.weight_update.pre_references
    }


def _slots(model: Model, population: NeuronPopulation) -> int:
    outgoing = (group.axonal_delay for group in model.synapse_groups if group.source == population.name)
    return 1 + max(outgoing, default=0)


def _spike_queue(layout: Layout, population: NeuronPopulation) -> SpikeQueue | None:
    groups = layout.model.synapse_groups
    if not any(group.source == population.name and group.weight_update.pre_spike_syn_code for group in groups):
        return None
    return layout.declare_queue(f"neurons.{population.name}.spikes", population.size, _slots(layout.model, population))


def _event_detection(layout: Layout, group: SynapseGroup, num_pre: int) -> EventDetection | None:
    if not group.weight_update.pre_event_syn_code:
        return None
    queue = layout.declare_queue(f"synapses.{group.name}.pre_events", num_pre, 1 + group.axonal_delay)
    return event_detection(layout, group, queue)


def _custom_updates(layout: Layout, dimensions: dict[str, Dimensions]) -> dict[str, tuple[CustomUpdate, ...]]:
    groups: dict[str, tuple[CustomUpdate, ...]] = {}
    for update in layout.model.custom_updates:
        bound = custom_update(layout, update, dimensions[update.name])
        groups[update.group] = (*groups.get(update.group, ()), bound)
    return groups
