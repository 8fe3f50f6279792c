"""The neuron update of one population: inputs, sim code, code of weight update models, events, threshold, reset."""

from __future__ import annotations

from collections.abc import Sequence

from ml_genn.engines.embedded.language.types import BOOL, NumericType
from ml_genn.engines.embedded.plan.description import (
    Address,
    GroupKind,
    NeuronPopulation,
)
from ml_genn.engines.embedded.plan.inputs import ISYN, input_blocks
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_variables
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type
from ml_genn.engines.embedded.plan.neighbours import Neighbours
from ml_genn.engines.embedded.plan.neuron_ends import dynamics_code, spike_code
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    Element,
    EventDetection,
    NeuronCode,
    NeuronUpdate,
    SpikeQueue,
    Value,
)
from ml_genn.engines.embedded.plan.rewrite import ABOVE_THRESHOLD, keeping, refractory
from ml_genn.engines.embedded.plan.spike_times import SPIKE_TIME, add_emission_time, remember_spike


def neuron_update(
    layout: Layout,
    population: NeuronPopulation,
    neighbours: Neighbours,
    events: Sequence[EventDetection],
    queue: SpikeQueue | None,
) -> NeuronUpdate:
    """Postsynaptic models inject first, then feedback of synapses, then current sources, as they were added."""
    accumulators = _accumulators(layout, population)
    inputs = list(input_blocks(layout, neighbours, [name for name, _, _ in accumulators]))
    names = neuron_names(layout, population)
    for name, type_, _ in accumulators:
        names.add(name, type_, Value(Builtin.ACCUMULATOR))
    threshold = names.condition(population.threshold_condition_code, "threshold_condition_code")
    sim = names.code(population.sim_code, "sim_code")
    reset = names.code(population.reset_code, "reset_code")
    if population.auto_refractory and threshold is not None:
        sim, threshold = refractory(sim, threshold)
        accumulators.append((ABOVE_THRESHOLD, BOOL, 0.0))
    dynamics = [code for group, end in neighbours.ends if (code := dynamics_code(layout, group, end))]
    on_spike = [] if threshold is None else _on_spike(layout, population, neighbours)
    rings = _rings(layout, population, neighbours)
    return NeuronUpdate(
        name=population.name,
        stream=layout.streams.number(f"neurons.{population.name}"),
        neurons=population.size,
        accumulators=tuple(accumulators),
        inputs=tuple(inputs),
        sim=keeping(sim, f"{population.name}.sim_code", rings),
        events=tuple(events),
        threshold=threshold,
        reset=reset if threshold is not None else None,
        queue=queue,
        recording=None,
        dynamics=tuple(dynamics),
        on_spike=tuple(on_spike),
    )


def _on_spike(layout: Layout, population: NeuronPopulation, neighbours: Neighbours) -> list[NeuronCode]:
    """Code of weight update models, which still sees the time of the spike before; then this one's is noted."""
    codes = [code for group, end in neighbours.ends if (code := spike_code(layout, group, end))]
    remembering = remember_spike(layout, population.name)
    if remembering is not None:
        codes.append(NeuronCode(remembering, layout.streams.number(f"neurons.{population.name}.last_spike_time")))
    return codes


def neuron_names(layout: Layout, population: NeuronPopulation) -> Namespace:
    """What all code of a population may name, without its inputs."""
    names = Namespace(population.name, layout.precision)
    add_constants(layout, names, GroupKind.NEURON, population.name, population.members)
    add_variables(layout, names, GroupKind.NEURON, population.name, population.members.variables)
    names.add_clock()
    names.add_neuron_index()
    add_emission_time(layout, names, population.name, SPIKE_TIME)
    return names


def _accumulators(layout: Layout, population: NeuronPopulation) -> list[tuple[str, NumericType, float]]:
    accumulators = [(ISYN, layout.precision.scalar, 0.0)]
    for extra in population.additional_inputs:
        type_ = numeric_type(extra.type, f"{population.name}.{extra.name}", layout.precision)
        accumulators.append((extra.name, type_, extra.initial))
    return accumulators


def _rings(layout: Layout, population: NeuronPopulation, neighbours: Neighbours) -> dict[str, Element]:
    """Ring variables that this population keeps, each under a name of its own.

    Code may write them in some steps or some phases only; they go on in each.
    """
    owned = [Address(GroupKind.NEURON, population.name, variable.name) for variable in population.members.variables]
    for group, end in neighbours.ends:
        owned += [Address(end.kind, group.name, variable.name) for variable in end.of(group).variables]
    for group in neighbours.incoming:
        variables = group.postsynaptic.members.variables
        owned += [Address(GroupKind.POSTSYNAPTIC, group.name, variable.name) for variable in variables]
    rings: dict[str, Element] = {}
    for address in owned:
        located = layout.locate(address, population.name)
        if located.array.slots > 1:
            rings[located.array.name] = located.element(Axis.NEURON)
    return rings
