"""From a model's description to its plan: check and bind all code, lay out memory, fix the order of a step."""

from __future__ import annotations

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, NumericType, Precision
from ml_genn.engines.embedded.plan.connectivity import Wiring, wire
from ml_genn.engines.embedded.plan.custom_updates import Dimensions, custom_update, declare_custom_update
from ml_genn.engines.embedded.plan.description import (
    IN_SYN,
    Address,
    GroupKind,
    Members,
    Model,
    NeuronPopulation,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.ends import ENDS, POST, dendritically_delayed
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located, RowBuilder
from ml_genn.engines.embedded.plan.members import declare_members
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.neighbours import Neighbours
from ml_genn.engines.embedded.plan.neuron_ends import event_detection, event_queue
from ml_genn.engines.embedded.plan.neurons import neuron_update
from ml_genn.engines.embedded.plan.outputs import declare_outputs, dendritic_slots
from ml_genn.engines.embedded.plan.plan import (
    CustomUpdate,
    EventDetection,
    Plan,
    PostPropagation,
    Propagation,
    SpikeQueue,
    StepKernel,
    SynapseDynamics,
)
from ml_genn.engines.embedded.plan.propagations import Queues, SynapseKernel, synapse_kernels
from ml_genn.engines.embedded.plan.spike_times import declare_times
from ml_genn.engines.embedded.plan.split import split
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
    declare_times(layout)
    dimensions = {update.name: declare_custom_update(layout, update) for update in model.custom_updates}
    spikes = {population.name: _spike_queue(layout, population) for population in model.neuron_populations}
    kernels: list[SynapseKernel] = []
    events: dict[str, list[EventDetection]] = {population.name: [] for population in model.neuron_populations}
    for group in model.synapse_groups:
        sizes = (_population(model, group.source).size, _population(model, group.target).size)
        queues = {}
        for end, neurons in zip(ENDS, sizes, strict=True):
            queue = event_queue(layout, group, end, neurons)
            queues[end] = Queues(spikes[end.population(group)], queue)
            if queue is not None:
                events[end.population(group)].append(event_detection(layout, group, end, queue))
        kernels += synapse_kernels(layout, group, wirings[group.name], sizes, queues)
    updates = [
        neuron_update(
            layout,
            population,
            Neighbours.of(model, population.name),
            events[population.name],
            spikes[population.name],
        )
        for population in model.neuron_populations
    ]
    in_order = sorted(kernels, key=lambda kernel: _ORDER.index(type(kernel)))
    return _plan(layout, [*in_order, *updates], _custom_updates(layout, dimensions))


_ORDER: tuple[type, ...] = (SynapseDynamics, Propagation, PostPropagation)


def _plan(layout: Layout, step: list[StepKernel], custom_updates: dict[str, tuple[CustomUpdate, ...]]) -> Plan:
    model = layout.model
    return Plan(
        name=model.name,
        precision=layout.precision,
        dt=model.dt,
        batch_size=model.batch_size,
        seed=model.seed,
        arrays=tuple(layout.arrays.values()),
        initial=layout.initial,
        step=split(step),
        custom_updates=custom_updates,
        in_flight=layout.in_flight,
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
    return {group.name: _declare_synapses(layout, group, rings) for group in model.synapse_groups}


def _declare_synapses(layout: Layout, group: SynapseGroup, rings: dict[Address, int]) -> Wiring:
    source, target = _population(layout.model, group.source), _population(layout.model, group.target)
    kind, elements = GroupKind.POSTSYNAPTIC, _neurons(target)
    declare_members(layout, kind, group.name, group.postsynaptic.members, elements, rings)
    input_ = layout.declare_in_flight(f"{kind.value}.{group.name}.{IN_SYN}", layout.precision.scalar, target.size)
    layout.place(Address(kind, group.name, IN_SYN), Located(input_, True, elements, True))
    for end, population in zip(ENDS, (source, target), strict=True):
        own = Members(variables=end.of(group).variables)
        declare_members(layout, end.kind, group.name, own, _neurons(population), rings)
    declare_outputs(layout, group, source.size, elements)
    wiring = wire(layout, group, source.size, target.size)
    declare_members(layout, GroupKind.SYNAPSE, group.name, group.weight_update.members, wiring.elements)
    return wiring


def _neurons(population: NeuronPopulation) -> Elements:
    return Elements(population.size, Namespace.add_neuron_index)


def _rings(model: Model) -> dict[Address, int]:
    """Slots of the variables that synapses read some steps later than they were written."""
    slots = {population.name: _slots(model, population) for population in model.neuron_populations}
    rings: dict[Address, int] = {}
    for group in model.synapse_groups:
        for end in ENDS:
            if end.delay(group):
                own = [Address(end.kind, group.name, variable.name) for variable in end.of(group).variables]
                referred = [reference.target for reference in end.of(group).references]
                rings |= dict.fromkeys([*own, *referred], slots[end.population(group)])
        if group.back_propagation_delay:
            referred = [reference.target for reference in group.weight_update.psm_references]
            rings |= dict.fromkeys(referred, slots[group.target])
        rings |= dict.fromkeys(dendritically_delayed(group).values(), slots[group.target])
    return rings


def _slots(model: Model, population: NeuronPopulation) -> int:
    """One, and the longest delay with which synapses see the population."""
    ends = Neighbours.of(model, population.name).ends
    delays = [end.delay(group) for group, end in ends]
    for group, end in ends:
        delayed = dendritically_delayed(group) if end is POST else {}
        delays += [dendritic_slots(group, f"{name}[delay]") for name in delayed]
    return 1 + max(delays, default=0)


def _spike_queue(layout: Layout, population: NeuronPopulation) -> SpikeQueue | None:
    ends = Neighbours.of(layout.model, population.name).ends
    if not any(end.of(group).spike_syn_code.strip() for group, end in ends):
        return None
    return layout.declare_queue(f"neurons.{population.name}.spikes", population.size, _slots(layout.model, population))


def _custom_updates(layout: Layout, dimensions: dict[str, Dimensions]) -> dict[str, tuple[CustomUpdate, ...]]:
    groups: dict[str, tuple[CustomUpdate, ...]] = {}
    for update in layout.model.custom_updates:
        bound = custom_update(layout, update, dimensions[update.name])
        groups[update.group] = (*groups.get(update.group, ()), bound)
    return groups
