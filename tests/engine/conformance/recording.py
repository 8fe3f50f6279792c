"""Rows about variables that the engine records while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder
from tests.engine.conformance.table import Case, Comparison, row


def ramp(case: Case) -> Any:
    """V goes up by `slope`, from where it starts."""
    return case.engine.create_neuron_model(
        "ramp",
        vars=[("V", "scalar"), ("slope", "scalar", VarAccess.READ_ONLY), ("count", "unsigned int")],
        sim_code="V += slope; count += 2;",
        threshold_condition_code="1",
    )


@row("variable recording")
def variables(case: Case) -> Iterator[Comparison]:
    """Steps in one call and in several, more than are kept; all neurons and some; shared and integer variables."""
    model = case.model()
    rule, start = ramp(case), np.round(case.varied(5) * 8.0)
    slopes = np.arange(5.0)
    group = model.add_neuron_population("n", 5, rule, {}, {"V": case.spread(start), "slope": slopes, "count": 1})
    model.build()
    model.load()
    model.step_time(2)
    whole = model.record_variable(group.vars["V"], 4)
    some = model.record_variable(group.vars["V"], 20, [3, 1])
    slope = model.record_variable(group.vars["slope"], 20)
    count = model.record_variable(group.vars["count"], 3, 2)
    model.step_time(3)
    steps = np.arange(3.0, 6.0)[:, None]
    yield "three steps", whole.values, start[:, None] + steps * slopes
    model.timestep = 0
    model.step_time(4)
    yield "number of steps", (whole.num_steps, some.num_steps), (7, 7)
    steps = np.arange(3.0, 10.0)[:, None]
    yield "last four steps", whole.values, start[:, None] + steps[-4:] * slopes
    yield "two neurons", some.values, (start[:, None] + steps * slopes)[:, :, [3, 1]]
    yield "shared", slope.values, np.tile(slopes, (1, 7, 1))
    yield "integer", count.values, np.tile([[15], [17], [19]], (case.batch, 1, 1))
    whole.stop()
    model.step_time(3)
    yield "after some have stopped", (len(some.values[0]), some.num_steps), (10, 10)


@row("recording of variables of every kind")
def kinds(case: Case) -> Iterator[Comparison]:
    """Variables with delay slots, of postsynaptic models, current sources, and of dense and sparse synapses."""
    model = case.model()
    rule, start = ramp(case), np.round(case.varied(4) * 8.0)
    source = model.add_neuron_population("n", 4, rule, {}, {"V": case.spread(start), "slope": 1.0, "count": 0})
    target = adder(case, model, "target", 3)
    counting = case.engine.create_weight_update_model(
        "counting",
        vars=[("seen", "scalar")],
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="seen += 1.0; addToPost(V_pre);",
    )
    holding = case.engine.create_postsynaptic_model("holding", vars=[("I", "scalar")], sim_code="I += 2.0;")
    rising = case.engine.create_current_source_model("rising", vars=[("J", "scalar")], injection_code="J += 4.0;")
    reference = {"V_pre": case.engine.create_var_ref(source, "V")}
    psm = case.engine.init_postsynaptic(holding, {}, {"I": 0.0})
    init = case.engine.init_weight_update(counting, {}, {"seen": np.arange(12.0)}, pre_var_refs=reference)
    dense = model.add_synapse_population("dense", "DENSE", source, target, init, psm)
    dense.axonal_delay_steps = 1
    init = case.engine.init_weight_update(counting, {}, {"seen": np.array([5.0, 6.0, 7.0])}, pre_var_refs=reference)
    sparse = model.add_synapse_population("sparse", "SPARSE", source, target, init, psm)
    sparse.set_sparse_connections([3, 0, 3], [2, 1, 0])
    current = model.add_current_source("current", rising, target, {}, {"J": 0.0})
    model.build()
    model.load()
    recordings = [
        model.record_variable(variable, 9, chosen)
        for variable, chosen in (
            (source.vars["V"], None),
            (dense.psm_vars["I"], [1]),
            (current.vars["J"], [2]),
            (dense.vars["seen"], [0, 11]),
            (sparse.vars["seen"], None),
        )
    ]
    model.step_time(5)
    late, steps = np.array([0.0, 0.0, 1.0, 2.0, 3.0])[:, None], np.arange(1.0, 6.0)[:, None]
    soon = np.array([0.0, 1.0, 2.0, 3.0, 4.0])[:, None]
    yield "delay slots", recordings[0].values, start[:, None] + steps
    yield "postsynaptic", recordings[1].values, np.tile(2.0 * steps, (case.batch, 1, 1))
    yield "current source", recordings[2].values, np.tile(4.0 * steps, (case.batch, 1, 1))
    yield "dense", recordings[3].values, np.tile(np.array([0.0, 11.0]) + late, (case.batch, 1, 1))
    yield "sparse", recordings[4].values, np.tile(np.array([6.0, 7.0, 5.0]) + soon, (case.batch, 1, 1))
