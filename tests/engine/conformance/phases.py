"""Rows about phases: parameters that change together, and for which engines specialise code."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml_genn.access import VarAccessMode
from tests.engine.conformance.parts import adder
from tests.engine.conformance.table import Case, Comparison, row

PHASE = [("Phase", "int")]


@row("phases")
def phases(case: Case) -> Iterator[Comparison]:
    """Code of every kind, of which each phase runs another part; a custom update that asks for the phase."""
    model = case.model()
    model.declare_phase("Phase", 3)
    ticking = case.engine.create_neuron_model(
        "ticking",
        params=PHASE,
        vars=[("V", "scalar"), ("W", "scalar")],
        sim_code="""
        if (Phase == 0) {
            V += Isyn + 1.0;
        }
        else if (Phase == 1) {
            W += 10.0 + V;
        }
        else {
            V = 0.0;
        }
        """,
        threshold_condition_code="Phase < 2 && V >= 0.0",
        reset_code="W += Phase == 1 ? 1000.0 : 100.0;",
    )
    weighted = case.engine.create_weight_update_model(
        "weighted", params=PHASE, pre_spike_syn_code="if (Phase == 0) { addToPost(8.0); }"
    )
    passing = case.engine.create_postsynaptic_model(
        "passing", params=PHASE, sim_code="if (Phase != 1) { injectCurrent(inSyn); } inSyn = 0.0;"
    )
    current = case.engine.create_current_source_model(
        "current", params=PHASE, injection_code="if (Phase > 0) { injectCurrent(64.0); }"
    )
    asking = case.engine.create_custom_update_model(
        "asking", params=PHASE, var_refs=[("W", "scalar")], update_code="W += Phase * 10000.0;"
    )
    own = {"Phase": 0}
    group = model.add_neuron_population("n", 2, ticking, own, {"V": -2.0, "W": 0.0})
    target = adder(case, model, "target", 3)
    delta, gated = case.engine.init_postsynaptic("DeltaCurr"), case.engine.init_postsynaptic(passing, own)
    model.add_synapse_population("a", "DENSE", group, target, case.engine.init_weight_update(weighted, own), delta)
    always = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 2.0})
    model.add_synapse_population("b", "DENSE", group, target, always, gated)
    model.add_current_source("c", current, target, own, {})
    model.add_custom_update("ask", "Ask", asking, own, {}, {"W": case.engine.create_var_ref(group, "W")})
    model.build()
    model.load()
    v, w, total, fired = -2.0, 0.0, 0.0, False
    for phase, steps in ((0, 4), (1, 3), (0, 2), (2, 2), (1, 1), (0, 1)):
        model.set_phase("Phase", phase)
        model.step_time(steps)
        for _ in range(steps):
            total += 16.0 * (phase == 0 and fired) + 4.0 * (phase != 1 and fired) + 64.0 * (phase > 0)
            v, w = (v + 1.0, w) if phase == 0 else (v, w + 10.0 + v) if phase == 1 else (0.0, w)
            fired = phase < 2 and v >= 0.0
            w += fired * (1000.0 if phase == 1 else 100.0)
        model.custom_update("Ask")
        w += phase * 10000.0
        for name, actual, expected in (("V", group, v), ("W", group, w), ("target", target, total)):
            values = case.examples(actual.vars["W" if name == "W" else "V"])
            yield f"{name} after phase {phase}", values, np.full(values.shape, expected)


@row("a model that is loaded again begins in its first phase")
def phases_after_loading(case: Case) -> Iterator[Comparison]:
    """Where a model was unloaded in a later phase."""
    model = case.model()
    model.declare_phase("Phase", 2)
    ticking = case.engine.create_neuron_model(
        "ticking", params=PHASE, vars=[("V", "scalar")], sim_code="V += Phase == 0 ? 1.0 : 100.0;"
    )
    group = model.add_neuron_population("n", 2, ticking, {"Phase": 0}, {"V": -2.0})
    model.build()
    for _ in range(2):
        model.load()
        model.step_time(1)
        yield "V in the first phase", case.examples(group.vars["V"]), np.full((case.batch, 2), -1.0)
        model.set_phase("Phase", 1)
        model.unload()


@row("phases of variables with delay slots")
def delay_slots(case: Case) -> Iterator[Comparison]:
    """A variable that one phase leaves alone still moves on from slot to slot."""
    model = case.model()
    model.declare_phase("Phase", 2)
    ramp = case.engine.create_neuron_model(
        "ramp",
        params=PHASE,
        vars=[("V", "scalar")],
        sim_code="if (Phase == 1) { V += 1.0; }",
        threshold_condition_code="1",
    )
    source = model.add_neuron_population("source", 1, ramp, {"Phase": 0}, {"V": 1.0})
    target = adder(case, model, "target", 1)
    reading = case.engine.create_weight_update_model(
        "reading",
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="addToPost(V_pre);",
    )
    reference = {"V_pre": case.engine.create_var_ref(source, "V")}
    init = case.engine.init_weight_update(reading, pre_var_refs=reference)
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    group.axonal_delay_steps = 3
    model.build()
    model.load()
    v, total, history = 1.0, 0.0, [0.0] * 4
    for phase, steps in ((1, 6), (0, 5), (1, 2), (0, 6)):
        model.set_phase("Phase", phase)
        for _ in range(steps):
            model.step_time()
            v += phase
            history.append(v)
            total += history[-5]
            yield f"phase {phase}", case.examples(target.vars["V"]), np.full((case.batch, 1), total)
        yield f"V after phase {phase}", case.examples(source.vars["V"]), np.full((case.batch, 1), v)


@row("several phases")
def several(case: Case) -> Iterator[Comparison]:
    model = case.model()
    model.declare_phase("Backward", 2)
    model.declare_phase("Learning", 3)
    both = case.engine.create_neuron_model(
        "both",
        params=[("Backward", "int"), "Learning"],
        vars=[("V", "scalar")],
        sim_code="switch (Backward) { case 0: V += Learning; break; default: V -= 10.0 * Learning; }",
    )
    group = model.add_neuron_population("n", 4, both, {"Backward": 0, "Learning": 0.0}, {"V": 0.0})
    model.build()
    model.load()
    expected = 0.0
    for backward, learning in ((0, 2), (1, 1), (1, 2), (0, 1), (0, 0)):
        model.set_phase("Backward", backward)
        model.set_phase("Learning", learning)
        model.step_time(2)
        expected += 2.0 * (-10.0 * learning if backward else learning)
        yield f"{backward} {learning}", case.examples(group.vars["V"]), np.full((case.batch, 4), expected)
