"""Loops in neuron code, which the cpu engine turns around with the loop over neurons, against the reference."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu.emit.unit import emit_unit
from ml_genn.engines.embedded.language.types import DOUBLE, INT32, Precision
from ml_genn.engines.embedded.plan.plan import EventDetection, InputBlock, Pointer
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import ID, ISYN, PlanMaker, T

ENCODE = """
scalar Rest = V;
scalar Level = 0.5 * Alpha;
scalar Code = 0.0;
for (int i = 0; i < K; i++) {
    const bool Bit = (Rest >= Level);
    Code = (2.0 * Code) + (Bit ? 1.0 : 0.0);
    Rest -= (Bit ? Level : 0.0);
    Level *= 0.5;
}
Q = Code;
"""

# code strings with loops, and whether their loops can be turned around
CODES = [
    ("encode", ENCODE, True),
    ("nested", "for (int i = 0; i < K; i++) { for (int j = 0; j <= i; j++) { V += 0.25 * (scalar)j; } Q += V; }", True),
    ("do-while", "int i = 0; do { Q = Q * 0.5 + V; i += 2; } while (i < K);", True),
    ("under a uniform condition", "if (t > 1.5) { for (int i = 0; i < K; i++) Q += V; } else { Q -= V; }", True),
    ("other branch", "if (K == 2) { Q = V; } else { for (int i = 0; i < K; i++) { Q += 1.0; } V *= 0.5; }", True),
    ("uniform alone", "int n = 0; for (int i = 0; i < K; i++) { n += i; } Q = V * (scalar)n;", True),
    ("local beyond a loop", "scalar m = V; for (int i = 0; i < K; i++) { m = fmax(m, V * (scalar)i); } Q = m;", True),
    ("shadows", "for (int i = 0; i < K; i++) { scalar x = V; { scalar x = 2.0; Q += x; } Q += x; }", True),
    ("zero rounds", "for (int i = K; i < K; i++) { Q += 1.0; } V += Q;", True),
    ("random", "for (int i = 0; i < K; i++) { if (V > 0.5) { Q += gennrand_uniform(); } }", True),
    ("both kinds", "for (int i = 0; i < K; i++) { while (V < 0.5 * (scalar)i) { V += 0.25; } } Q = V;", True),
    ("counted under a condition", "int n = 1; if (K == 5) { n += 2; } for (int i = 0; i < n; i++) { Q += V; }", True),
    (
        "counted in either branch",
        "int n = 1; if (t > 0.5) n = 2; else n += 3; for (int i = 0; i < n; i++) Q += V;",
        True,
    ),
    ("switch", "switch (K) { case 3: Q = 5.0; case 5: Q += V; default: V += 1.0; }", True),
    ("ends by its own value", "while (V < 2.0) { V += 0.125; Q += 1.0; }", False),
    ("left early", "for (int i = 0; i < K; i++) { if (V > 1.0) break; V += 0.3; }", False),
    ("continued", "for (int i = 0; i < K; i++) { if (V > 1.0) { continue; } V += 0.3; }", False),
    ("bound by the id", "for (uint32_t i = 0; i < id; i++) { V += 0.001; }", False),
    (
        "count changed by a neuron",
        "int n = K; if (V > 0.5) { n = 2; } for (int i = 0; i < n; i++) { V += 0.3; }",
        False,
    ),
    ("count changed inside", "int n = K; for (int i = 0; i < n; i++) { if (V > 1.0) { n--; } V += 0.3; }", False),
    (
        "count taken in passing",
        "int n = 0; V += (scalar)(n = (int)(4.0 * V)); for (int i = 0; i < n; i++) V += 0.3;",
        False,
    ),
    ("step of a neuron", "for (int i = 0; i < K; i++, V += 0.25) { Q += V; }", False),
    ("step that calls", "for (int i = 0; i < K; i++, fabs(V)) { Q += V; }", False),
    ("under a neuron's condition", "if (V > 0.5) { for (int i = 0; i < K; i++) { V += 0.3; } }", False),
]


def population(maker: PlanMaker, neurons: int, code: str) -> None:
    """Neurons with the code, an input with a loop, events and a reset with a loop."""
    values = np.random.default_rng(8).random((maker.batch_size, neurons))
    names = {
        "V": maker.variable("V", neurons, values),
        "Q": maker.variable("Q", neurons),
        "Alpha": maker.parameter("Alpha", 1.0),
        "K": maker.parameter("K", 5, INT32),
        "Isyn": ISYN,
        "id": ID,
        "t": T,
    }
    inject = maker.code("for (int j = 0; j < 2; j++) { injectCurrent(0.125); }", {}, ["injectCurrent"])
    events = EventDetection(maker.condition("Q > 1.0", names), maker.queue("events", neurons))
    maker.neurons(
        "n",
        neurons,
        accumulators=(("Isyn", maker.precision.scalar, 0.0),),
        inputs=(InputBlock(inject, "Isyn", 5),),
        sim=maker.code(code + " V += Isyn;", names),
        events=(events,),
        threshold=maker.condition("V > 1.0", names),
        reset=maker.code("for (int j = 0; j < 3; j++) { V -= 0.3; }", names),
        queue=maker.queue("spikes", neurons),
        recording=maker.recording("recorded", neurons, 3),
    )


@pytest.mark.parametrize("code", [code for _, code, _ in CODES], ids=[name for name, _, _ in CODES])
def test_codes(code: str) -> None:
    maker = PlanMaker(batch_size=2)
    population(maker, 70, code)
    assert_agree(maker, steps(3))


# around the number of lanes (64) and the length of a block (1024)
@pytest.mark.parametrize("neurons", [1, 63, 64, 65, 1023, 1025, 1100])
@pytest.mark.parametrize("precision", [Precision(), Precision(DOUBLE, DOUBLE)])
def test_sizes(neurons: int, precision: Precision) -> None:
    maker = PlanMaker(batch_size=2, precision=precision)
    population(maker, neurons, ENCODE)
    assert_agree(maker, steps(3))


def test_lanes_beyond_the_last_neuron_read_no_array() -> None:
    maker = PlanMaker(batch_size=2)
    table = maker.array("table", 70, np.arange(70.0))
    names = {"x": maker.variable("x", 70), "table": Pointer(table), "id": ID, "K": maker.parameter("K", 3, INT32)}
    maker.neurons("n", 70, sim=maker.code("for (int i = 0; i < K; i++) { x += table[id]; }", names))
    assert_agree(maker, steps(2))
    assert "gen_lane < GEN_LANES" not in emit_unit(maker.plan()).source


@pytest.mark.parametrize(("code", "turned"), [row[1:] for row in CODES], ids=[row[0] for row in CODES])
def test_which_loops_are_turned_around(code: str, turned: bool) -> None:
    maker = PlanMaker()
    names = {
        "V": maker.variable("V", 4),
        "Q": maker.variable("Q", 4),
        "Alpha": maker.parameter("Alpha", 1.0),
        "K": maker.parameter("K", 5, INT32),
        "id": ID,
        "t": T,
    }
    maker.neurons("n", 4, sim=maker.code(code, names))
    assert ("gen_lane" in emit_unit(maker.plan()).source) == turned
