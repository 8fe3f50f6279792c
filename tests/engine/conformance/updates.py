"""Rows about custom updates and extra global parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from ml_genn.engines.api import GeNNModel, NeuronGroup
from tests.engine.conformance.parts import adder
from tests.engine.conformance.table import Case, Comparison, row


def holder(case: Case, model: GeNNModel, name: str, values: np.ndarray) -> NeuronGroup:
    """Neurons with a variable x, one y that examples share, and one z that neurons share."""
    holding = case.engine.create_neuron_model(
        "holding",
        vars=[
            ("x", "scalar"),
            ("y", "scalar", VarAccess.READ_ONLY),
            ("z", "scalar", VarAccess.READ_ONLY_SHARED_NEURON),
        ],
    )
    return model.add_neuron_population(
        name, values.shape[1], holding, {}, {"x": case.spread(values), "y": values[0] / 2, "z": 0.0}
    )


@row("custom update")
def plain(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(7) * 16.0)
    group = holder(case, model, "n", start)
    doubling = case.engine.create_custom_update_model(
        "doubling",
        var_refs=[("x", "scalar"), ("y", "scalar", VarAccessMode.READ_ONLY)],
        update_code="x = 2.0 * x + y;",
    )
    references = {name: case.engine.create_var_ref(group, name) for name in "xy"}
    model.add_custom_update("doubling", "Double", doubling, {}, {}, references)
    model.build()
    model.load()
    model.custom_update("Double")
    yield "x", case.examples(group.vars["x"]), 2.0 * start + start[0] / 2
    model.custom_update("Double")
    yield "x again", case.examples(group.vars["x"]), 2.0 * (2.0 * start + start[0] / 2) + start[0] / 2


@row("custom update with own variables and parameters")
def own_variables(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(7) * 16.0)
    group = holder(case, model, "n", start)
    mixing = case.engine.create_custom_update_model(
        "mixing",
        params=["rate"],
        derived_params=[("rest", lambda pars, dt: 1.0 - pars["rate"])],
        vars=[
            ("mean", "scalar"),
            ("shared", "scalar", CustomUpdateVarAccess.READ_ONLY_SHARED),
            ("example", "scalar", CustomUpdateVarAccess.READ_ONLY_SHARED_NEURON),
        ],
        var_refs=[("x", "scalar", VarAccessMode.READ_ONLY)],
        update_code="mean = rest * mean + rate * x + shared + example;",
    )
    per_example = 64.0 * np.arange(case.batch)[:, None]
    values = {"mean": 8.0, "shared": np.arange(7.0), "example": case.spread(per_example)}
    update = model.add_custom_update(
        "mixing", "Mix", mixing, {"rate": 0.25}, values, {"x": case.engine.create_var_ref(group, "x")}
    )
    model.build()
    model.load()
    model.custom_update("Mix")
    expected = 0.75 * 8.0 + 0.25 * start + np.arange(7.0) + per_example
    yield "mean", case.examples(update.vars["mean"]), expected


def shards(values: np.ndarray) -> np.ndarray:
    """Sum over the batch in the order that engines promise: shards of consecutive examples, then neighbours."""
    batch = len(values)
    count = min(batch, 8)
    sums = []
    for shard in range(count):
        total = np.zeros(values.shape[1:], values.dtype)
        for example in values[shard * batch // count : (shard + 1) * batch // count]:
            total = total + example
        sums.append(total)
    while len(sums) > 1:
        pairs = [sums[i] + sums[i + 1] for i in range(0, len(sums) - 1, 2)]
        sums = pairs + ([sums[-1]] if len(sums) % 2 else [])
    return sums[0]


@row("batch reduction")
def batch_reduction(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = case.varied(7)
    group = holder(case, model, "n", start)
    reducing = case.engine.create_custom_update_model(
        "reducing",
        vars=[
            ("total", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM),
            ("largest", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_MAX),
        ],
        var_refs=[("x", "scalar")],
        update_code="total = x; largest = -x; x = 0.0;",
    )
    update = model.add_custom_update(
        "reducing",
        "Reduce",
        reducing,
        {},
        {"total": 5.0, "largest": 0.0},
        {"x": case.engine.create_var_ref(group, "x")},
    )
    model.build()
    model.load()
    model.custom_update("Reduce")
    update.vars["total"].pull_from_device()
    update.vars["largest"].pull_from_device()
    yield "total", np.array(update.vars["total"].view), shards(start)
    yield "largest", np.array(update.vars["largest"].view), (-start).max(axis=0)
    yield "x", case.examples(group.vars["x"]), np.zeros((case.batch, 7))


@row("neuron reduction")
def neuron_reduction(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = case.varied(9)
    group = holder(case, model, "n", start)
    reducing = case.engine.create_custom_update_model(
        "reducing",
        vars=[
            ("total", "scalar", CustomUpdateVarAccess.REDUCE_NEURON_SUM),
            ("largest", "scalar", CustomUpdateVarAccess.REDUCE_NEURON_MAX),
        ],
        var_refs=[("x", "scalar", VarAccessMode.READ_ONLY)],
        update_code="total = x; largest = x;",
    )
    update = model.add_custom_update(
        "reducing",
        "Reduce",
        reducing,
        {},
        {"total": 0.0, "largest": 0.0},
        {"x": case.engine.create_var_ref(group, "x")},
    )
    model.build()
    model.load()
    model.custom_update("Reduce")
    total = np.zeros(case.batch, case.dtype)
    for neuron in start.T:
        total = total + neuron
    yield "total", case.examples(update.vars["total"]), total[:, None]
    yield "largest", case.examples(update.vars["largest"]), start.max(axis=1, keepdims=True)


@row("reduction into a reference")
def reduction_into_reference(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(6) * 16.0)
    group = holder(case, model, "n", start)
    over_batch = case.engine.create_custom_update_model(
        "over_batch",
        var_refs=[("x", "scalar", VarAccessMode.READ_ONLY), ("y", "scalar", VarAccessMode.REDUCE_SUM)],
        update_code="y = x;",
    )
    over_neurons = case.engine.create_custom_update_model(
        "over_neurons",
        var_refs=[("x", "scalar", VarAccessMode.READ_ONLY), ("z", "scalar", VarAccessMode.REDUCE_MAX)],
        update_code="z = x;",
    )
    references = {name: case.engine.create_var_ref(group, name) for name in "xyz"}
    model.add_custom_update("b", "Reduce", over_batch, {}, {}, {name: references[name] for name in "xy"})
    model.add_custom_update("n_", "Reduce", over_neurons, {}, {}, {name: references[name] for name in "xz"})
    model.build()
    model.load()
    model.custom_update("Reduce")
    yield "y", case.examples(group.vars["y"]), np.tile(start.sum(axis=0), (case.batch, 1))
    yield "z", case.examples(group.vars["z"]), start.max(axis=1, keepdims=True)


@row("broadcast over delay slots")
def broadcast(case: Case) -> Iterator[Comparison]:
    model = case.model()
    ramp = case.engine.create_neuron_model(
        "ramp", vars=[("V", "scalar")], sim_code="V += 1.0;", threshold_condition_code="V > 0.0"
    )
    source = model.add_neuron_population("source", 2, ramp, {}, {"V": 0.0})
    target = adder(case, model, "target", 2)
    passing = case.engine.create_weight_update_model(
        "passing",
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="addToPost(V_pre);",
    )
    reference = case.engine.create_var_ref(source, "V")
    init = case.engine.init_weight_update(passing, {}, {}, pre_var_refs={"V_pre": reference})
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    group.axonal_delay_steps = 2
    resetting = case.engine.create_custom_update_model(
        "resetting", var_refs=[("V", "scalar", VarAccessMode.BROADCAST)], update_code="V = 32.0 + 8.0 * batch;"
    )
    newest = case.engine.create_custom_update_model("newest", var_refs=[("V", "scalar")], update_code="V += 100.0;")
    model.add_custom_update("resetting", "Reset", resetting, {}, {}, {"V": reference})
    model.add_custom_update("newest", "Newest", newest, {}, {}, {"V": reference})
    model.build()
    model.load()
    model.step_time(4)  # V is 4; spikes of steps 1 to 3 are on their way, step 0's has arrived with V = 1
    yield "before", case.examples(target.vars["V"]), np.full((case.batch, 2), 2.0)
    model.custom_update("Reset")
    source.vars["V"].pull_from_device()
    own = np.tile(32.0 + 8.0 * np.arange(case.batch)[:, None], 2)
    slots = np.repeat(own[:, None], 3, axis=1)
    yield "all slots", np.array(source.vars["V"].view), case.spread(slots)
    model.step_time(1)  # step 1's spike arrives with the value that was written over its slot
    yield "after", case.examples(target.vars["V"]), 2.0 + 2.0 * own
    yield "V", case.examples(source.vars["V"]), own + 1.0
    model.custom_update("Newest")
    yield "newest slot", case.examples(source.vars["V"]), own + 101.0
    model.step_time(1)
    yield "older slot", case.examples(target.vars["V"]), 2.0 + 4.0 * own


@row("custom update of synapse variables")
def synapse_variables(case: Case) -> Iterator[Comparison]:
    for matrix_type in ("DENSE", "SPARSE"):
        model = case.model()
        source, target = adder(case, model, "source", 4), adder(case, model, "target", 3)
        learning = case.engine.create_weight_update_model(
            "learning",
            vars=[("g", "scalar", VarAccess.READ_ONLY), ("dw", "scalar")],
            pre_spike_syn_code="addToPost(g); dw += 1.0;",
        )
        pre, post = np.divmod(np.arange(12), 3)
        chosen = np.ones(12, bool) if matrix_type == "DENSE" else (pre + post) % 2 == 0
        weights, change = np.arange(12.0)[chosen], np.arange(12.0)[chosen] * 16.0
        init = case.engine.init_weight_update(learning, {}, {"g": weights, "dw": change})
        group = model.add_synapse_population(
            "s", matrix_type, source, target, init, case.engine.init_postsynaptic("DeltaCurr")
        )
        if matrix_type == "SPARSE":
            group.set_sparse_connections(pre[chosen], post[chosen])
        descending = case.engine.create_custom_update_model(
            "descending",
            params=["rate"],
            vars=[("momentum", "scalar")],
            var_refs=[("gradient", "scalar", VarAccessMode.READ_ONLY), ("g", "scalar", VarAccessMode.REDUCE_SUM)],
            update_code="momentum += gradient; g = -rate * momentum;",
        )
        references = {
            "gradient": case.engine.create_wu_var_ref(group, "dw"),
            "g": case.engine.create_wu_var_ref(group, "g"),
        }
        update = model.add_custom_update("descend", "Step", descending, {"rate": 0.5}, {"momentum": 2.0}, references)
        model.build()
        model.load()
        model.custom_update("Step")
        group.vars["g"].pull_from_device()
        yield f"{matrix_type} g", np.array(group.vars["g"].values), -0.5 * case.batch * (change + 2.0)
        update.vars["momentum"].pull_from_device()
        momentum = np.array(update.vars["momentum"].values)
        yield f"{matrix_type} momentum", momentum, case.spread(np.tile(change + 2.0, (case.batch, 1)))


@row("custom update of postsynaptic and current source variables")
def other_groups(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target = adder(case, model, "source", 4), adder(case, model, "target", 3)
    summing = case.engine.create_postsynaptic_model("summing", vars=[("total", "scalar")], sim_code="total += inSyn;")
    magnitude = case.engine.create_current_source_model(
        "magnitude", vars=[("size", "scalar")], injection_code="injectCurrent(size);"
    )
    current = model.add_current_source("current", magnitude, target, {}, {"size": 4.0})
    init = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 1.0})
    psm = case.engine.init_postsynaptic(summing, {}, {"total": 1.0})
    group = model.add_synapse_population("s", "DENSE", source, target, init, psm)
    moving = case.engine.create_custom_update_model(
        "moving",
        var_refs=[("total", "scalar"), ("size", "scalar"), ("V", "scalar"), ("input", "scalar")],
        update_code="total += 1.0; size *= 2.0; V = total + size; input = 8.0;",
    )
    references = {
        "total": case.engine.create_psm_var_ref(group, "total"),
        "size": case.engine.create_var_ref(current, "size"),
        "V": case.engine.create_var_ref(target, "V"),
        "input": case.engine.create_out_post_var_ref(group),
    }
    model.add_custom_update("moving", "Move", moving, {}, {}, references)
    model.build()
    model.load()
    model.custom_update("Move")
    yield "total", case.examples(group.psm_vars["total"]), np.full((case.batch, 3), 2.0)
    yield "size", case.examples(current.vars["size"]), np.full((case.batch, 3), 8.0)
    yield "V", case.examples(target.vars["V"]), np.full((case.batch, 3), 10.0)
    model.step_time()
    yield "total after a step", case.examples(group.psm_vars["total"]), np.full((case.batch, 3), 10.0)


def table_reader(case: Case) -> Any:
    return case.engine.create_neuron_model(
        "table_reader",
        vars=[("V", "scalar")],
        extra_global_params=[("values", "scalar*"), ("order", "uint32_t*")],
        sim_code="V = values[order[id] + (int)t];",
    )


@row("extra global parameters")
def extra_global_parameters(case: Case) -> Iterator[Comparison]:
    model = case.model()
    group = model.add_neuron_population("n", 3, table_reader(case), {}, {"V": 0.0})
    group.extra_global_params["values"].set_init_values(np.arange(10.0) * 0.5)
    group.extra_global_params["order"].set_init_values(np.array([4, 0, 7]))
    model.build()
    model.load()
    model.step_time(3)
    yield "V", case.examples(group.vars["V"]), np.tile([3.0, 1.0, 4.5], (case.batch, 1))
    group.extra_global_params["values"].view[:] = -1.0
    group.extra_global_params["values"].push_to_device()
    model.timestep = 0
    model.step_time(1)
    yield "V after writing to the view", case.examples(group.vars["V"]), np.full((case.batch, 3), -1.0)


@row("references to extra global parameters")
def extra_global_references(case: Case) -> Iterator[Comparison]:
    model = case.model()
    group = model.add_neuron_population("n", 3, table_reader(case), {}, {"V": 0.0})
    group.extra_global_params["values"].set_init_values(np.arange(10.0))
    group.extra_global_params["order"].set_init_values(np.array([4, 0, 7]))
    looking = case.engine.create_custom_update_model(
        "looking",
        var_refs=[("V", "scalar")],
        extra_global_param_refs=[("table", "scalar*")],
        extra_global_params=[("shift", "int*")],
        update_code="V = table[id + shift[0]];",
    )
    update = model.add_custom_update(
        "looking",
        "Look",
        looking,
        {},
        {},
        {"V": case.engine.create_var_ref(group, "V")},
        {"table": case.engine.create_egp_ref(group, "values")},
    )
    update.extra_global_params["shift"].set_init_values([5])
    model.build()
    model.load()
    model.custom_update("Look")
    yield "V", case.examples(group.vars["V"]), np.tile([5.0, 6.0, 7.0], (case.batch, 1))
