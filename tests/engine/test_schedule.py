"""In which order kernels may run, and where threads that share an example wait for each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    DenseConnectivity,
    Element,
    NeuronUpdate,
    Pointer,
    Propagation,
    SpikeQueue,
    StepKernel,
)
from ml_genn.engines.embedded.plan.schedule import components, divides, joins, may_share, meetings, whole
from tests.engine.everything import everything
from tests.engine.plans import PlanMaker

SIZE = 8


def population(maker: PlanMaker, name: str) -> tuple[SpikeQueue, Array]:
    """Neurons that spike when what has arrived is large, and where it arrives."""
    queue, arrived = maker.queue(name, SIZE), maker.array(f"{name}.in", SIZE, 0.0, batched=True)
    names = {"V": maker.variable(f"{name}.V", SIZE), "arrived": Element(arrived, Axis.NEURON)}
    sim = maker.code("V += arrived; arrived = 0.0;", names)
    maker.neurons(name, SIZE, sim=sim, threshold=maker.condition("V > 1.0", names), queue=queue)
    return queue, arrived


def connect(
    maker: PlanMaker, name: str, queue: SpikeQueue, target: Array, text: str = "addToPost(1.0);", **names: object
) -> None:
    """Takes spikes to neurons."""
    pre_target = names.pop("pre_target", None)
    actions = ["addToPost"] if pre_target is None else ["addToPost", "addToPre"]
    code = maker.code(text, names, actions)  # type: ignore[arg-type]
    maker.step.append(
        Propagation(name, 1, SIZE, SIZE, queue, 0, DenseConnectivity(), code, target, pre_target)  # type: ignore[arg-type]
    )


def named(step: Sequence[StepKernel]) -> list[set[str]]:
    """Names of the kernels of each component."""
    return [{step[number].name for number in component.kernels} for component in components(step)]


def chain() -> PlanMaker:
    """a -> b -> b, b -> c."""
    maker = PlanMaker()
    (a, _), (b, to_b), (_, to_c) = (population(maker, name) for name in "abc")
    connect(maker, "bc", b, to_c)
    connect(maker, "bb", b, to_b)
    connect(maker, "ab", a, to_b)
    return maker


def test_layers_follow_each_other_and_what_feeds_back_stays_together() -> None:
    step = chain().plan().step
    assert named(step) == [{"a"}, {"b", "bb", "ab"}, {"c", "bc"}]
    assert [component.feeds_back for component in components(step)] == [False, True, False]


def test_kernels_of_a_component_keep_their_order() -> None:
    step = chain().plan().step
    assert all([*component.kernels] == sorted(component.kernels) for component in components(step))
    assert whole(len(step))[0].kernels == tuple(range(len(step)))


def test_adding_to_the_presynaptic_side_joins_both() -> None:
    maker = PlanMaker()
    (a, to_a), (_, to_b) = (population(maker, name) for name in "ab")
    connect(maker, "ab", a, to_b, "addToPost(1.0); addToPre(2.0);", pre_target=to_a)
    assert named(maker.plan().step) == [{"a", "b", "ab"}]


def test_what_synapses_read_of_presynaptic_neurons_joins_both_only_if_somebody_writes_it() -> None:
    for variable, expected in (("a.V", [{"a", "b", "ab"}]), ("constant", [{"a"}, {"b", "ab"}])):
        maker = PlanMaker()
        (a, _), (_, to_b) = (population(maker, name) for name in "ab")
        array = next((one for one in maker.arrays if one.name == variable), None) or maker.array(variable, SIZE, 1.0)
        connect(maker, "ab", a, to_b, "addToPost(x);", x=Element(array, Axis.PRE))
        assert named(maker.plan().step) == expected


def test_kernels_that_write_what_other_neurons_use_are_not_divided() -> None:
    maker = PlanMaker()
    (a, to_a), (_, to_b) = (population(maker, name) for name in "ab")
    table = maker.array("table", 3, np.zeros(3))
    maker.neurons("writer", SIZE, sim=maker.code("table[0] = 1.0;", {"table": Pointer(table)}))
    maker.neurons("reader", SIZE, sim=maker.code("scalar x = table[0];", {"table": Pointer(table)}))
    connect(maker, "plain", a, to_b)
    connect(maker, "back", a, to_b, "addToPre(2.0);", pre_target=to_a)
    found = {kernel.name: divides(kernel) for kernel in maker.plan().step}
    assert found == {"a": True, "b": True, "plain": True, "back": False, "writer": False, "reader": True}
    assert not may_share(maker.plan().step)
    assert may_share([kernel for kernel in maker.plan().step if kernel.name != "writer"])


def waits(maker: PlanMaker, alone: frozenset[str] = frozenset()) -> tuple[dict[str, int], set[str]]:
    """How many lists are joined before each kernel, and before which threads meet."""
    step = maker.plan().step
    joined = joins(step)
    meet = meetings(step, [kernel.name in alone for kernel in step], joined)
    counts = {kernel.name: len(queues) for kernel, queues in zip(step, joined, strict=True) if queues}
    return counts, {kernel.name for kernel, meets in zip(step, meet, strict=True) if meets}


def test_threads_only_wait_for_lists_of_spikes_where_nothing_else_passes_between_neurons() -> None:
    assert waits(chain()) == ({"bc": 1, "ab": 1}, set())


def test_threads_meet_where_one_reads_what_another_writes() -> None:
    maker = PlanMaker()
    a, to_a = population(maker, "a")
    v = next(one for one in maker.arrays if one.name == "a.V")
    connect(maker, "aa", a, to_a, "addToPost(x);", x=Element(v, Axis.PRE))
    # the list tells that others have updated all of V; before V is written again all must have read it
    assert waits(maker) == ({"aa": 1}, {"a"})


def test_threads_meet_around_what_the_first_one_does_alone() -> None:
    maker = PlanMaker()
    (a, to_a), (_, to_b) = (population(maker, name) for name in "ab")
    connect(maker, "ab", a, to_b)
    connect(maker, "aa", a, to_a)
    # neurons of b make no list that anybody takes: nobody else tells that they are done
    assert waits(maker, frozenset({"ab"})) == ({"ab": 1}, {"ab", "b"})


def test_neurons_without_a_list_are_waited_for() -> None:
    maker = PlanMaker()
    x = maker.variable("x", SIZE)
    maker.neurons("first", SIZE, sim=maker.code("x += 1.0;", {"x": x}))
    maker.neurons("second", SIZE, sim=maker.code("scalar y = p[0];", {"p": Pointer(x.array)}))
    assert waits(maker) == ({}, {"first", "second"})


def test_every_kernel_is_in_one_component() -> None:
    maker = PlanMaker(2)
    everything(maker)
    step = maker.plan().step
    places = [number for component in components(step) for number in component.kernels]
    assert sorted(places) == list(range(len(step)))
    assert all(divides(kernel) for kernel in step if isinstance(kernel, NeuronUpdate))
