"""Sums over the batch: the same bits however the work is shared out, and what a user's mistakes are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from ml_genn.access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from ml_genn.engines.embedded import (
    GeNNModel,
    create_current_source_model,
    create_custom_update_model,
    create_neuron_model,
    create_postsynaptic_model,
    create_var_ref,
    create_weight_update_model,
    create_wu_var_ref,
    init_postsynaptic,
    init_sparse_connectivity,
    init_toeplitz_connectivity,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.language import ModelCodeError
from ml_genn.engines.embedded.plan.plan import num_shards
from ml_genn.errors import DescriptionError, MlGennError, UnsupportedError
from tests.engine.agreement import equal_bits
from tests.engine.cpu.test_same_bits import RUNTIME, other_runtime

SUM, STEPS = VarAccess.REDUCE_BATCH_SUM, 40
CONV = {"conv_kh": 3, "conv_kw": 2, "conv_ih": 5, "conv_iw": 5, "conv_ic": 2, "conv_oh": 4, "conv_ow": 4, "conv_oc": 3}
SIZES = (50, 48)
RULES: dict[str, Callable[[], Any]] = {
    "DENSE": lambda: None,
    "SPARSE": lambda: init_sparse_connectivity("FixedProbability", {"prob": 0.3}),
    "TOEPLITZ": lambda: init_toeplitz_connectivity("Conv2D", CONV),
}
NOISE = create_neuron_model(
    "noise",
    params=[("Phase", "int")],
    vars=[("V", "scalar"), ("X", "scalar")],
    sim_code="V += gennrand_uniform(); X = gennrand_uniform() - 0.5;",
    threshold_condition_code="V > 1.5",
    reset_code="V = 0.0;",
)
LEARNING = create_weight_update_model(
    "learning",
    params=[("Phase", "int")],
    vars=[("g", "scalar", VarAccess.READ_ONLY), ("G", "scalar", SUM), ("H", "double", SUM)],
    pre_neuron_var_refs=[("X_pre", "scalar", VarAccessMode.READ_ONLY)],
    post_neuron_var_refs=[("X_post", "scalar", VarAccessMode.READ_ONLY)],
    pre_spike_syn_code="addToPost(g); if (Phase == 1) { G += 0.3 * X_post; addToPre(g * X_post); }",
    post_spike_syn_code="if (Phase == 1) { G -= 0.7 * X_pre; if (X_pre > 0.0) { H += g * gennrand_uniform(); } }",
    synapse_dynamics_code="if (Phase == 1) { H -= X_post * X_pre; }",
)
TAKING = create_custom_update_model(
    "taking",
    vars=[("Total", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM), ("Taken", "scalar")],
    var_refs=[("G", "scalar")],
    update_code="Total = G; Taken += G * (scalar)num_batch; G = 0.0;",
)


def network(kind: str, batch: int, threads: int | None, **changes: Any) -> tuple[GeNNModel, Any, Any]:
    """A network that learns in phase 1, not built; without threads, for the reference."""
    model = GeNNModel("float", "sums", "reference" if threads is None else "embedded", num_threads=threads)
    model.batch_size, model.seed = batch, 3
    source, target = (
        model.add_neuron_population(name, size, NOISE, {"Phase": 0}, {"V": 0.0, "X": 0.0})
        for name, size in zip("ab", SIZES, strict=True)
    )
    values = {"g": init_var("Uniform", {"min": -1.0, "max": 1.0}), "G": 0.0, "H": 0.0} | changes
    references = {"X_pre": create_var_ref(source, "X")}, {"X_post": create_var_ref(target, "X")}
    init = init_weight_update(LEARNING, {"Phase": 0}, values, pre_var_refs=references[0], post_var_refs=references[1])
    delta = init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", kind, source, target, init, delta, RULES[kind]())
    update = model.add_custom_update(
        "taking", "Take", TAKING, {}, {"Total": 0.0, "Taken": 1.0}, {"G": create_wu_var_ref(group, "G")}
    )
    model.declare_phase("Phase", 2)
    return model, group, update


def outcome(kind: str, batch: int, threads: int | None, calls: tuple[int, ...] = (STEPS,)) -> dict[str, np.ndarray]:
    """Sums after some steps of each phase, and after they were taken."""
    model, group, update = network(kind, batch, threads)
    model.build()
    model.load()
    found = {}
    for phase in (0, 1):
        model.set_phase("Phase", phase)
        for steps in calls:
            model.step_time(steps)
        found |= {f"{name} {phase}": np.array(group.vars[name].values) for name in "GH"}
    model.custom_update("Take")
    found |= {name: np.array(variable.values) for name, variable in update.vars.items()}
    found["G"] = np.array(group.vars["G"].values)
    model.unload()
    return found


@cache
def expected(kind: str, batch: int) -> dict[str, np.ndarray]:
    return outcome(kind, batch, None)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads share work however small it is, and meet after each step."""
    RUNTIME["every block shared"](monkeypatch)
    yield from other_runtime(monkeypatch, RUNTIME["a step a block"])


CALLS = {1: (STEPS,), 2: (17, 0, 23), 7: (1,) * STEPS}


@pytest.mark.parametrize("batch", [1, 5, 13])
@pytest.mark.parametrize("kind", RULES)
def test_the_same_bits(kind: str, batch: int, small_blocks: None) -> None:
    """However many threads there are, whatever the blocks, and however steps are grouped in calls."""
    ours = expected(kind, batch)
    for threads, calls in CALLS.items():
        theirs = outcome(kind, batch, threads, calls)
        assert [name for name, values in ours.items() if not equal_bits(values, theirs[name])] == []


@pytest.mark.parametrize("kind", RULES)
def test_sums_depend_on_their_order(kind: str) -> None:
    """What the test above compares is not exact: added up in another order it is another number."""
    found = expected(kind, 13)
    shards = found["G 1"]
    assert not found["G 0"].any()  # in the other phase nothing is added
    assert shards.shape[0] == num_shards(13) == 8
    assert found["Taken"].shape == shards.shape
    np.testing.assert_allclose(found["Total"], shards.sum(axis=0), rtol=1e-5, atol=1e-6)  # a few roundings of float
    assert not np.array_equal(found["Total"], np.add.accumulate(shards, axis=0)[-1])
    np.testing.assert_array_equal(found["Taken"], 1.0 + shards * np.float32(13))
    assert not found["G"].any()


def test_a_copy_for_each_shard_and_not_for_each_example() -> None:
    model, group, _ = network("DENSE", 64, 1)
    model.build()
    model.load()
    assert group.vars["G"].view.shape == (8, SIZES[0] * SIZES[1])
    assert group.vars["g"].view.shape == (SIZES[0] * SIZES[1],)


def written(code: str) -> None:
    model = GeNNModel("float", "m", "reference")
    ends = [model.add_neuron_population(name, 3, NOISE, {"Phase": 0}, {"V": 0.0, "X": 0.0}) for name in "ab"]
    rule = create_weight_update_model("w", vars=[("G", "scalar", SUM)], pre_spike_syn_code=code)
    init = init_weight_update(rule, {}, {"G": 0.0})
    model.add_synapse_population("s", "DENSE", *ends, init, init_postsynaptic("DeltaCurr"))
    model.build()


def refused_type() -> None:
    rule = create_weight_update_model("w", vars=[("G", "int", SUM)], pre_spike_syn_code="G += 1;")
    model = GeNNModel("float", "m", "reference")
    ends = [model.add_neuron_population(name, 3, NOISE, {"Phase": 0}, {"V": 0.0, "X": 0.0}) for name in "ab"]
    init = init_weight_update(rule, {}, {"G": 0})
    model.add_synapse_population("s", "DENSE", *ends, init, init_postsynaptic("DeltaCurr"))
    model.build()


def built(**changes: Any) -> None:
    network("DENSE", 2, None, **changes)[0].build()


def updated(code: str, **variables: str) -> None:
    """An update that refers to a sum and to other variables of the same synapses."""
    model = GeNNModel("float", "m", "reference")
    model.batch_size = 2
    ends = [model.add_neuron_population(name, 3, NOISE, {"Phase": 0}, {"V": 0.0, "X": 0.0}) for name in "ab"]
    rule = create_weight_update_model(
        "w", vars=[("G", "scalar", SUM), ("x", "scalar")], pre_spike_syn_code="G += x; x = 1.0;"
    )
    init = init_weight_update(rule, {}, {"G": 0.0, "x": 0.0})
    group = model.add_synapse_population("s", "DENSE", *ends, init, init_postsynaptic("DeltaCurr"))
    update = create_custom_update_model("u", var_refs=[(name, "scalar") for name in variables], update_code=code)
    references = {name: create_wu_var_ref(group, target) for name, target in variables.items()}
    model.add_custom_update("u", "U", update, {}, {}, references)
    model.build()


def recorded() -> None:
    model, group, _ = network("DENSE", 2, None)
    model.build()
    model.load()
    model.record_variable(group.vars["G"], 3)


ELSEWHERE = r"'x' cannot be REDUCE_BATCH_SUM, which is for the vars of weight update models; make it READ_WRITE"
ONLY_ADDED = r"'G' is a sum: code can add to it, G \+= x, and do nothing else"
X = [("x", "scalar", SUM)]

MISTAKES: dict[str, tuple[Callable[[], Any], type[MlGennError], str]] = {
    "of neurons": (lambda: create_neuron_model("m", vars=X), DescriptionError, rf"model 'm': {ELSEWHERE}"),
    "of postsynaptic models": (
        lambda: create_postsynaptic_model("m", vars=X),
        DescriptionError,
        rf"model 'm': {ELSEWHERE}",
    ),
    "of current sources": (
        lambda: create_current_source_model("m", vars=X),
        DescriptionError,
        rf"model 'm': {ELSEWHERE}",
    ),
    "of an end": (lambda: create_weight_update_model("m", pre_vars=X), DescriptionError, rf"model 'm': {ELSEWHERE}"),
    "of the other end": (
        lambda: create_weight_update_model("m", post_vars=X),
        DescriptionError,
        rf"model 'm': {ELSEWHERE}",
    ),
    "read": (lambda: written("addToPost(G);"), ModelCodeError, rf"s.pre_spike_syn_code:1:11: {ONLY_ADDED}"),
    "assigned": (lambda: written("G = 1.0;"), ModelCodeError, rf"s.pre_spike_syn_code:1:1: {ONLY_ADDED}"),
    "scaled": (lambda: written("G *= 2.0;"), ModelCodeError, rf"s.pre_spike_syn_code:1:1: {ONLY_ADDED}"),
    "counted": (lambda: written("G++;"), ModelCodeError, rf"s.pre_spike_syn_code:1:1: {ONLY_ADDED}"),
    "used": (lambda: written("addToPost(G += 1.0);"), ModelCodeError, r"G \+= gives no value; call it as a statement"),
    "integer": (
        refused_type,
        DescriptionError,
        r"synapses.s.G: a sum over the batch needs a float type such as scalar",
    ),
    "initial value": (
        lambda: built(G=1.0),
        DescriptionError,
        r"synapses.s.G: a sum over the batch starts at 0; give 0.0 as its initial value",
    ),
    "beside examples": (
        lambda: updated("G = x;", G="G", x="x"),
        DescriptionError,
        r"u: 's.G' is a sum over the batch and 's.x' has a value for each example; reduce the sum in an update",
    ),
    "example of a sum": (
        lambda: updated("G = (scalar)batch;", G="G"),
        UnsupportedError,
        r"u.update_code uses 'batch': the update runs for a sum over the batch",
    ),
    "recorded": (recorded, UnsupportedError, r"synapses.s.G: a sum over the batch cannot be recorded; look at it"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    make, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=message):
        make()


def test_a_local_hides_a_sum() -> None:
    written("scalar G = 1.0; G += 2.0; addToPost(G);")
