"""What reaches a population's input variables in a step: postsynaptic models, feedback, current sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import VOID
from ml_genn.engines.embedded.plan.description import (
    DENDRITIC_DELAY,
    IN_SYN,
    Address,
    CurrentSource,
    GroupKind,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_references, add_variables
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.neighbours import Neighbours
from ml_genn.engines.embedded.plan.outputs import delayed_input, pre_input
from ml_genn.engines.embedded.plan.plan import Axis, Element, InputBlock
from ml_genn.errors import DescriptionError

ISYN = "Isyn"


def input_blocks(layout: Layout, neighbours: Neighbours, targets: Sequence[str]) -> Iterator[InputBlock]:
    """The blocks in order; `targets` are the population's input variables."""
    for group in neighbours.incoming:
        yield from _postsynaptic(layout, group, targets)
    for group in neighbours.outgoing:
        yield from _feedback(layout, group, targets)
    for source in neighbours.sources:
        yield from _current_source(layout, source, targets)


def _postsynaptic(layout: Layout, group: SynapseGroup, targets: Sequence[str]) -> Iterator[InputBlock]:
    model = group.postsynaptic
    names = Namespace(f"{group.name}.postsynaptic", layout.precision)
    add_constants(layout, names, GroupKind.POSTSYNAPTIC, group.name, model.members)
    add_variables(layout, names, GroupKind.POSTSYNAPTIC, group.name, model.members.variables)
    add_references(layout, names, group.name, model.members.references)
    input_ = layout.locate(Address(GroupKind.POSTSYNAPTIC, group.name, IN_SYN), group.name)
    names.add(IN_SYN, input_.array.type, input_.element(Axis.NEURON), writable=True)
    names.add_clock()
    names.add_neuron_index()
    stream = f"postsynaptic.{group.name}"
    yield from _delayed(layout, group, names, targets)
    yield from _block(layout, names, stream, (model.sim_code, "sim_code"), model.target, targets)


def _delayed(layout: Layout, group: SynapseGroup, names: Namespace, targets: Sequence[str]) -> Iterator[InputBlock]:
    """What arrives now of what was sent with a dendritic delay joins the input of the postsynaptic model."""
    ring = delayed_input(layout, group)
    if ring is not None:
        names.add(DENDRITIC_DELAY, ring.type, Element(ring, Axis.NEURON), writable=True)
        code = (f"{IN_SYN} += {DENDRITIC_DELAY}; {DENDRITIC_DELAY} = 0.0;", "dendritic_delay")
        yield from _block(layout, names, f"postsynaptic.{group.name}.delayed", code, ISYN, targets)


def _feedback(layout: Layout, group: SynapseGroup, targets: Sequence[str]) -> Iterator[InputBlock]:
    """What `addToPre` collected is added and taken away."""
    array = pre_input(layout, group)
    if array is None:
        return
    names = Namespace(group.name, layout.precision)
    names.add("collected", array.type, Element(array, Axis.NEURON), writable=True)
    code = ("injectCurrent(collected); collected = 0.0;", "feedback")
    yield from _block(layout, names, f"synapses.{group.name}.feedback", code, group.pre_target, targets)


def _current_source(layout: Layout, source: CurrentSource, targets: Sequence[str]) -> Iterator[InputBlock]:
    names = Namespace(source.name, layout.precision)
    add_constants(layout, names, GroupKind.CURRENT_SOURCE, source.name, source.members)
    add_variables(layout, names, GroupKind.CURRENT_SOURCE, source.name, source.members.variables)
    add_references(layout, names, source.name, source.members.references)
    names.add_clock()
    names.add_neuron_index()
    code = (source.injection_code, "injection_code")
    yield from _block(layout, names, f"current_source.{source.name}", code, source.target, targets)


def _block(
    layout: Layout, names: Namespace, stream: str, source: tuple[str, str], target: str, targets: Sequence[str]
) -> Iterator[InputBlock]:
    if target not in targets:
        inputs = ", ".join(targets)
        raise DescriptionError(f"{names.where}: the population has no input '{target}'; it has {inputs}")
    inject = Function("injectCurrent", (layout.precision.scalar,), VOID, FunctionKind.ACTION)
    code = names.code(*source, actions=(inject,))
    if code is not None:
        yield InputBlock(code, target, layout.streams.number(stream))
