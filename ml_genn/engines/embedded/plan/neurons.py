"""The neuron update of one population: inputs, sim code, spike-like events, threshold, reset."""

from __future__ import annotations

from collections.abc import Sequence

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import BOOL, VOID, NumericType
from ml_genn.engines.embedded.plan.description import (
    IN_SYN,
    Address,
    CurrentSource,
    GroupKind,
    NeuronPopulation,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_references, add_variables
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    Code,
    Element,
    EventDetection,
    InputBlock,
    NeuronUpdate,
    SpikeQueue,
    Value,
)
from ml_genn.engines.embedded.plan.rewrite import ABOVE_THRESHOLD, keeping, refractory
from ml_genn.errors import DescriptionError

ISYN = "Isyn"


def neuron_update(
    layout: Layout,
    population: NeuronPopulation,
    incoming: Sequence[SynapseGroup],
    sources: Sequence[CurrentSource],
    events: Sequence[EventDetection],
    queue: SpikeQueue | None,
) -> NeuronUpdate:
    """Postsynaptic models inject first, then current sources, both in the order they were added."""
    accumulators = _accumulators(layout, population)
    targets = [name for name, _, _ in accumulators]
    blocks = [_postsynaptic(layout, group, targets) for group in incoming]
    blocks += [_current_source(layout, source, targets) for source in sources]
    names = neuron_names(layout, population)
    for name, type_, _ in accumulators:
        names.add(name, type_, Value(Builtin.ACCUMULATOR))
    threshold = names.condition(population.threshold_condition_code, "threshold_condition_code")
    sim = names.code(population.sim_code, "sim_code")
    reset = names.code(population.reset_code, "reset_code")
    if population.auto_refractory and threshold is not None:
        sim, threshold = refractory(sim, threshold)
        accumulators.append((ABOVE_THRESHOLD, BOOL, 0.0))
    sim = keeping(sim, f"{population.name}.sim_code", _unwritten_rings(layout, population, (sim, reset)))
    return NeuronUpdate(
        name=population.name,
        stream=layout.streams.number(f"neurons.{population.name}"),
        neurons=population.size,
        accumulators=tuple(accumulators),
        inputs=tuple(block for block in blocks if block is not None),
        sim=sim,
        events=tuple(events),
        threshold=threshold,
        reset=reset if threshold is not None else None,
        queue=queue,
        recording=None,
    )


def neuron_names(layout: Layout, population: NeuronPopulation) -> Namespace:
    """What all code of a population may name, without its inputs."""
    names = Namespace(population.name, layout.precision)
    add_constants(layout, names, GroupKind.NEURON, population.name, population.members)
    add_variables(layout, names, GroupKind.NEURON, population.name, population.members)
    names.add_clock()
    names.add_neuron_index()
    return names


def _accumulators(layout: Layout, population: NeuronPopulation) -> list[tuple[str, NumericType, float]]:
    accumulators = [(ISYN, layout.precision.scalar, 0.0)]
    for extra in population.additional_inputs:
        type_ = numeric_type(extra.type, f"{population.name}.{extra.name}", layout.precision)
        accumulators.append((extra.name, type_, extra.initial))
    return accumulators


def _postsynaptic(layout: Layout, group: SynapseGroup, targets: Sequence[str]) -> InputBlock | None:
    model = group.postsynaptic
    names = Namespace(f"{group.name}.postsynaptic", layout.precision)
    add_constants(layout, names, GroupKind.POSTSYNAPTIC, group.name, model.members)
    add_variables(layout, names, GroupKind.POSTSYNAPTIC, group.name, model.members)
    add_references(layout, names, group.name, model.members.references)
    input_ = layout.locate(Address(GroupKind.POSTSYNAPTIC, group.name, IN_SYN), group.name)
    names.add(IN_SYN, input_.array.type, input_.element(Axis.NEURON), writable=True)
    names.add_clock()
    names.add_neuron_index()
    return _input_block(
        layout, names, f"postsynaptic.{group.name}", (model.sim_code, "sim_code"), model.target, targets
    )


def _current_source(layout: Layout, source: CurrentSource, targets: Sequence[str]) -> InputBlock | None:
    names = Namespace(source.name, layout.precision)
    add_constants(layout, names, GroupKind.CURRENT_SOURCE, source.name, source.members)
    add_variables(layout, names, GroupKind.CURRENT_SOURCE, source.name, source.members)
    add_references(layout, names, source.name, source.members.references)
    names.add_clock()
    names.add_neuron_index()
    code = (source.injection_code, "injection_code")
    return _input_block(layout, names, f"current_source.{source.name}", code, source.target, targets)


def _input_block(
    layout: Layout,
    names: Namespace,
    stream: str,
    source: tuple[str, str],
    target: str,
    targets: Sequence[str],
) -> InputBlock | None:
    if target not in targets:
        inputs = ", ".join(targets)
        raise DescriptionError(f"{names.where}: the population has no input '{target}'; it has {inputs}")
    inject = Function("injectCurrent", (layout.precision.scalar,), VOID, FunctionKind.ACTION)
    code = names.code(*source, actions=(inject,))
    return None if code is None else InputBlock(code, target, layout.streams.number(stream))


def _unwritten_rings(layout: Layout, population: NeuronPopulation, codes: Sequence[Code | None]) -> dict[str, Element]:
    """Ring variables of the population that none of the codes writes."""
    written = {
        binding.array.name
        for code in codes
        if code is not None
        for name, binding in code.bindings.items()
        if name in code.program.writes and isinstance(binding, Element)
    }
    rings: dict[str, Element] = {}
    for variable in population.members.variables:
        located = layout.locate(Address(GroupKind.NEURON, population.name, variable.name), population.name)
        if located.array.slots > 1 and located.array.name not in written:
            rings[variable.name] = located.element(Axis.NEURON)
    return rings
