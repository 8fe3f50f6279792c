"""Populations that wait for a time: found where they are such, and as the reference has them, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, UINT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    DenseConnectivity,
    Element,
    EventDetection,
    Pointer,
    Propagation,
    Value,
)
from ml_genn.engines.embedded.plan.waiting import waiting
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import ID, ISYN, PlanMaker, T

PRECISIONS = [Precision(), Precision(DOUBLE, DOUBLE), Precision(FLOAT, DOUBLE)]
STEPS = 30


def sources(maker: PlanMaker, neurons: int, **changes: Any) -> None:
    """Neurons that spike at given times; of some there are several in a step, of some none at all."""
    generator = np.random.default_rng(2)
    counts = generator.integers(0, 6, (maker.batch_size, neurons))
    end = np.cumsum(counts).reshape(counts.shape)
    times = np.concatenate([np.sort(generator.random(count) * (STEPS - 10)) for count in counts.flat] or [np.zeros(0)])
    names = {
        "start": maker.variable("start", neurons, (end - counts).astype(np.uint32), type_=UINT32),
        "end": maker.variable("end", neurons, end.astype(np.uint32), type_=UINT32),
        "times": Pointer(maker.array("times", len(times), times)),
        "t": T,
        "id": ID,
    }
    parts: dict[str, Any] = {
        "threshold": "start != end && t >= times[start]",
        "reset": "start++;",
        "queue": maker.queue("source", neurons, slots=2),
        "recording": maker.recording("recorded", neurons, STEPS),
        **changes,
    }
    parts["threshold"] = maker.condition(parts["threshold"], names)
    parts["reset"] = maker.code(parts["reset"], names) if parts["reset"] else None
    maker.neurons("source", neurons, **parts)


# sizes around 16, the times that are compared at once
@pytest.mark.parametrize("neurons", [1, 15, 16, 17, 700, 1100])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_spike_sources(neurons: int, precision: Precision) -> None:
    maker = PlanMaker(batch_size=3, precision=precision)
    sources(maker, neurons)
    assert waiting(maker.step)
    storage = assert_agree(maker, steps(STEPS))
    assert storage["recorded"].any() or neurons == 1


def test_all_neurons_at_once() -> None:
    maker = PlanMaker()
    sources(maker, 100, threshold="t >= (scalar)(id / 64u)", reset=None)
    storage = assert_agree(maker, steps(2))
    np.testing.assert_array_equal(storage["source.ids"][1, 0], np.arange(100))


@pytest.mark.parametrize("without", [{"queue": None}, {"recording": None}, {"queue": None, "recording": None}])
def test_whoever_listens(without: dict[str, None]) -> None:
    maker = PlanMaker(batch_size=2)
    sources(maker, 50, **without)
    storage = assert_agree(maker, steps(STEPS))
    np.testing.assert_array_equal(storage["start"], storage["end"])


@pytest.mark.parametrize("condition", ["false", "t > 5.0"])
def test_events_may_be_there_as_long_as_none_comes(condition: str) -> None:
    maker = PlanMaker(batch_size=2)
    queue, recording = maker.queue("event", 50, slots=2), maker.recording("events", 50, STEPS)
    event = EventDetection(maker.condition(condition, {"t": T}), queue, recording)
    sources(maker, 50, events=(event,))
    assert bool(waiting(maker.step)) == event.condition.is_never == (condition == "false")
    storage = assert_agree(maker, steps(STEPS))
    assert storage["events"].any() == (condition != "false")
    assert storage["recorded"].any()


def test_what_is_changed_between_two_calls_counts() -> None:
    maker = PlanMaker(batch_size=2)
    sources(maker, 40)

    def change(_: object, storage: dict[str, np.ndarray], __: object) -> None:
        storage["times"][:] += 3.0
        storage["start"][:] = storage["end"] - (storage["end"] > 5)

    storage = assert_agree(maker, steps(10), change, steps(STEPS - 10))
    assert storage["recorded"].any()


def test_random_numbers_of_the_reset_code() -> None:
    maker = PlanMaker(batch_size=2, seed=5)
    due = maker.variable("due", 60, np.random.default_rng(1).random((2, 60)) * 5)
    names = {"due": due, "t": T}
    maker.neurons(
        "n",
        60,
        threshold=maker.condition("t >= due", names),
        reset=maker.code("due = t + 4.0 * gennrand_uniform();", names),
        queue=maker.queue("n", 60),
    )
    assert waiting(maker.step)
    assert_agree(maker, steps(STEPS))


def spiking(maker: PlanMaker, threshold: str, reset: str = "x += 1.0;", **names: Any) -> None:
    """Neurons with a variable, a parameter, a variable that all share, and an array."""
    known = {
        "x": maker.variable("x", 4, 1.0),
        "p": maker.parameter("p", 2.0),
        "shared": Element(maker.array("shared", 1, 1.0), Axis.SHARED),
        "all": Pointer(maker.array("all", 4, 1.0)),
        "t": T,
        "dt": Value(Builtin.DT),
        "Isyn": ISYN,
        **names,
    }
    maker.neurons(
        "n",
        4,
        accumulators=(("Isyn", maker.precision.scalar, 0.0),),
        threshold=maker.condition(threshold, known),
        reset=maker.code(reset, known),
        queue=maker.queue("n", 4),
    )


@pytest.mark.parametrize(
    "threshold", ["t >= x", "t >= x * p + dt", "x < p && all[1] > 0.0 && t >= all[(int)x] + shared"]
)
def test_these_wait(threshold: str) -> None:
    maker = PlanMaker()
    spiking(maker, threshold)
    assert list(waiting(maker.step)) == ["n"]


@pytest.mark.parametrize(
    "threshold",
    ["x >= p", "t >= x && x > p", "t >= t * x", "t + x >= p", "t <= x", "t >= gennrand_uniform()", "t >= Isyn"],
)
def test_these_do_not(threshold: str) -> None:
    maker = PlanMaker()
    spiking(maker, threshold)
    assert not waiting(maker.step)


@pytest.mark.parametrize("reset", ["all[0] = t;", "x = Isyn;"])
def test_resets_that_reach_further_do_not_wait(reset: str) -> None:
    maker = PlanMaker()
    spiking(maker, "t >= x + all[0]", reset)
    assert not waiting(maker.step)


def with_sim(maker: PlanMaker) -> None:
    names = {"x": maker.variable("x", 4), "t": T}
    maker.neurons("n", 4, sim=maker.code("x += 1.0;", names), threshold=maker.condition("t >= x", names))


def with_ring(maker: PlanMaker) -> None:
    names = {"x": maker.variable("x", 4, slots=2, delay=1), "t": T}
    maker.neurons("n", 4, threshold=maker.condition("t >= x", names))


def with_synapses_that_write_the_time(maker: PlanMaker) -> None:
    times = maker.variable("times", 16, axis=Axis.SYNAPSE)
    queue, target = maker.queue("n", 4), maker.array("target", 4, batched=True)
    code = maker.code("times = times + 1.0;", {"times": times}, ["addToPost"])
    maker.step.append(Propagation("syn", 3, 4, 4, queue, 0, DenseConnectivity(), code, target))
    names = {"times": Pointer(times.array), "t": T}
    maker.neurons("n", 4, threshold=maker.condition("t >= times[0]", names), queue=queue)


@pytest.mark.parametrize("make", [with_sim, with_ring, with_synapses_that_write_the_time])
def test_neither_do_these(make: Callable[[PlanMaker], None]) -> None:
    maker = PlanMaker()
    make(maker)
    assert not waiting(maker.step)
