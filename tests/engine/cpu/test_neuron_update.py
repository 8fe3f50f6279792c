"""Neuron updates of the cpu engine against the reference, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, UINT8, Precision
from ml_genn.engines.embedded.plan.plan import Builtin, EventDetection, InputBlock, Pointer, Recording, Value
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import ID, ISYN, PlanMaker, T

PRECISIONS = [Precision(), Precision(DOUBLE, DOUBLE)]


def lif(maker: PlanMaker, neurons: int, *, timesteps: int = 40) -> Recording:
    """Leaky integrate-and-fire neurons with refractoriness, driven by a current that differs between examples."""
    v = maker.variable("V", neurons)
    refractory = maker.variable("RefracTime", neurons)
    drive = maker.variable("Drive", neurons, np.random.default_rng(3).random((maker.batch_size, neurons)))
    names = {
        "V": v,
        "RefracTime": refractory,
        "Alpha": maker.parameter("Alpha", 0.9),
        "Vthresh": maker.parameter("Vthresh", 1.5),
        "TauRefrac": maker.parameter("TauRefrac", 3.0),
        "dt": Value(Builtin.DT),
        "Isyn": ISYN,
    }
    recording = maker.recording("recorded", neurons, timesteps)
    current = maker.code("injectCurrent(Drive);", {"Drive": drive}, ["injectCurrent"])
    maker.neurons(
        "hidden",
        neurons,
        accumulators=(("Isyn", maker.precision.scalar, 0.0),),
        inputs=(InputBlock(current, "Isyn", 9),),
        sim=maker.code(
            "if (RefracTime > 0.0) { RefracTime -= dt; } V = (Alpha * V) + ((1.0 - Alpha) * 2.0 * Isyn);", names
        ),
        threshold=maker.condition("RefracTime <= 0.0 && V >= Vthresh", names),
        reset=maker.code("V = 0.0; RefracTime = TauRefrac;", names),
        queue=maker.queue("hidden", neurons, slots=3),
        recording=recording,
    )
    return recording


# sizes around the length of a block of flags (1024), of a recorded word (32) and of eight flags
@pytest.mark.parametrize("neurons", [1, 7, 32, 33, 1024, 1025, 2000])
def test_leaky_integrate_and_fire(neurons: int) -> None:
    maker = PlanMaker(batch_size=3)
    lif(maker, neurons)
    storage = assert_agree(maker, steps(40))
    assert storage["recorded"].any()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("batch_size", [1, 5])
def test_precisions_and_batches(precision: Precision, batch_size: int) -> None:
    maker = PlanMaker(batch_size=batch_size, precision=precision)
    lif(maker, 50)
    assert_agree(maker, steps(17), steps(23))


def test_all_neurons_of_a_block_spike() -> None:
    maker = PlanMaker()
    maker.neurons("all", 1030, threshold=maker.condition("id >= 0", {"id": ID}), queue=maker.queue("all", 1030))
    storage = assert_agree(maker, steps(1))
    np.testing.assert_array_equal(storage["all.ids"][0, 0], np.arange(1030))


def test_events_are_detected_before_the_threshold_resets() -> None:
    maker = PlanMaker(batch_size=2)
    v = maker.variable("V", 40, np.linspace(0, 2, 40))
    events = EventDetection(
        maker.condition("V > 0.5", {"V": v}), maker.queue("events", 40), maker.recording("e", 40, 4)
    )
    more = EventDetection(maker.condition("V < 0.25", {"V": v}), maker.queue("more", 40, slots=2))
    maker.neurons(
        "source",
        40,
        sim=maker.code("V += 0.125;", {"V": v}),
        events=(events, more),
        threshold=maker.condition("V >= 1.5", {"V": v}),
        reset=maker.code("V = 0.0;", {"V": v}),
        queue=maker.queue("spikes", 40),
    )
    storage = assert_agree(maker, steps(4))
    assert storage["events.counts"].all()


def test_ring_variables_carry_over_between_slots() -> None:
    maker = PlanMaker(batch_size=2)
    v = maker.variable("V", 10, np.arange(10.0), slots=3, delay=1)
    names = {"V": v, "id": ID}
    maker.neurons("ring", 10, sim=maker.code("if (id % 2u == 0u) { V += 1.0; }", names))
    storage = assert_agree(maker, steps(5))
    # step 4 wrote slot 4 % 3 last: even neurons have been raised five times
    np.testing.assert_array_equal(storage["V"][1, 0], np.arange(10) + 5 * (np.arange(10) % 2 == 0))


def test_pointers_times_and_other_types() -> None:
    maker = PlanMaker(batch_size=2, dt=0.1)
    table = maker.array("table", 6, np.arange(12.0).reshape(2, 6), batched=True)
    names = {
        "x": maker.variable("x", 6),
        "n": maker.variable("n", 6, 250, type_=UINT8),
        "i": maker.variable("i", 6, -7, type_=INT32),
        "d": maker.variable("d", 6, type_=DOUBLE),
        "f": maker.variable("f", 6, type_=FLOAT),
        "table": Pointer(table),
        "t": T,
        "id": ID,
        "batch": Value(Builtin.BATCH),
        "num_batch": Value(Builtin.NUM_BATCH),
        "num_neurons": Value(Builtin.NUM_NEURONS),
    }
    code = """
    x = (scalar)num_neurons + table[id] * (t + (scalar)batch) / (scalar)num_batch;
    table[id] += 0.5;
    n += 3;  i = (i / 2) % 3 - (i << 1);
    d = (double)x / 3.0;  f = (float)d;
    for (int k = 0; k < 3; k++) { if (k == 1) { continue; } f += (float)k; }
    """
    maker.neurons("mixed", 6, sim=maker.code(code, names))
    assert_agree(maker, steps(3))


def test_accumulators_start_anew_in_each_step() -> None:
    maker = PlanMaker()
    x = maker.variable("x", 5)
    names = {"x": x, "Isyn": ISYN, "extra": Value(Builtin.ACCUMULATOR)}
    inject = maker.code("injectCurrent(2.0); injectCurrent(0.25);", {}, ["injectCurrent"])
    maker.neurons(
        "n",
        5,
        accumulators=(("Isyn", FLOAT, 0.0), ("extra", FLOAT, 1.5)),
        inputs=(InputBlock(inject, "Isyn", 5), InputBlock(inject, "extra", 6)),
        sim=maker.code("x += Isyn * extra;", names),
    )
    storage = assert_agree(maker, steps(3))
    np.testing.assert_array_equal(storage["x"][0, 0], np.full(5, 3 * 2.25 * 3.75))
