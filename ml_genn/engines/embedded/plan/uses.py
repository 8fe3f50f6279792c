"""Which arrays a kernel of a step reads and writes, and whether only at the neurons that it works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, final

from ml_genn.engines.embedded.plan.plan import (
    Array,
    Arrival,
    Axis,
    Binding,
    Code,
    Condition,
    ConvolutionConnectivity,
    Delayed,
    Element,
    NeuronUpdate,
    Pointer,
    PostPropagation,
    Propagation,
    Recording,
    SpikeQueue,
    StepKernel,
    SynapseDynamics,
    Value,
    sums_of,
)


class Reach(Enum):
    """Which elements of an array a kernel reaches while it works on one of its neurons.

    The neurons of kernels at synapses are the postsynaptic ones.
    """

    OWN = "own"  # those of the neuron, and of the synapses that lead to it
    ANY = "any"  # others too
    QUEUE = "queue"  # a list of spikes: this step's if it writes, an earlier step's if it reads


@final
@dataclass(frozen=True)
class Use:
    """One array."""

    array: str
    written: bool
    reach: Reach


_OWN_AXES = frozenset({Axis.NEURON, Axis.POST, Axis.SYNAPSE})


def uses(kernel: StepKernel) -> frozenset[Use]:
    """All arrays that a kernel uses, but for what describes connectivity, which no step changes."""
    return frozenset(_USES[type(kernel)](kernel))


def written_queues(kernel: StepKernel) -> tuple[SpikeQueue, ...]:
    """The lists of spikes and spike-like events that a kernel makes."""
    if not isinstance(kernel, NeuronUpdate):
        return ()
    events = tuple(event.queue for event in kernel.events)
    return events if kernel.queue is None else (*events, kernel.queue)


def _of_neurons(update: NeuronUpdate) -> Iterator[Use]:
    codes = [block.code for block in update.inputs] + [block.code for block in (*update.dynamics, *update.on_spike)]
    yield from _of_codes([*codes, update.sim, update.threshold, update.reset])
    yield from _of_codes(part for event in update.events for part in (event.condition, event.code))
    yield from _of_recordings([update.recording, *(event.recording for event in update.events)])
    for queue in written_queues(update):
        yield from _of_queue(queue, written=True)


def _of_synapses(kernel: Propagation | SynapseDynamics) -> Iterator[Use]:
    yield from _of_codes([kernel.code])
    yield from _of_targets([kernel.target, kernel.delayed_target], Reach.OWN)
    yield from _of_targets([kernel.pre_target], Reach.ANY)
    yield from _of_sums(kernel)
    if isinstance(kernel, Propagation):
        yield from _of_queue(kernel.queue, written=False)


def _of_columns(kernel: PostPropagation) -> Iterator[Use]:
    yield from _of_codes([kernel.code])
    yield from _of_targets([kernel.pre_target], Reach.ANY)
    yield from _of_sums(kernel)
    yield from _of_queue(kernel.queue, written=False)


_USES: dict[type, Callable[[Any], Iterator[Use]]] = {
    NeuronUpdate: _of_neurons,
    Propagation: _of_synapses,
    SynapseDynamics: _of_synapses,
    PostPropagation: _of_columns,
}


def _of_sums(kernel: Propagation | SynapseDynamics | PostPropagation) -> Iterator[Use]:
    """Synapses of a convolution share their variables, whatever neurons they lead to."""
    reach = Reach.ANY if isinstance(kernel.connectivity, ConvolutionConnectivity) else Reach.OWN
    return _of_targets([one.array for one in sums_of(kernel)], reach)


def _of_targets(arrays: Iterable[Array | None], reach: Reach) -> Iterator[Use]:
    return (Use(array.name, True, reach) for array in arrays if array is not None)


def _of_recordings(recordings: Iterable[Recording | None]) -> Iterator[Use]:
    return (Use(recording.words.name, True, Reach.OWN) for recording in recordings if recording is not None)


def _of_queue(queue: SpikeQueue, *, written: bool) -> Iterator[Use]:
    return (Use(array.name, written, Reach.QUEUE) for array in (queue.counts, queue.ids))


def _of_codes(codes: Iterable[Code | Condition | None]) -> Iterator[Use]:
    for code in codes:
        match code:
            case Code(program, bindings):
                for name in program.reads | program.writes:
                    yield from _of_binding(bindings[name], written=name in program.writes)
            case Condition(formula, bindings):
                for name in formula.reads:
                    yield from _of_binding(bindings[name], written=False)


def _of_binding(binding: Binding, *, written: bool) -> Iterator[Use]:
    match binding:
        case Element(array, axis) | Delayed(array, axis) | Arrival(Element(array, axis)):
            yield Use(array.name, written, Reach.OWN if axis in _OWN_AXES else Reach.ANY)
        case Pointer(array):
            yield Use(array.name, written, Reach.ANY)
        case Value():
            return
