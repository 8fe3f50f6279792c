"""Neuron updates of the reference against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, UINT32, Precision
from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Clock, Element, EventDetection, InputBlock, Value
from tests.engine.plans import ID, ISYN, PlanMaker, T, load


def test_leaky_integrator_follows_its_geometric_series() -> None:
    """V after n steps of V <- alpha V + I is I (1 - alpha^n) / (1 - alpha)."""
    maker = PlanMaker(batch_size=2)
    v, drive = maker.variable("V", 3), maker.variable("drive", 3, np.arange(6.0).reshape(2, 3))
    alpha = maker.parameter("alpha", 0.5)
    inputs = (InputBlock(maker.code("injectCurrent(drive);", {"drive": drive}, ["injectCurrent"]), "Isyn", 9),)
    sim = maker.code("V = alpha * V + Isyn;", {"V": v, "alpha": alpha, "Isyn": ISYN})
    maker.neurons("pop", 3, accumulators=(("Isyn", FLOAT, 0.0),), inputs=inputs, sim=sim)
    executable, storage = load(maker)
    clock = Clock()
    executable.run(clock, 10)
    expected = np.arange(6).reshape(2, 3) * (1 - 0.5**10) / 0.5
    np.testing.assert_array_equal(storage["V"][0], expected.astype(np.float32))  # exact: all in binary fractions
    assert (clock.timestep, clock.ring) == (10, 10)


def counting(maker: PlanMaker, neurons: int, threshold: str) -> None:
    """Neurons that count steps in V and go back to zero when they spike."""
    names = {"V": maker.variable("V", neurons), "id": ID, "t": T}
    maker.neurons(
        "pop",
        neurons,
        sim=maker.code("V += 1.0;", names),
        threshold=maker.condition(threshold, names),
        reset=maker.code("V = 0.0;", names),
        queue=maker.queue("pop", neurons, slots=2),
        recording=maker.recording("record", neurons, 5),
    )


def test_threshold_fills_queue_and_recording_and_runs_the_reset_code() -> None:
    """Neuron i spikes whenever i + 1 steps have passed: in step n if (n + 1) % (i + 1) == 0."""
    maker = PlanMaker(batch_size=2)
    counting(maker, 40, "V >= id + 1")
    executable, storage = load(maker)
    executable.run(Clock(), 5)
    expected = (np.arange(1, 6)[:, None] % np.arange(1, 41)) == 0
    bits = np.unpackbits(storage["record"].view(np.uint8), axis=-1, bitorder="little")[..., :40]
    np.testing.assert_array_equal(bits.astype(bool), np.stack([expected, expected], axis=1))
    for step in (3, 4):
        spiking = np.flatnonzero(expected[step])
        np.testing.assert_array_equal(storage["pop.counts"][step % 2, :, 0], [spiking.size] * 2)
        np.testing.assert_array_equal(storage["pop.ids"][step % 2, :, : spiking.size], [spiking] * 2)
    np.testing.assert_array_equal(storage["V"][0, 1], 5 % np.arange(1, 41))


def test_recording_goes_round_with_the_timestep_and_clears_old_rows() -> None:
    maker = PlanMaker()
    counting(maker, 3, "t < 5.0")
    executable, storage = load(maker)
    executable.run(Clock(), 7)
    np.testing.assert_array_equal(storage["record"][:, 0, 0], [0, 0, 0b111, 0b111, 0b111])


def test_neither_queue_nor_threshold_is_needed() -> None:
    maker = PlanMaker()
    v = maker.variable("V", 2)
    maker.neurons("pop", 2, sim=maker.code("V = t;", {"V": v, "t": T}), recording=maker.recording("record", 2, 3))
    executable, storage = load(maker)
    executable.run(Clock(timestep=4), 1)
    np.testing.assert_array_equal(storage["V"][0, 0], [4, 4])
    assert not storage["record"].any()


def test_events_see_the_sim_code_but_not_the_reset() -> None:
    maker = PlanMaker(batch_size=2)
    names = {"V": maker.variable("V", 4, np.array([0.0, 1.0, 2.0, 3.0]))}
    event = EventDetection(
        maker.condition("V > 2.0", names), maker.queue("event", 4), maker.recording("event.record", 4, 1)
    )
    sim, reset = maker.code("V += 1.0;", names), maker.code("V = 0.0;", names)
    maker.neurons("pop", 4, sim=sim, events=(event,), threshold=maker.condition("V > 3.0", names), reset=reset)
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    np.testing.assert_array_equal(storage["event.counts"][0], [[2], [2]])
    np.testing.assert_array_equal(storage["event.ids"][0, :, :2], [[2, 3], [2, 3]])
    np.testing.assert_array_equal(storage["event.record"][0], [[0b1100], [0b1100]])
    np.testing.assert_array_equal(storage["V"][0], [[1, 2, 3, 0]] * 2)


def test_ring_variables_read_the_slot_before_and_keep_older_ones() -> None:
    maker = PlanMaker()
    v = maker.variable("V", 2, slots=3, delay=1)
    seen = maker.variable("seen", 2)
    older = Element(v.array, Axis.NEURON, delay=3)  # what the slot held before it is overwritten
    code = "if (id == 1) { V += 1.0; } seen = older;"
    maker.neurons("pop", 2, sim=maker.code(code, {"V": v, "seen": seen, "older": older, "id": ID}))
    executable, storage = load(maker)
    executable.run(Clock(), 7)
    np.testing.assert_array_equal(storage["V"][[4 % 3, 5 % 3, 6 % 3], 0], [[0, 5], [0, 6], [0, 7]])
    np.testing.assert_array_equal(storage["seen"][0, 0], [0, 4])


def test_inputs_run_in_order_and_add_to_the_accumulator_they_name() -> None:
    maker = PlanMaker(precision=Precision(DOUBLE, DOUBLE))
    shared = maker.variable("shared", 1, 1.0)
    double = maker.code("shared *= 2.0; injectCurrent(shared);", {"shared": shared}, ["injectCurrent"])
    add = maker.code("shared += 3.0; injectCurrent(shared);", {"shared": shared}, ["injectCurrent"])
    out = {name: maker.variable(name, 1) for name in ("first", "second")}
    sim = maker.code("first = Isyn; second = extra;", {**out, "Isyn": ISYN, "extra": ISYN})
    inputs = (InputBlock(double, "Isyn", 1), InputBlock(add, "extra", 2), InputBlock(double, "Isyn", 3))
    accumulators = (("Isyn", DOUBLE, 0.0), ("extra", DOUBLE, 0.25))
    maker.neurons("pop", 1, accumulators=accumulators, inputs=inputs, sim=sim)
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    assert (storage["first"].item(), storage["second"].item()) == (2 + 10, 5.25)


@pytest.mark.parametrize(("precision", "dtype"), [(Precision(), np.float32), (Precision(FLOAT, DOUBLE), np.float64)])
def test_time_is_the_product_of_rounded_factors(precision: Precision, dtype: type) -> None:
    maker = PlanMaker(precision=precision, dt=0.1)
    time = maker.variable("time", 1, type_=precision.time)
    maker.neurons("pop", 1, sim=maker.code("time = t;", {"time": time, "t": T}))
    executable, storage = load(maker)
    executable.run(Clock(timestep=123457), 1)
    assert storage["time"].item() == dtype(123457) * dtype(0.1)


def test_ids_and_sizes() -> None:
    maker = PlanMaker(batch_size=3)
    names = {name: Value(Builtin(name)) for name in ("id", "batch", "num_neurons", "num_batch")}
    out = maker.variable("out", 2, type_=UINT32)
    maker.neurons(
        "pop",
        2,
        sim=maker.code("out = ((num_neurons * 10 + num_batch) * 10 + batch) * 10 + id;", {**names, "out": out}),
    )
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    np.testing.assert_array_equal(storage["out"][0], [[2300, 2301], [2310, 2311], [2320, 2321]])
