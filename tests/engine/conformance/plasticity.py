"""Rows about synapses that change: their dynamics, spikes and events of both ends, and what these send back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, fires
from tests.engine.conformance.table import Case, Comparison, row

MATRICES = ("DENSE", "SPARSE")


def exists(kind: str, num_pre: int, num_post: int) -> np.ndarray:
    """Which synapses there are, [pre][post]: all, or about half of them with an empty row and column."""
    whole = np.ones((num_pre, num_post), bool)
    if kind == "SPARSE":
        whole &= np.random.default_rng(8).random(whole.shape) < 0.6
        whole[1] = whole[:, 2] = False
    return whole


def listed(kind: str, group: Any, whole: np.ndarray) -> np.ndarray:
    """Connects a sparse group; the places of its variables' values among all pairs."""
    if kind == "SPARSE":
        group.set_sparse_connections(*np.nonzero(whole))
    return np.flatnonzero(whole)


def synaptic(case: Case, variable: Any, whole: np.ndarray) -> np.ndarray:
    """Values of a synapse variable as [batch][pre][post], zero where there is no synapse."""
    variable.pull_from_device()
    given = np.array(variable.values)
    given = given if given.ndim == 2 else np.tile(given, (case.batch, 1))
    full = np.zeros((case.batch, whole.size), given.dtype)
    full[:, np.flatnonzero(whole)] = given
    return full.reshape(case.batch, *whole.shape)


@row("synapse dynamics")
def synapse_dynamics(case: Case) -> Iterator[Comparison]:
    """Each synapse passes on what both its neurons were at the end of the last step, and tires."""
    dynamic = case.engine.create_weight_update_model(
        "dynamic",
        params=["fall"],
        vars=[("g", "scalar"), ("uses", "unsigned int")],
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
        synapse_dynamics_code="if (V_post < 64.0) { addToPost(g * V_pre); uses++; } g *= fall;",
    )
    ramp = case.engine.create_neuron_model("ramp", vars=[("V", "scalar")], sim_code="V += 1.0;")
    start = np.round(case.varied(5) * 8.0)
    for kind in MATRICES:
        model = case.model()
        source = model.add_neuron_population("source", 5, ramp, {}, {"V": case.spread(start)})
        target = adder(case, model, "target", 4)
        whole = exists(kind, 5, 4)
        weights = np.where(whole, np.arange(20.0).reshape(5, 4) - 4.0, 0.0)
        init = case.engine.init_weight_update(
            dynamic,
            {"fall": 0.5},
            {"g": weights[whole], "uses": 0},
            pre_var_refs={"V_pre": case.engine.create_var_ref(source, "V")},
            post_var_refs={"V_post": case.engine.create_var_ref(target, "V")},
        )
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        listed(kind, group, whole)
        model.build()
        model.load()
        voltage, uses = np.zeros((case.batch, 4)), np.zeros((case.batch, 5, 4), int)
        for step in range(6):
            model.step_time()
            passing = whole & (voltage < 64.0)[:, None, :]
            voltage = voltage + np.where(passing, weights * (start + step)[:, :, None], 0.0).sum(axis=1)
            uses += passing
            weights = weights * 0.5
            yield f"{kind} V {step}", case.examples(target.vars["V"]), voltage
            yield f"{kind} uses {step}", synaptic(case, group.vars["uses"], whole), uses
        yield f"{kind} g", synaptic(case, group.vars["g"], whole), np.tile(weights, (case.batch, 1, 1))


@row("code of postsynaptic spikes")
def postsynaptic_spikes(case: Case) -> Iterator[Comparison]:
    """A presynaptic spike delivers the weight, a postsynaptic one then adds to it."""
    growing = case.engine.create_weight_update_model(
        "growing",
        vars=[("g", "scalar")],
        post_neuron_var_refs=[("first", "int", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="addToPost(g);",
        post_spike_syn_code="g += 1.0 + (scalar)(id_pre * num_post + id_post) * (scalar)first;",
    )
    place = np.arange(24).reshape(6, 4)
    for kind in MATRICES:
        model = case.model()
        source, _ = clockwork(case, model, "source", 6)
        target, answer = clockwork(case, model, "target", 4, seed=9)
        follower = adder(case, model, "follower", 4)
        whole = exists(kind, 6, 4)
        weights = np.tile(np.where(whole, 1.0, 0.0), (case.batch, 1, 1))
        first = case.engine.create_var_ref(target, "first")
        delta = case.engine.init_postsynaptic("DeltaCurr")
        init = case.engine.init_weight_update(growing, {}, {"g": 1.0}, post_var_refs={"first": first})
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        seen = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 1.0})
        model.add_synapse_population("pass", "SPARSE", target, follower, seen, delta).set_sparse_connections(
            np.arange(4), np.arange(4)
        )
        listed(kind, group, whole)
        model.build()
        model.load()
        for step in range(8):
            model.step_time()
            answered = fires(answer, step - 1) & (step > 0)
            growth = 1.0 + place * answer[0][:, None, :]
            weights = weights + np.where(whole & answered[:, None, :], growth, 0.0)
            yield f"{kind} g {step}", synaptic(case, group.vars["g"], whole), weights
        spikes = np.sum([fires(answer, step) for step in range(7)], axis=0)
        yield f"{kind} spikes", case.examples(follower.vars["V"]), spikes


@row("code of postsynaptic events")
def postsynaptic_events(case: Case) -> Iterator[Comparison]:
    """Neurons above a limit strengthen their synapses, by how far they are above it."""
    ramp = case.engine.create_neuron_model("ramp", vars=[("V", "scalar")], sim_code="V += 1.0;")
    above = case.engine.create_weight_update_model(
        "above",
        params=["limit"],
        vars=[("g", "scalar")],
        post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
        post_event_threshold_condition_code="V_post > limit",
        post_event_syn_code="g += V_post - limit;",
    )
    start = np.round(case.varied(4) * 4.0)
    for kind in MATRICES:
        model = case.model()
        source, _ = clockwork(case, model, "source", 5)
        target = model.add_neuron_population("target", 4, ramp, {}, {"V": case.spread(start)})
        target.spike_event_recording_enabled = True
        whole = exists(kind, 5, 4)
        references = {"V_post": case.engine.create_var_ref(target, "V")}
        init = case.engine.init_weight_update(above, {"limit": 2.0}, {"g": 0.0}, post_var_refs=references)
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        listed(kind, group, whole)
        model.build()
        model.load(num_recording_timesteps=8)
        weights = np.zeros((case.batch, 5, 4))
        for step in range(8):
            model.step_time()
            over = np.maximum(start + step - 2.0, 0.0) * (step > 0)  # after step - 1
            weights = weights + np.where(whole, over[:, None, :], 0.0)
            yield f"{kind} g {step}", synaptic(case, group.vars["g"], whole), weights
        model.pull_recording_buffers_from_device()
        flagged = np.stack([start + step + 1.0 > 2.0 for step in range(8)], axis=1)
        for example, (times, ids) in enumerate(group.post_spike_event_recording_data):
            order = np.lexsort((ids, times))
            seen = np.stack([np.array(times)[order], np.array(ids)[order]])
            yield f"{kind} events", seen, np.stack(np.nonzero(flagged[example]))


TRIGGERS = {"dynamics": (2, 1), "pre_event": (3, 1), "pre_spike": (5, 2), "post_event": (7, 3), "post_spike": (11, 5)}
"""What runs code at synapses, in the order of a step; x becomes factor * x + summand."""


@row("order of dynamics, events and spikes")
def order_of_triggers(case: Case) -> Iterator[Comparison]:
    """PyGeNN's CPU backend makes C++ that does not compile of postsynaptic events and spikes in one group."""
    left_out = ("post_event", "post_spike") if case.engine.name == "pygenn" else ("post_event", "post_spike", "")
    for name in left_out:
        for kind in MATRICES:
            yield from triggered(case, kind, [trigger for trigger in TRIGGERS if trigger != name])


def triggered(case: Case, kind: str, triggers: list[str]) -> Iterator[Comparison]:
    """Synapses whose x tells in which order code ran."""
    model = case.model()
    source, beat = clockwork(case, model, "source", 6)
    target, answer = clockwork(case, model, "target", 4, seed=9)
    whole = exists(kind, 6, 4)
    references = {
        "pre_var_refs": {"early": case.engine.create_var_ref(source, "first")},
        "post_var_refs": {"late": case.engine.create_var_ref(target, "first")},
    }
    rule = ordered(case, triggers)  # PyGeNN's models have to outlive what is made of them
    init = case.engine.init_weight_update(rule, {}, {"x": 1}, **references)
    group = model.add_synapse_population("s", kind, source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    listed(kind, group, whole)
    model.build()
    model.load()
    x = np.tile(whole.astype(int), (case.batch, 1, 1))
    for step in range(8):
        model.step_time()
        late = step > 0
        happened = {
            "dynamics": np.ones((case.batch, 6, 1), bool),
            "pre_event": ((step - 1 + beat[0]) % 2 == 0)[:, :, None] & late,
            "pre_spike": fires(beat, step - 1)[:, :, None] & late,
            "post_event": ((step - 1 + answer[0]) % 3 == 0)[:, None, :] & late,
            "post_spike": fires(answer, step - 1)[:, None, :] & late,
        }
        for name in triggers:
            factor, summand = TRIGGERS[name]
            x = np.where(whole & happened[name], (factor * x + summand) % 9973, x)
        yield f"{kind} {triggers} x {step}", synaptic(case, group.vars["x"], whole), x


def ordered(case: Case, triggers: list[str]) -> Any:
    """A weight update model in which each of the triggers changes x in its own way."""
    conditions = {
        "pre_event_threshold_condition_code": "((int)t + early) % 2 == 0",
        "post_event_threshold_condition_code": "((int)t + late) % 3 == 0",
    }
    code = {name: f"x = ({factor}u * x + {summand}u) % 9973u;" for name, (factor, summand) in TRIGGERS.items()}
    names = {name: "synapse_dynamics_code" if name == "dynamics" else f"{name}_syn_code" for name in triggers}
    return case.engine.create_weight_update_model(
        "ordered",
        vars=[("x", "unsigned int")],
        pre_neuron_var_refs=[("early", "int", VarAccessMode.READ_ONLY)],
        post_neuron_var_refs=[("late", "int", VarAccessMode.READ_ONLY)],
        **{
            key: value for key, value in conditions.items() if key.removesuffix("_threshold_condition_code") in triggers
        },
        **{names[name]: code[name] for name in triggers},
    )
