"""In which order the kernels of many steps may run, and where threads that share an example have to wait.

A step runs its kernels in order; many steps may run otherwise as long as every kernel finds in its arrays what it would
have found. Kernels that share an array which one of them writes run step by step, as the plan says. Lists of spikes are
kept for some time, so who makes them may run ahead of who takes them: the *components* of a step are its kernels,
split where nothing but spikes passes, and only in one direction. One component may run many steps before the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard, final

from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Binding,
    Element,
    NeuronUpdate,
    SparseConnectivity,
    SpikeQueue,
    StepKernel,
)
from ml_genn.engines.embedded.plan.uses import Reach, Use, uses, written_queues


@final
@dataclass(frozen=True)
class Component:
    """Kernels, by their places in the step, that run step by step; `feeds_back`: they take spikes that they make."""

    kernels: tuple[int, ...]
    feeds_back: bool


def components(step: Sequence[StepKernel]) -> tuple[Component, ...]:
    """The components of a step: those that make spikes before those that take them."""
    used = [uses(kernel) for kernel in step]
    places, reached = range(len(step)), _closure(_followers(used))
    found: list[tuple[int, ...]] = []
    for i in places:
        together = tuple(j for j in places if j == i or (j in reached[i] and i in reached[j]))
        if together[0] == i:
            found.append(together)
    # whoever is reached reaches fewer, so this order is topological; sorted() keeps the plan's order otherwise
    found = sorted(found, key=lambda together: -len(reached[together[0]] | {*together}))
    return tuple(Component(together, _feeds_back([used[i] for i in together])) for together in found)


def whole(kernels: int) -> tuple[Component, ...]:
    """All kernels as one component."""
    return (Component(tuple(range(kernels)), True),)


def synapse_bytes(kernels: Sequence[StepKernel]) -> int:
    """Bytes of all that these kernels find in memory at synapses: weights, other variables, targets of sparse rows."""
    arrays: dict[str, Array] = {}
    for kernel in kernels:
        if not isinstance(kernel, NeuronUpdate):
            found = [one.array for one in kernel.code.bindings.values() if _is_at_synapse(one)]
            if isinstance(kernel.connectivity, SparseConnectivity):
                found.append(kernel.connectivity.indices)
            arrays |= {array.name: array for array in found}
    return sum(array.elements * array.type.dtype.itemsize for array in arrays.values())


def _is_at_synapse(binding: Binding) -> TypeGuard[Element]:
    return isinstance(binding, Element) and binding.axis is Axis.SYNAPSE


def divides(kernel: StepKernel) -> bool:
    """Whether threads may each work on a part of the kernel's neurons: each neuron's code writes what no other uses."""
    used = uses(kernel)
    shared = {use.array for use in used if use.reach is Reach.ANY}
    return not any(use.written and use.array in shared for use in used)


def may_share(step: Sequence[StepKernel]) -> bool:
    """Whether threads may share an example at all: their parts of the lists of spikes must be parts of one list."""
    return all(divides(kernel) for kernel in step if isinstance(kernel, NeuronUpdate))


def joins(kernels: Sequence[StepKernel]) -> tuple[tuple[SpikeQueue, ...], ...]:
    """Before which kernels of a component threads join the lists of spikes that they made in the step before.

    That is before the first one that takes them, so that they have the time until then to come from thread to thread.
    """
    made = [queue for kernel in kernels for queue in written_queues(kernel)]
    joined = []
    for kernel in kernels:
        taken = {use.array for use in uses(kernel) if use.reach is Reach.QUEUE and not use.written}
        joined.append(tuple(queue for queue in made if queue.counts.name in taken))
        made = [queue for queue in made if queue.counts.name not in taken]
    return tuple(joined)


def meetings(
    kernels: Sequence[StepKernel], alone: Sequence[bool], joined: Sequence[Sequence[SpikeQueue]]
) -> tuple[bool, ...]:
    """Before which kernels of a component threads wait for each other; the first thread runs those `alone`.

    They do where one thread may use what another one writes, or used what is written now. After the last kernel comes
    the first one of the next step. `joined`: lists of spikes that a thread waits for before a kernel anyway.
    """
    used = [uses(kernel) for kernel in kernels]
    made = [written_queues(kernel) for kernel in kernels]
    meet = [False] * len(kernels)
    since: list[tuple[int, int]] = []  # step and kernel of what other threads may be at
    for step in range(3):
        for i in range(len(kernels)):
            # who has made a list has done all that comes before it
            maker = max((k for k, queues in enumerate(made) if not {*queues}.isdisjoint(joined[i])), default=-1)
            since = [(when, k) for when, k in since if (when, k) > (step - 1, maker) or maker < 0]
            if meet[i] or any(_clash(used[i], used[k], alone[i] and alone[k], alone[i] or alone[k]) for _, k in since):
                meet[i], since = True, []
            since.append((step, i))
    return tuple(meet)


def _followers(used: Sequence[frozenset[Use]]) -> list[set[int]]:
    """By kernel, those that depend on what it does; each on the other, if they share more than spikes."""
    users: dict[str, list[tuple[int, Use]]] = {}
    for kernel, its in enumerate(used):
        for use in its:
            users.setdefault(use.array, []).append((kernel, use))
    followers: list[set[int]] = [set() for _ in used]
    for sharing in users.values():
        for kernel, use in sharing:
            followers[kernel].update(
                other for other, its in sharing if use.written or (its.written and its.reach is not Reach.QUEUE)
            )
    return followers


def _closure(follows: Sequence[set[int]]) -> list[frozenset[int]]:
    """Who follows each, directly or not."""
    reached = []
    for start in range(len(follows)):
        found: set[int] = set()
        waiting = [start]
        while waiting:
            new = follows[waiting.pop()] - found
            found |= new
            waiting.extend(new)
        reached.append(frozenset(found))
    return reached


def _feeds_back(used: Sequence[frozenset[Use]]) -> bool:
    queues = {use for kernel in used for use in kernel if use.reach is Reach.QUEUE}
    made = {use.array for use in queues if use.written}
    return any(not use.written and use.array in made for use in queues)


def _clash(first: frozenset[Use], second: frozenset[Use], both_alone: bool, one_alone: bool) -> bool:
    """Whether two threads may not run these two at once, lists of spikes apart, which they keep to themselves."""
    if both_alone:
        return False
    pairs = ((use, other) for use in first for other in second if use.array == other.array)
    return any(
        (use.written or other.written)
        and use.reach is not Reach.QUEUE
        and (one_alone or Reach.ANY in (use.reach, other.reach))
        for use, other in pairs
    )
