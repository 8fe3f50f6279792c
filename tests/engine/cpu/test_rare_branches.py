"""Branches that few neurons take, through pointers: apart from the loop over all, and to the reference's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu.emit.neuron_update import neuron_update
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, Precision
from ml_genn.engines.embedded.plan.plan import ConstantInitial, EventDetection, InputBlock, Pointer
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import ID, ISYN, PlanMaker, T

SLOTS, STEPS = 8, 40

WRITE = """
const int now = (int)t;
if (count < 8) {
    list[(count * 1200) + id] = now;
    level[(count * 1200) + id] = V;
}
count++;
last = now;
V -= 1.0;
"""

READ = """
const int step = 60 - (int)t;
V = (0.9 * V) + drive;
const scalar before = V;
if (last == step && count > 0) {
    count--;
    const scalar found = level[((count % 8) * 1200) + id];
    V += 0.5 * found * before;
    if (count > 0) {
        last = list[(((count - 1) % 8) * 1200) + id];
    }
    else {
        last = -1;
    }
}
U += V * before;
"""


def listing(maker: PlanMaker, neurons: int, **changes: Any) -> None:
    """Neurons that keep a list of their spikes and, once time has gone on, take them from it again."""
    generator = np.random.default_rng(3)
    count = generator.integers(0, SLOTS, (maker.batch_size, neurons))
    names = {
        "V": maker.variable("V", neurons, generator.random((maker.batch_size, neurons))),
        "U": maker.variable("U", neurons, 0.0),
        "drive": maker.variable("drive", neurons, generator.random((maker.batch_size, neurons)) * 0.3),
        "count": maker.variable("count", neurons, count.astype(np.int32), type_=INT32),
        "last": maker.variable("last", neurons, (60 - 3 * count).astype(np.int32), type_=INT32),
        "list": Pointer(maker.array("list", 1200 * SLOTS, np.full(1200 * SLOTS, 30, np.int32), type_=INT32)),
        "level": Pointer(maker.array("level", 1200 * SLOTS, generator.random(1200 * SLOTS))),
        "t": T,
        "id": ID,
    }
    parts: dict[str, Any] = {"sim": READ, "threshold": "V >= 1.0", "reset": WRITE, **changes}
    condition = maker.condition(parts.pop("threshold"), names)
    codes = {name: maker.code(text, names) for name, text in parts.items() if text}
    queue = maker.queue("n", neurons, slots=2)
    recording = maker.recording("recorded", neurons, STEPS)
    maker.neurons("n", neurons, threshold=condition, queue=queue, recording=recording, **codes)


@pytest.mark.parametrize("neurons", [1, 5, 63, 64, 65, 200, 1100])
@pytest.mark.parametrize("precision", [Precision(), Precision(DOUBLE, DOUBLE), Precision(FLOAT, DOUBLE)])
def test_lists_of_spikes(neurons: int, precision: Precision) -> None:
    maker = PlanMaker(batch_size=1, precision=precision)
    listing(maker, neurons)
    storage = assert_agree(maker, steps(STEPS))
    assert storage["recorded"].any()


@pytest.mark.parametrize(
    "changes", [{"sim": None}, {"reset": None}, {"reset": "V = 0.0;"}, {"threshold": "level[id] > V"}]
)
def test_one_without_the_other(changes: dict[str, str | None]) -> None:
    maker = PlanMaker(batch_size=1)
    listing(maker, 100, **changes)
    assert_agree(maker, steps(STEPS))


def test_they_stand_apart() -> None:
    maker = PlanMaker(batch_size=1)
    listing(maker, 100)
    text = neuron_update(maker.step[0]).body
    assert text.count("gen_set_flags") == 2
    plain = PlanMaker(batch_size=1)
    listing(plain, 100, sim="V += drive; if (V > 0.7) { U += V; }", reset="V = 0.0;")
    assert "gen_set_flags" not in neuron_update(plain.step[0]).body


PASSES = {
    "locals wait": (
        "scalar a = V * 2.0; int n = 1; const scalar k = t + 1.0; scalar empty; "
        "if (last > 2) { list[id] = last; a += k; n++; } V = (0.25 * a) + (0.01 * (scalar)n) + (0.01 * k) + empty;"
    ),
    "first named in the branch": "if (last > 2) { list[id] = last; later += 1.0; } V += 0.125;",
    "named in the branch alone, then on the reset": "if (last > 2) { list[id] = 1; U += 1.0; } last = (last + 1) % 5;",
    "random numbers before, in and behind the branch": (
        "V += 0.1 * gennrand_uniform(); if (V > 0.5) { list[id] = 7; V -= 0.1 * gennrand_uniform(); } "
        "U += gennrand_uniform();"
    ),
    "random numbers in the branch first": (
        "if (V > 0.5) { list[id] = 7; V -= gennrand_uniform(); } U += gennrand_uniform();"
    ),
    "two branches": (
        "const scalar b = V + Isyn; if (last == 1) { list[id] = last; V = b; } U += b; "
        "if (U > 2.0) { level[id] = U; U -= 2.0; later = b; }"
    ),
    "a constant made of another that changes": (
        "int n = 1; n += 2; const int m = n * 2; if (last == m) { list[id] = m; } "
        "V += 0.01 * (scalar)m; U += (scalar)n;"
    ),
    "drawn by all or by none": (
        "const bool late = t > 1.5; if (late) { V -= 0.3 * gennrand_uniform(); } else { U += gennrand_uniform(); } "
        "if (t > 2.5) { U -= 0.5 * gennrand_uniform(); } if (V > 0.5) { list[id] = last; V -= 0.1; } "
        "if (t < 1.5) { V += 0.2 * gennrand_uniform(); }"
    ),
    "drawn by some": (
        "if (V > 0.5) { V -= 0.3 * gennrand_uniform(); } int n = 1; n++; "
        "if (n > 1) { U += gennrand_uniform(); } if (U > 1.0) { list[id] = n; }"
    ),
    "assigned in a condition": "scalar c = 0.0; if ((c = V) > 0.5) { list[id] = 3; c = 2.0; } U += c;",
}


@pytest.mark.parametrize("sim", PASSES.values(), ids=PASSES)
@pytest.mark.parametrize("neurons", [70, 1030])
def test_what_passes_hand_on(sim: str, neurons: int) -> None:
    maker = PlanMaker(batch_size=2)
    generator = np.random.default_rng(5)
    names = {
        "V": maker.variable("V", neurons, generator.random((2, neurons))),
        "U": maker.variable("U", neurons, generator.random((2, neurons))),
        "later": maker.variable("later", neurons, 0.5, slots=3, delay=1),
        "last": maker.variable("last", neurons, generator.integers(0, 5, (2, neurons)).astype(np.int32), type_=INT32),
        "list": Pointer(maker.array("list", neurons, 0, type_=INT32, batched=True)),
        "level": Pointer(maker.array("level", neurons, 0.0, batched=True)),
        "Isyn": ISYN,
        "t": T,
        "id": ID,
    }
    inject = maker.code("injectCurrent(0.125);", {}, ["injectCurrent"])
    maker.neurons(
        "n",
        neurons,
        accumulators=(("Isyn", maker.precision.scalar, 0.0),),
        inputs=(InputBlock(inject, "Isyn", 5),),
        sim=maker.code(sim, names),
        threshold=maker.condition("V > 0.75", names),
        reset=maker.code("level[id] = V + Isyn; V = later; later -= 0.25; last = 3;", names),
        queue=maker.queue("spikes", neurons),
    )
    assert_agree(maker, steps(5))


def test_what_never_comes_costs_nothing() -> None:
    maker = PlanMaker(batch_size=2)
    v = maker.variable("V", 100)
    never = maker.condition("false", {})
    events = EventDetection(never, maker.queue("events", 100), maker.recording("seen", 100, 3))
    queue, recording = maker.queue("spikes", 100), maker.recording("recorded", 100, 3)
    maker.neurons(
        "n",
        100,
        sim=maker.code("V += 1.0;", {"V": v}),
        events=(events,),
        threshold=never,
        queue=queue,
        recording=recording,
    )
    maker.initial |= {"seen": ConstantInitial(5), "recorded": ConstantInitial(5), "spikes.counts": ConstantInitial(9)}
    storage = assert_agree(maker, steps(3))
    assert not storage["recorded"].any()
    assert not storage["spikes.counts"].any()
    assert "gen_push(" not in neuron_update(maker.step[0]).body


def test_passes_store_only_what_they_change() -> None:
    maker = PlanMaker(batch_size=1)
    listing(maker, 100, reset=None)
    text = neuron_update(maker.step[0]).body
    behind = text[text.rindex("for (int64_t gen_k = 0") :]
    assert "gen_p_U[gen_i] = gen_v_U;" in behind
    assert "gen_p_V[gen_i] = " not in behind


def test_what_all_draw_or_none_is_a_loop_of_its_own() -> None:
    maker = PlanMaker(batch_size=2)
    names = {"V": maker.variable("V", 100), "noise": maker.parameter("noise", 0.5), "t": T}
    code = "if (noise > 0.0 && t > 0.5) { V = noise * gennrand_normal(); }"
    maker.neurons("n", 100, sim=maker.code(code, names))
    text = neuron_update(maker.step[0]).body
    assert text.count("const bool gen_alike = ") == 2
    assert text.count("gen_nrand_normal_float") == 2
    # as in test_random.py: logarithms and cosines differ in the last places between numpy and the kernels
    assert_agree(maker, steps(4), ulps=64)
