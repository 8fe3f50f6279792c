"""What spikes and spike-like events do at their synapses, and how events are detected."""

from __future__ import annotations

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import UINT32, VOID
from ml_genn.engines.embedded.plan.connectivity import Wiring
from ml_genn.engines.embedded.plan.description import IN_SYN, Address, GroupKind, SynapseGroup
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.members import add_constants, add_references, add_variables
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.plan import Axis, Builtin, EventDetection, Propagation, SpikeQueue, Value
from ml_genn.errors import DescriptionError

_NO_FEEDBACK = "input to presynaptic neurons is not supported yet"
_NO_DENDRITIC_DELAY = "dendritic delays are not supported yet; use axonal_delay_steps"
_NO_SPIKE_TIMES = "times of earlier spikes and events are not supported yet"
_SPIKE_TIMES = [
    f"{which}{kind}_{side}" for which in ("", "prev_") for kind in ("st", "set") for side in ("pre", "post")
]


def propagations(
    layout: Layout,
    group: SynapseGroup,
    wiring: Wiring,
    sizes: tuple[int, int],
    spikes: SpikeQueue | None,
    events: SpikeQueue | None,
) -> list[Propagation]:
    """The propagation of spikes and that of spike-like events, where the model has code for them."""
    names = _synapse_names(layout, group)
    scalar = layout.precision.scalar
    actions = [Function(name, (scalar,), VOID, FunctionKind.ACTION) for name in ("addToPost", "maxToPost")]
    target = layout.locate(Address(GroupKind.POSTSYNAPTIC, group.name, IN_SYN), group.name).array
    found: list[Propagation] = []
    for role, queue in (("pre_spike_syn_code", spikes), ("pre_event_syn_code", events)):
        code = names.code(getattr(group.weight_update, role), role, actions)
        if code is not None and queue is not None:
            name = f"{group.name}.{role}"
            stream = layout.streams.number(f"synapses.{name}")
            delay = group.axonal_delay
            found.append(Propagation(name, stream, *sizes, queue, delay, wiring.connectivity, code, target))
    return found


def _synapse_names(layout: Layout, group: SynapseGroup) -> Namespace:
    model = group.weight_update
    names = Namespace(group.name, layout.precision)
    add_constants(layout, names, GroupKind.SYNAPSE, group.name, model.members)
    add_variables(layout, names, GroupKind.SYNAPSE, group.name, model.members, Axis.SYNAPSE)
    add_references(layout, names, group.name, model.pre_references, Axis.PRE, 1 + group.axonal_delay)
    add_references(layout, names, group.name, model.post_references, Axis.POST)
    names.add_clock()
    for name, builtin in (
        ("id_pre", Builtin.ID_PRE),
        ("id_post", Builtin.ID_POST),
        ("num_pre", Builtin.NUM_PRE),
        ("num_post", Builtin.NUM_POST),
    ):
        names.add(name, UINT32, Value(builtin))
    for name in _SPIKE_TIMES:
        names.refuse(name, layout.precision.time, _NO_SPIKE_TIMES)
    scalar = layout.precision.scalar
    names.refuse_action(Function("addToPre", (scalar,), VOID, FunctionKind.ACTION), _NO_FEEDBACK)
    delayed = Function("addToPostDelay", (scalar, UINT32), VOID, FunctionKind.ACTION)
    names.refuse_action(delayed, _NO_DENDRITIC_DELAY)
    return names


def event_detection(layout: Layout, group: SynapseGroup, queue: SpikeQueue) -> EventDetection:
    """The test, run on each presynaptic neuron after its sim code, whether it emits a spike-like event."""
    model = group.weight_update
    names = Namespace(group.name, layout.precision)
    add_constants(layout, names, GroupKind.SYNAPSE, group.name, model.members)
    add_references(layout, names, group.name, model.pre_references)
    names.add_clock()
    names.add_neuron_index()
    condition = names.condition(model.pre_event_threshold_condition_code, "pre_event_threshold_condition_code")
    if condition is None:
        raise DescriptionError(
            f"{group.name}: pre_event_syn_code needs a pre_event_threshold_condition_code that says when events happen"
        )
    return EventDetection(condition, queue)
