"""Rows about what custom updates may refer to, and about the updates that learning is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, fires
from tests.engine.conformance.table import Case, Comparison, row
from tests.engine.conformance.updates import holder, shards

READ_ONLY = VarAccessMode.READ_ONLY


def learning(case: Case) -> Any:
    """Synapses with a weight that examples share and a gradient that each has of its own."""
    return case.engine.create_weight_update_model(
        "learning",
        vars=[("g", "scalar", VarAccess.READ_ONLY), ("dw", "scalar")],
        pre_spike_syn_code="addToPost(g); dw += 1.0;",
    )


def values_of(variable: Any) -> np.ndarray:
    """What a variable of synapses holds now."""
    variable.pull_from_device()
    return np.array(variable.values)


@row("custom update of kernel variables")
def kernel_variables(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target = adder(case, model, "source", 16), adder(case, model, "target", 32)
    sizes = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 4, "conv_iw": 4, "conv_ic": 1, "conv_oc": 2}
    shared = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 4, "conv_ow": 4})
    rule = case.engine.create_weight_update_model(
        "summed",
        vars=[("g", "scalar", VarAccess.READ_ONLY), ("dw", "scalar", VarAccess.READ_ONLY_DUPLICATE)],
        pre_spike_syn_code="addToPost(g);",
    )
    gradient = case.varied(18)
    initial = {"g": np.arange(18.0), "dw": case.spread(gradient)}
    init = case.engine.init_weight_update(rule, {}, initial)
    psm = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", "TOEPLITZ", source, target, init, psm, shared)
    summing = case.engine.create_custom_update_model(
        "summing",
        vars=[("total", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM)],
        var_refs=[("dw", "scalar")],
        update_code="total = dw; dw = 0.0;",
    )
    applying = case.engine.create_custom_update_model(
        "applying",
        var_refs=[("g", "scalar"), ("total", "scalar", READ_ONLY)],
        update_code="g = 2.0 * g + total;",
    )
    reference = case.engine.create_wu_var_ref
    sums = model.add_custom_update("sum", "Sum", summing, {}, {"total": 0.0}, {"dw": reference(group, "dw")})
    references = {"g": reference(group, "g"), "total": reference(sums, "total")}
    model.add_custom_update("apply", "Apply", applying, {}, {}, references)
    model.build()
    model.load()
    model.custom_update("Sum")
    model.custom_update("Apply")
    yield "g", values_of(group.vars["g"]), 2.0 * np.arange(18, dtype=case.dtype) + shards(gradient)
    yield "dw", values_of(group.vars["dw"]), np.zeros_like(case.spread(gradient))


@row("transpose")
def transpose(case: Case) -> Iterator[Comparison]:
    """Larger than the tiles that the matrix is turned in, and no multiple of them."""
    model = case.model()
    source, target = adder(case, model, "source", 37), adder(case, model, "target", 21)
    psm, rule = case.engine.init_postsynaptic("DeltaCurr"), learning(case)
    weights, gradient = case.varied(37 * 21, seed=1)[0], case.varied(37 * 21, seed=2)
    init = case.engine.init_weight_update(rule, {}, {"g": weights, "dw": case.spread(gradient)})
    there = model.add_synapse_population("there", "DENSE", source, target, init, psm)
    init = case.engine.init_weight_update(rule, {}, {"g": 0.0, "dw": 0.0})
    back = model.add_synapse_population("back", "DENSE", target, source, init, psm)
    doubling = case.engine.create_custom_update_model(
        "doubling", var_refs=[("x", "scalar")], update_code="x = 2.0 * x + (scalar)id_post;"
    )
    reference = case.engine.create_wu_var_ref
    turned = {"variable": reference(there, "g", back, "g")}
    model.add_custom_update("weights", "Weights", "Transpose", {}, {}, turned)
    turned = {"x": reference(there, "dw", back, "dw")}
    model.add_custom_update("gradients", "Gradients", doubling, {}, {}, turned)
    model.build()
    model.load()
    model.custom_update("Weights")
    yield "g", values_of(there.vars["g"]), weights
    yield "g turned", values_of(back.vars["g"]), weights.reshape(37, 21).T.ravel()
    model.custom_update("Gradients")
    doubled = case.dtype(2.0) * gradient + np.tile(np.arange(21, dtype=case.dtype), 37)
    yield "dw", values_of(there.vars["dw"]), case.spread(doubled)
    matrices = doubled.reshape(-1, 37, 21).swapaxes(1, 2).reshape(-1, 37 * 21)
    yield "dw turned", values_of(back.vars["dw"]), case.spread(matrices)


@row("reduction over batch and neurons at once", needs="joint_reductions")
def joint_reduction(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = case.varied(9)
    group = holder(case, model, "n", start)
    reducing = case.engine.create_custom_update_model(
        "reducing",
        vars=[
            ("total", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_NEURON_SUM),
            ("largest", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_NEURON_MAX),
            ("offset", "scalar", CustomUpdateVarAccess.READ_ONLY_SHARED_BATCH_NEURON),
        ],
        var_refs=[("x", "scalar", READ_ONLY)],
        update_code="total = x; largest = x + offset;",
    )
    values = {"total": 0.0, "largest": 0.0, "offset": 64.0}
    references = {"x": case.engine.create_var_ref(group, "x")}
    update = model.add_custom_update("reducing", "Reduce", reducing, {}, values, references)
    model.build()
    model.load()
    model.custom_update("Reduce")
    of_examples = np.zeros((case.batch, 1), case.dtype)
    for neuron in start.T:
        of_examples[:, 0] += neuron
    yield "total", np.array(update.vars["total"].view), shards(of_examples)
    yield "largest", np.array(update.vars["largest"].view), np.array([(start + case.dtype(64.0)).max()])


@row("batch and neuron reductions in one update", needs="joint_reductions")
def both_reductions(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(9) * 16.0)
    group = holder(case, model, "n", start)
    reducing = case.engine.create_custom_update_model(
        "reducing",
        vars=[("of_neurons", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM)],
        var_refs=[("x", "scalar"), ("z", "scalar", VarAccessMode.REDUCE_MAX)],
        update_code="of_neurons = x; z = x; x = 0.0;",
    )
    references = {name: case.engine.create_var_ref(group, name) for name in "xz"}
    update = model.add_custom_update("reducing", "Reduce", reducing, {}, {"of_neurons": 0.0}, references)
    model.build()
    model.load()
    model.custom_update("Reduce")
    yield "of neurons", np.array(update.vars["of_neurons"].view), start.sum(axis=0)
    yield "z", case.examples(group.vars["z"]), start.max(axis=1, keepdims=True)
    yield "x", case.examples(group.vars["x"]), np.zeros_like(start)


@row("custom update of a custom update's variables")
def update_variables(case: Case) -> Iterator[Comparison]:
    for matrix_type in (None, "DENSE", "SPARSE"):
        model = case.model()
        group: Any = holder(case, model, "n", np.zeros((case.batch, 12)))
        reference = case.engine.create_var_ref
        name = "x"
        if matrix_type is not None:
            reference, name = case.engine.create_wu_var_ref, "dw"
            target, rule = adder(case, model, "target", 12), learning(case)
            init = case.engine.init_weight_update(rule, {}, {"g": 0.0, "dw": 0.0})
            psm = case.engine.init_postsynaptic("DeltaCurr")
            group = model.add_synapse_population("s", matrix_type, group, target, init, psm)
            if matrix_type == "SPARSE":
                group.set_sparse_connections(np.arange(12), np.arange(12)[::-1])
        keeping = case.engine.create_custom_update_model(
            "keeping", vars=[("kept", "scalar")], var_refs=[("of", "scalar", READ_ONLY)]
        )  # no code: it only holds a variable
        counting = case.engine.create_custom_update_model(
            "counting", var_refs=[("kept", "scalar")], update_code="kept += 3.0;"
        )
        start = np.arange(144.0 if matrix_type == "DENSE" else 12.0)
        kept = model.add_custom_update("keep", "Count", keeping, {}, {"kept": start}, {"of": reference(group, name)})
        model.add_custom_update("count", "Count", counting, {}, {}, {"kept": reference(kept, "kept")})
        model.build()
        model.load()
        model.custom_update("Count")
        model.custom_update("Count")
        yield str(matrix_type), values_of(kept.vars["kept"]), case.spread(np.tile(start + 6.0, (case.batch, 1)))


@row("references to extra global parameters of all groups")
def extra_global_references(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target = adder(case, model, "source", 3), adder(case, model, "target", 3)
    table = [("table", "scalar*")]
    psm = case.engine.create_postsynaptic_model(
        "p", extra_global_params=[("other", "scalar*")], sim_code="inSyn = other[0];"
    )
    weighting = case.engine.create_weight_update_model(
        "w",
        vars=[("g", "scalar")],
        extra_global_params=table,
        pre_spike_syn_code="addToPost(table[id_post]);",
    )
    current = case.engine.create_current_source_model(
        "c", extra_global_params=table, injection_code="injectCurrent(table[0]);"
    )
    engine = case.engine
    group = model.add_synapse_population(
        "s",
        "DENSE",
        source,
        target,
        engine.init_weight_update(weighting, {}, {"g": 0.0}),
        engine.init_postsynaptic(psm),
    )
    injected = model.add_current_source("c", current, target, {}, {})
    owning = engine.create_custom_update_model(
        "own", extra_global_params=table, var_refs=[("V", "scalar")], update_code="V = table[id];"
    )
    own = model.add_custom_update("own", "Own", owning, {}, {}, {"V": engine.create_var_ref(target, "V")})
    names = ("p", "w", "c", "o")
    looking = engine.create_custom_update_model(
        "look",
        var_refs=[("V", "scalar")],
        extra_global_param_refs=[(name, "scalar*") for name in names],
        update_code="V += p[id] + w[id] + c[id] + o[id]; if (batch == 0) { o[id] = 1.0; }",
    )
    pointers = (
        engine.create_psm_egp_ref(group, "other"),
        engine.create_wu_egp_ref(group, "table"),
        engine.create_egp_ref(injected, "table"),
        engine.create_egp_ref(own, "table"),
    )
    reference = {"V": engine.create_var_ref(target, "V")}
    model.add_custom_update("look", "Look", looking, {}, {}, reference, dict(zip(names, pointers, strict=True)))
    tables = (
        group.psm_extra_global_params["other"],
        *(one.extra_global_params["table"] for one in (group, injected, own)),
    )
    for number, one in enumerate(tables):
        one.set_init_values(np.array([1.0, 2.0, 4.0]) * 8**number)
    model.build()
    model.load()
    model.custom_update("Look")
    expected = np.array([1.0, 2.0, 4.0]) * (1 + 8 + 64 + 512)
    if case.batch == 1:
        yield "V", case.examples(target.vars["V"]), expected[None]
    model.custom_update("Own")
    yield "V that sees what an update has stored", case.examples(target.vars["V"]), np.ones((case.batch, 3))


@row("size of the batch in custom updates")
def batch_of_updates(case: Case) -> Iterator[Comparison]:
    model = case.model()
    group = holder(case, model, "n", np.zeros((case.batch, 4)))
    asking = case.engine.create_custom_update_model(
        "asking", var_refs=[("v", "scalar")], update_code="v = (scalar)(10 * num_batch + batch);"
    )
    for name in "xy":
        model.add_custom_update(name, "Ask", asking, {}, {}, {"v": case.engine.create_var_ref(group, name)})
    model.build()
    model.load()
    model.custom_update("Ask")
    examples = 10.0 * case.batch + np.arange(case.batch)
    yield "of an update of each example", case.examples(group.vars["x"]), np.tile(examples[:, None], 4)
    yield "of an update of what they share", case.examples(group.vars["y"]), np.full((case.batch, 4), 10.0)


@row("custom update of pre and post variables")
def end_variables(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target = adder(case, model, "source", 4), adder(case, model, "target", 3)
    tracing = case.engine.create_weight_update_model(
        "tracing",
        pre_vars=[("a", "scalar")],
        post_vars=[("b", "scalar")],
        pre_dynamics_code="a += 1.0;",
        post_dynamics_code="b -= 1.0;",
        synapse_dynamics_code="addToPost(a + b);",
    )
    init = case.engine.init_weight_update(tracing, {}, {}, {"a": np.arange(4.0)}, {"b": np.arange(3.0)})
    psm = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", "DENSE", source, target, init, psm)
    doubling = case.engine.create_custom_update_model(
        "doubling", var_refs=[("x", "scalar")], update_code="x = 2.0 * x + batch;"
    )
    references = {
        "a": case.engine.create_wu_pre_var_ref(group, "a"),
        "b": case.engine.create_wu_post_var_ref(group, "b"),
    }
    for name, reference in references.items():
        model.add_custom_update(name, "Double", doubling, {}, {}, {"x": reference})
    model.build()
    model.load()
    model.step_time(3)
    model.custom_update("Double")
    example = np.arange(case.batch)[:, None]
    yield "a", case.examples(group.pre_vars["a"]), 2.0 * (np.arange(4.0) + 3.0) + example
    yield "b", case.examples(group.post_vars["b"]), 2.0 * (np.arange(3.0) - 3.0) + example


@row("custom update of spike times")
def spike_times(case: Case) -> Iterator[Comparison]:
    """Read into a variable, and set in all slots, so that synapses see it at once."""
    model = case.model()
    source, beat = clockwork(case, model, "source", 5)
    target = adder(case, model, "target", 2)
    seeing = case.engine.create_weight_update_model(
        "seeing", synapse_dynamics_code="addToPost(st_pre);", pre_spike_syn_code="addToPost(0.0 * st_pre);"
    )
    init = case.engine.init_weight_update(seeing)
    psm = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", "DENSE", source, target, init, psm)
    group.axonal_delay_steps = 2
    reference = {"time": case.engine.create_spike_time_var_ref(source)}
    copying = case.engine.create_custom_update_model(
        "copying",
        vars=[("copy", "scalar")],
        var_refs=[("time", "timepoint", READ_ONLY)],
        update_code="copy = time < 0.0 ? -1.0 : time;",
    )
    setting = case.engine.create_custom_update_model(
        "setting", var_refs=[("time", "timepoint", VarAccessMode.BROADCAST)], update_code="time = 10.0 * id;"
    )
    update = model.add_custom_update("copy", "Copy", copying, {}, {"copy": 0.0}, reference)
    model.add_custom_update("set", "Set", setting, {}, {}, reference)
    model.build()
    model.load()
    for step in range(6):
        model.step_time()
        model.custom_update("Copy")
        past = np.arange(step + 1)[:, None, None]
        last = np.where(fires(beat, past), past, -1).max(axis=0)
        yield f"after step {step}", case.examples(update.vars["copy"]), last
    target.vars["V"].view[:] = 0.0
    target.vars["V"].push_to_device()
    model.custom_update("Set")
    model.step_time()
    arrived = (10.0 * np.arange(5) + 3.0).sum()  # a time is that of arrival: three steps after the spike
    yield "what synapses see", case.examples(target.vars["V"]), np.full((case.batch, 2), arrived)


@row("custom update of times of the spike before")
def previous_spike_times(case: Case) -> Iterator[Comparison]:
    """Read into a variable: the last spike before the last step."""
    model = case.model()
    source, beat = clockwork(case, model, "source", 5)
    target = adder(case, model, "target", 2)
    seeing = case.engine.create_weight_update_model(
        "seeing", pre_spike_syn_code="addToPost(0.0 * st_pre); addToPost(0.0 * prev_st_pre);"
    )
    init, psm = case.engine.init_weight_update(seeing), case.engine.init_postsynaptic("DeltaCurr")
    model.add_synapse_population("s", "DENSE", source, target, init, psm)
    copying = case.engine.create_custom_update_model(
        "copying",
        vars=[("last", "scalar"), ("before", "scalar")],
        var_refs=[("time", "timepoint", READ_ONLY), ("earlier", "timepoint", READ_ONLY)],
        update_code="last = time < 0.0 ? -1.0 : time; before = earlier < 0.0 ? -1.0 : earlier;",
    )
    references = {
        "time": case.engine.create_spike_time_var_ref(source),
        "earlier": case.engine.create_prev_spike_time_var_ref(source),
    }
    update = model.add_custom_update("copy", "Copy", copying, {}, {"last": 0.0, "before": 0.0}, references)
    model.build()
    model.load()
    for step in range(7):
        model.step_time()
        model.custom_update("Copy")
        for name, end in (("last", step + 1), ("before", step)):
            past = np.arange(end)[:, None, None]
            expected = np.where(fires(beat, past), past, -1).max(axis=0, initial=-1)
            yield f"{name} after step {step}", case.examples(update.vars[name]), expected


@row("custom update of inputs on their way")
def inputs_on_their_way(case: Case) -> Iterator[Comparison]:
    """What arrives next and what dendrites still delay are dropped between two steps."""
    model = case.model()
    source, target = clockwork(case, model, "source", 5)[0], adder(case, model, "target", 3)
    late = case.engine.create_weight_update_model(
        "late", pre_spike_syn_code="addToPostDelay(1.0, 0); addToPostDelay(8.0, 2);"
    )
    init = case.engine.init_weight_update(late)
    holding = case.engine.create_postsynaptic_model("holding", sim_code="injectCurrent(inSyn);")
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic(holding))
    group.max_dendritic_delay_timesteps = 3
    dropping = case.engine.create_custom_update_model(
        "dropping",
        var_refs=[("now", "scalar"), ("later", "scalar", VarAccessMode.BROADCAST)],
        update_code="now = 0.0; later = 0.0;",
    )
    references = {
        "now": case.engine.create_out_post_var_ref(group),
        "later": case.engine.create_den_delay_var_ref(group),
    }
    model.add_custom_update("drop", "Drop", dropping, {}, {}, references)
    model.build()
    model.load()
    model.step_time(6)
    before = case.examples(target.vars["V"])
    yield "something arrived", before.min() > 0.0, True
    source.vars["first"].view[:] = 1000
    source.vars["first"].push_to_device()
    model.step_time(1)  # delivers the last spikes
    model.custom_update("Drop")
    before = case.examples(target.vars["V"])
    model.step_time(4)
    yield "nothing is left", case.examples(target.vars["V"]), before


@row("softmax", rtol={"float": 2e-6, "double": 1e-14}, reason="exp differs between libraries by a few units")
def softmax(case: Case) -> Iterator[Comparison]:
    """Largest value, sum of exponentials, quotient: three updates, as compilers use them."""
    model = case.model()
    start = case.varied(11, -5.0, 5.0)
    group = holder(case, model, "n", start)
    create, reduce = case.engine.create_custom_update_model, CustomUpdateVarAccess
    largest = create(
        "largest",
        vars=[("most", "scalar", reduce.REDUCE_NEURON_MAX)],
        var_refs=[("x", "scalar", READ_ONLY)],
        update_code="most = x;",
    )
    total = create(
        "total",
        vars=[("sum", "scalar", reduce.REDUCE_NEURON_SUM)],
        var_refs=[("x", "scalar", READ_ONLY), ("most", "scalar", READ_ONLY)],
        update_code="sum = exp(x - most);",
    )
    quotient = create(
        "quotient",
        var_refs=[("x", "scalar"), ("most", "scalar", READ_ONLY), ("sum", "scalar", READ_ONLY)],
        update_code="x = exp(x - most) / sum;",
    )
    reference = case.engine.create_var_ref
    x = {"x": reference(group, "x")}
    first = model.add_custom_update("first", "First", largest, {}, {"most": 0.0}, x)
    most = {"most": reference(first, "most")}
    second = model.add_custom_update("second", "Second", total, {}, {"sum": 0.0}, {**x, **most})
    sums = {"sum": reference(second, "sum")}
    model.add_custom_update("third", "Third", quotient, {}, {}, {**x, **most, **sums})
    model.build()
    model.load()
    for name in ("First", "Second", "Third"):
        model.custom_update(name)
    exponentials = np.exp(start - start.max(axis=1, keepdims=True))
    yield "x", case.examples(group.vars["x"]), exponentials / exponentials.sum(axis=1, keepdims=True)


@row("Adam", rtol={"float": 2e-6, "double": 1e-14}, reason="pow differs between libraries by a few units")
def adam(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target, rule = adder(case, model, "source", 6), adder(case, model, "target", 5), learning(case)
    weights, gradient = case.varied(30, seed=4)[0], case.varied(30, seed=5)[0]
    init = case.engine.init_weight_update(rule, {}, {"g": weights, "dw": 0.0})
    psm = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", "DENSE", source, target, init, psm)
    optimising = case.engine.create_custom_update_model(
        "optimising",
        params=["alpha", "beta1", "beta2", "step"],
        derived_params=[("rest1", lambda pars, dt: 1.0 - pars["beta1"]), ("rest2", lambda pars, dt: 1 - pars["beta2"])],
        vars=[("m", "scalar"), ("v", "scalar"), ("gradient", "scalar", CustomUpdateVarAccess.READ_ONLY)],
        var_refs=[("g", "scalar")],
        update_code="""
        m = beta1 * m + rest1 * gradient;
        v = beta2 * v + rest2 * gradient * gradient;
        scalar settled = sqrt(v / (1.0 - pow(beta2, step))) + 1e-8;
        g -= alpha * (m / (1.0 - pow(beta1, step))) / settled;
        """,
    )
    update = model.add_custom_update(
        "adam",
        "Adam",
        optimising,
        {"alpha": 0.01, "beta1": 0.9, "beta2": 0.99, "step": 1.0},
        {"m": 0.0, "v": 0.0, "gradient": gradient},
        {"g": case.engine.create_wu_var_ref(group, "g")},
    )
    update.set_param_dynamic("step")
    model.build()
    model.load()
    m = v = np.zeros(30)
    expected = weights.astype(float)
    for step in (1, 2, 3):
        update.set_dynamic_param_value("step", float(step))
        model.custom_update("Adam")
        m, v = 0.9 * m + 0.1 * gradient, 0.99 * v + 0.01 * gradient**2
        expected = expected - 0.01 * (m / (1.0 - 0.9**step)) / (np.sqrt(v / (1.0 - 0.99**step)) + 1e-8)
        yield f"g after {step}", values_of(group.vars["g"]), expected
