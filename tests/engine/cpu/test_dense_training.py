"""What dense synapses do while they learn: rows added up for their own neurons, and sums over the batch that wait."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from ml_genn.access import VarAccess, VarAccessMode
from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.emit import dense_feedback, late_sums, unit
from ml_genn.engines.embedded.plan.arithmetic import fed_in_lanes
from ml_genn.engines.embedded.plan.late_sums import late_sums as late_sums_of
from ml_genn.engines.embedded.plan.plan import Clock, Plan, Propagation
from ml_genn.engines.embedded.plan.storage import Storage, allocate
from ml_genn.engines.embedded.reference import ReferenceExecutable, initialise
from ml_genn.engines.embedded.reference.lane_sums import lane_sums
from tests.engine.agreement import differing
from tests.engine.cpu.test_same_bits import in_header, setting
from tests.engine.test_split import plan_of

pytestmark = pytest.mark.usefixtures("small_sums_wait")

STEPS = 40
PRE, POST = 70, 150  # more than a tile of targets, and some that fill no vector
NOISE = create_neuron_model(
    "noise",
    vars=[("V", "scalar"), ("X", "scalar"), ("W", "scalar")],
    params=[("Rate", "scalar")],
    sim_code="V += Rate * gennrand_uniform(); X = gennrand_uniform() - 0.5; W += Isyn;",
    threshold_condition_code="V > 1.0",
    reset_code="V = 0.0;",
)


@pytest.fixture
def small_sums_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums wait however few there are."""
    setting(late_sums, "LEAST_BYTES", 0)(monkeypatch)


CODE = "addToPost(g); G += {sum}; addToPre({fed});"
USUAL = {"sum": "0.3 * X_post", "fed": "g * X_post"}


def model_of(batch: int, rate: float, precision: str, code: str) -> GeNNModel:
    model = GeNNModel(precision, "training", "reference")
    model.batch_size, model.seed = batch, 3
    ends = [
        model.add_neuron_population(name, size, NOISE, {"Rate": rate}, {"V": 0.0, "X": 0.0, "W": 0.0})
        for name, size in (("a", PRE), ("b", POST))
    ]
    rule = create_weight_update_model(
        "learning",
        vars=[("g", "scalar", VarAccess.READ_ONLY), ("G", "scalar", VarAccess.REDUCE_BATCH_SUM)],
        pre_neuron_var_refs=[("X_pre", "scalar", VarAccessMode.READ_ONLY)],
        post_neuron_var_refs=[("X_post", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code=code,
    )
    values = {"g": init_var("Uniform", {"min": -1.0, "max": 1.0}), "G": 0.0}
    references = [{f"X_{end}": create_var_ref(group, "X")} for end, group in zip(("pre", "post"), ends, strict=True)]
    init = init_weight_update(rule, {}, values, pre_var_refs=references[0], post_var_refs=references[1])
    model.add_synapse_population("s", "DENSE", *ends, init, init_postsynaptic("DeltaCurr"))
    return model


@cache
def plan(batch: int, rate: float = 0.6, precision: str = "float", **code: str) -> Plan:
    """The plan of two populations with dense synapses between them."""
    made: Plan = plan_of(model_of(batch, rate, precision, CODE.format(**(USUAL | code))))
    return made


def outcome(made: Plan, threads: int | None, calls: tuple[int, ...] = (STEPS,)) -> Storage:
    """All arrays after the steps; without threads, on the reference."""
    storage = allocate(made)
    initialise(made, storage)
    engine: Any = ReferenceExecutable if threads is None else partial(CpuExecutable, threads=threads, remember=False)
    executable, clock = engine(made, storage), Clock()
    for steps in calls:
        executable.run(clock, steps)
    executable.close()
    for name in [name for name in storage if name.endswith(".ids")]:  # beyond the count they mean nothing
        storage[name][np.arange(storage[name].shape[-1]) >= storage[name.replace(".ids", ".counts")]] = 0
    return storage


@cache
def expected(batch: int, rate: float = 0.6, precision: str = "float") -> Storage:
    """What the reference says."""
    return outcome(plan(batch, rate, precision), None)


CALLS = {1: (STEPS,), 2: (17, 0, 23), 7: (1, *(3,) * 13)}


@pytest.mark.parametrize("batch", [1, 13, 32])
@pytest.mark.parametrize("rate", [0.1, 2.0])
def test_the_same_bits(batch: int, rate: float) -> None:
    """However many threads there are, and however steps are grouped in calls."""
    theirs = expected(batch, rate)
    for threads, calls in CALLS.items():
        assert differing(theirs, outcome(plan(batch, rate), threads, calls)) == []


def test_doubles() -> None:
    assert differing(expected(13, precision="double"), outcome(plan(13, precision="double"), 1)) == []


FORCED = {
    "tiles of 48 targets": setting(late_sums, "TILE", 48),
    "sums wait for two steps": setting(late_sums, "BITS", 8),
    "one vector of sums": setting(late_sums, "_VECTORS", (1,)),
    "states apart": setting(late_sums, "_LINE", 16),
    "rows in threes": setting(dense_feedback, "_ROWS", (3, 1)),
    "vectors of 16 bytes": in_header("vectors.h", "#define GEN_VECTOR_BYTES", "#define GEN_VECTOR_BYTES 16 //"),
    "no masked loads": in_header("lanes.h", "#if defined(__AVX512F__)", "#if 0"),
    "sums at once": setting(unit, "late_sums", lambda _: {}),
    "few sums": setting(late_sums, "LEAST_BYTES", 1 << 20),
}


@pytest.mark.parametrize("choice", FORCED)
def test_kernels(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FORCED[choice](monkeypatch)
    assert differing(expected(32), outcome(plan(32), 2)) == []


WRONG_VALUES = setting(late_sums._Writer, "_value", lambda _, out: out.line("const float *gen_value = gen_values;"))
WRONG_LANES = in_header("lanes.h", "lanes[lane] += lanes[lane + half]", "lanes[lane] -= lanes[lane + half]")


def test_sums_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel of sums that wait runs where several steps are sure to follow each other, else not."""
    WRONG_VALUES(monkeypatch)
    assert differing(expected(13), outcome(plan(13), 1)) != []
    assert differing(expected(13), outcome(plan(13), 1, (1,) * STEPS)) == []


def test_rows_are_added_up_in_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    WRONG_LANES(monkeypatch)
    assert differing(expected(13), outcome(plan(13), 1)) != []


@pytest.mark.parametrize(
    ("code", "waits", "in_lanes"),
    [
        ({}, True, True),
        ({"sum": "X_post * 0.5 - 2.0", "fed": "2.0"}, True, True),
        ({"sum": "X_pre * X_post", "fed": "g * X_pre / X_post"}, False, True),
        ({"sum": "g", "fed": "fmax(g, X_post)"}, False, False),
        ({"sum": "X_post; G -= 0.5", "fed": "g); addToPre(X_post"}, False, False),
    ],
    ids=str,
)
def test_which_code_it_is(code: dict[str, str], waits: bool, in_lanes: bool) -> None:
    made = plan(5, **code)
    assert len(late_sums_of(made.step)) == waits
    assert any(fed_in_lanes(kernel) is not None for kernel in made.step if isinstance(kernel, Propagation)) == in_lanes
    assert differing(outcome(made, None), outcome(made, 2)) == []


def test_the_order_in_lanes() -> None:
    """Synapse j goes to lane j % 16; then half of the lanes are added to the others until one is left."""
    values = np.random.default_rng(1).normal(size=(3, 37)).astype(np.float32)
    for row, total in zip(values, lane_sums(values), strict=True):
        lanes = [np.float32(-0.0)] * 16
        for j, value in enumerate(row):
            lanes[j % 16] += value
        while len(lanes) > 1:
            half = len(lanes) // 2
            lanes = [one + other for one, other in zip(lanes[:half], lanes[half:], strict=True)]
        assert total == lanes[0]
    assert np.signbit(lane_sums(np.full((1, 20), -0.0))).all()
