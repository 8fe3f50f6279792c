"""Rows about postsynaptic models, weight update models and current sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, delivered, fires, follow
from tests.engine.conformance.table import Case, Comparison, row


def pulse(case: Case, weights: Any) -> Any:
    return case.engine.init_weight_update("StaticPulse", {}, {"g": weights})


@row("delta synapse")
def delta(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 6)
    target = adder(case, model, "target", 4)
    weights = case.varied(24)[0].reshape(6, 4)
    delta_curr = case.engine.init_postsynaptic("DeltaCurr")
    model.add_synapse_population("s", "DENSE", source, target, pulse(case, weights.ravel()), delta_curr)
    model.build()
    model.load()
    yield from follow(case, model, target, lambda step: delivered(fires(beat, step - 1) & (step > 0), weights))


@row(
    "exponential synapse",
    rtol={"float": 1e-5, "double": 1e-12},
    reason="exp(-dt / tau) is rounded to float in the engine and not in numpy",
)
def exponential(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=1.0)
    source, beat = clockwork(case, model, "source", 6)
    target = adder(case, model, "target", 4)
    weights = case.varied(24, 0.1, 1.0)[0].reshape(6, 4)
    exp_curr = case.engine.init_postsynaptic("ExpCurr", {"tau": 3.0})
    group = model.add_synapse_population("s", "DENSE", source, target, pulse(case, weights.ravel()), exp_curr)
    model.build()
    model.load()
    state, voltage = np.zeros((case.batch, 4)), np.zeros((case.batch, 4))
    for step in range(8):
        model.step_time()
        state += delivered(fires(beat, step - 1) & (step > 0), weights)
        voltage += state * 3.0 * (1.0 - np.exp(-1.0 / 3.0))
        state *= np.exp(-1.0 / 3.0)
        yield f"V {step}", case.examples(target.vars["V"]), voltage
    group.out_post.pull_from_device()
    yield "out_post", np.array(group.out_post.view), state


@row("postsynaptic model with variables")
def postsynaptic_variables(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 3)
    target = adder(case, model, "target", 2)
    weights = np.array([[1.0, 2.0], [4.0, 8.0], [16.0, 32.0]])
    summing = case.engine.create_postsynaptic_model(
        "summing",
        params=["gain"],
        vars=[("total", "scalar")],
        sim_code="total += inSyn; injectCurrent(gain * total); inSyn = 0.0;",
    )
    start = np.round(case.varied(2) * 8.0)
    init = case.engine.init_postsynaptic(summing, {"gain": 0.5}, {"total": case.spread(start)})
    group = model.add_synapse_population("s", "DENSE", source, target, pulse(case, weights.ravel()), init)
    model.build()
    model.load()
    total, voltage = start.astype(float), np.zeros(start.shape)
    for step in range(6):
        model.step_time()
        total += delivered(fires(beat, step - 1) & (step > 0), weights)
        voltage += 0.5 * total
        yield f"V {step}", case.examples(target.vars["V"]), voltage
        yield f"total {step}", case.examples(group.psm_vars["total"]), total


@row("postsynaptic model that refers to neuron variables")
def postsynaptic_references(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 3)
    target = adder(case, model, "target", 2)
    weights = np.array([[1.0, 2.0], [4.0, 8.0], [16.0, 32.0]]) / 256
    conductance = case.engine.create_postsynaptic_model(
        "conductance",
        params=["E"],
        neuron_var_refs=[("potential", "scalar", VarAccessMode.READ_ONLY)],
        sim_code="injectCurrent(inSyn * (E - potential)); inSyn = 0.0;",
    )
    init = case.engine.init_postsynaptic(
        conductance, {"E": 4.0}, {}, {"potential": case.engine.create_var_ref(target, "V")}
    )
    model.add_synapse_population("s", "DENSE", source, target, pulse(case, weights.ravel()), init)
    model.build()
    model.load()
    voltage = np.zeros((case.batch, 2), case.dtype)
    for step in range(6):
        model.step_time()
        conducting = delivered(fires(beat, step - 1) & (step > 0), weights.astype(case.dtype))
        voltage = voltage + conducting * (case.dtype(4.0) - voltage)
        yield f"V {step}", case.examples(target.vars["V"]), voltage


@row("direct current")
def direct_current(case: Case) -> Iterator[Comparison]:
    model = case.model()
    target = adder(case, model, "target", 3)
    model.add_current_source("dc", "DC", target, {"amp": 0.5}, {})
    model.add_current_source("more", "DC", target, {"amp": 2.0}, {})
    model.build()
    model.load()
    yield from follow(case, model, target, lambda step: np.full((case.batch, 3), 2.5), steps=3)


@row("gaussian noise")
def gaussian_noise(case: Case) -> Iterator[Comparison]:
    """10,000 sums of 4 draws: standard error of the mean 0.01, of the variance 0.014 * 4 * 0.25; five of each."""
    model = case.model()
    target = adder(case, model, "target", 10_000)
    model.add_current_source("noise", "GaussianNoise", target, {"mean": 3.0, "sd": 0.5}, {})
    model.build()
    model.load()
    model.step_time(4)
    sums = case.examples(target.vars["V"])
    for example in sums:
        yield "mean", abs(example.mean() - 12.0) < 0.05, True
        yield "variance", abs(example.var() - 1.0) < 0.07, True
    yield "examples differ", len({example.tobytes() for example in sums}), case.batch


@row("current source with variables and references")
def current_source(case: Case) -> Iterator[Comparison]:
    model = case.model()
    target = adder(case, model, "target", 3)
    growing = case.engine.create_current_source_model(
        "growing", vars=[("magnitude", "scalar")], injection_code="injectCurrent(magnitude); magnitude *= 2.0;"
    )
    start = np.round(case.varied(3) * 8.0)
    source = model.add_current_source("growing", growing, target, {}, {"magnitude": case.spread(start)})
    model.build()
    model.load()
    yield from follow(case, model, target, lambda step: start * 2.0**step, steps=4)
    source.vars["magnitude"].view[:] = case.spread(-start)
    source.vars["magnitude"].push_to_device()
    before = case.examples(target.vars["V"])
    model.step_time()
    yield "V after writing to the view", case.examples(target.vars["V"]), before - start


@row("weight parameter")
def weight_parameter(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 5)
    target = adder(case, model, "target", 2)
    init = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": -0.25})
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    weights = np.full((5, 2), -0.25)
    yield from follow(case, model, target, lambda step: delivered(fires(beat, step - 1) & (step > 0), weights))


@row("weights that synapses change")
def changing_weights(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 4)
    target = adder(case, model, "target", 3)
    tiring = case.engine.create_weight_update_model(
        "tiring",
        vars=[("g", "scalar"), ("uses", "unsigned int")],
        pre_spike_syn_code="addToPost(g); g *= 0.5; uses++;",
    )
    weights = np.tile(np.arange(1.0, 13.0).reshape(4, 3), (case.batch, 1, 1))
    init = case.engine.init_weight_update(tiring, {}, {"g": weights[0].ravel(), "uses": 0})
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    uses = np.zeros((case.batch, 4, 3), int)

    def input_at(step: int) -> np.ndarray:
        fired = fires(beat, step - 1) & (step > 0)
        added = delivered(fired, weights)
        weights[fired] *= 0.5
        uses[fired] += 1
        return added

    yield from follow(case, model, target, input_at)
    yield "g", case.examples(group.vars["g"]), weights.reshape(case.batch, 12)
    yield "uses", case.examples(group.vars["uses"]), uses.reshape(case.batch, 12)


@row("references to presynaptic neurons")
def presynaptic_references(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(4) * 8.0)
    ramp = case.engine.create_neuron_model(
        "ramp", vars=[("V", "scalar")], sim_code="V += 1.0;", threshold_condition_code="V > 0.0"
    )
    source = model.add_neuron_population("source", 4, ramp, {}, {"V": case.spread(start)})
    target = adder(case, model, "target", 3)
    scaled = case.engine.create_weight_update_model(
        "scaled",
        vars=[("g", "scalar", VarAccess.READ_ONLY)],
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="addToPost(g * V_pre);",
    )
    weights = np.arange(12.0).reshape(4, 3)
    references = {"V_pre": case.engine.create_var_ref(source, "V")}
    init = case.engine.init_weight_update(scaled, {}, {"g": weights.ravel()}, pre_var_refs=references)
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()

    def input_at(step: int) -> np.ndarray:
        voltage = start + step  # after step - 1
        return delivered((voltage > 0.0) & (step > 0), weights[None] * voltage[:, :, None])

    yield from follow(case, model, target, input_at)


@row("references to postsynaptic neurons")
def postsynaptic_neuron_references(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 4)
    target = adder(case, model, "target", 3)
    saturating = case.engine.create_weight_update_model(
        "saturating",
        vars=[("g", "scalar", VarAccess.READ_ONLY)],
        post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code="if (V_post < 8.0) { addToPost(g); }",
    )
    weights = np.arange(12.0).reshape(4, 3)
    init = case.engine.init_weight_update(
        saturating, {}, {"g": weights.ravel()}, post_var_refs={"V_post": case.engine.create_var_ref(target, "V")}
    )
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    voltage = np.zeros((case.batch, 3))
    for step in range(8):
        model.step_time()
        added = delivered(fires(beat, step - 1) & (step > 0), weights)
        voltage = np.where(voltage < 8.0, voltage + added, voltage)
        yield f"V {step}", case.examples(target.vars["V"]), voltage


def eventful(case: Case, **codes: str) -> Any:
    return case.engine.create_weight_update_model(
        "eventful",
        params=["limit"],
        vars=[("g", "scalar", VarAccess.READ_ONLY)],
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        **codes,
    )


def sawtooth(case: Case, model: Any, start: np.ndarray) -> Any:
    """V goes up by one a step and starts at -4 again after it fires at 4."""
    ramp = case.engine.create_neuron_model(
        "sawtooth",
        vars=[("V", "scalar")],
        sim_code="V += 1.0;",
        threshold_condition_code="V >= 4.0",
        reset_code="V = -4.0;",
    )
    return model.add_neuron_population("source", start.shape[1], ramp, {}, {"V": case.spread(start)})


def sawtooth_step(voltage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V after the sim code, and V after the reset."""
    risen = voltage + 1.0
    return risen, np.where(risen >= 4.0, -4.0, risen)


@row("spike-like events")
def events(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(5) * 4.0)
    source = sawtooth(case, model, start)
    target = adder(case, model, "target", 3)
    weights = np.arange(15.0).reshape(5, 3)
    graded = eventful(
        case,
        pre_event_threshold_condition_code="V_pre > limit",
        pre_event_syn_code="addToPost(g * V_pre);",
    )
    references = {"V_pre": case.engine.create_var_ref(source, "V")}
    init = case.engine.init_weight_update(graded, {"limit": 1.0}, {"g": weights.ravel()}, pre_var_refs=references)
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    voltage, flagged, state = start, np.zeros(start.shape, bool), np.zeros((case.batch, 3))
    for step in range(10):
        model.step_time()
        state = state + delivered(flagged, weights[None] * voltage[:, :, None])
        risen, voltage = sawtooth_step(voltage)
        flagged = risen > 1.0
        yield f"V {step}", case.examples(target.vars["V"]), state


@row("spikes and events at once")
def spikes_and_events(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(5) * 4.0)
    source = sawtooth(case, model, start)
    target = adder(case, model, "target", 3)
    weights = np.arange(15.0).reshape(5, 3)
    both = eventful(
        case,
        pre_spike_syn_code="addToPost(64.0 * g);",
        pre_event_threshold_condition_code="V_pre > limit",
        pre_event_syn_code="addToPost(g);",
    )
    references = {"V_pre": case.engine.create_var_ref(source, "V")}
    init = case.engine.init_weight_update(both, {"limit": 2.0}, {"g": weights.ravel()}, pre_var_refs=references)
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    voltage, state = start, np.zeros((case.batch, 3))
    flagged = fired = np.zeros(start.shape, bool)
    for step in range(10):
        model.step_time()
        state = state + delivered(fired, 64.0 * weights) + delivered(flagged, weights)
        risen, voltage = sawtooth_step(voltage)
        flagged, fired = risen > 2.0, risen >= 4.0
        yield f"V {step}", case.examples(target.vars["V"]), state


@row(
    "graded synapse",
    rtol={"float": 1e-5, "double": 1e-12},
    reason="tanh of the engine's library and of numpy differ in the last bits",
    needs="graded",  # PyGeNN 5.4's own StaticGraded names a variable that it does not declare
)
def graded_synapse(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(3) * 4.0)
    source = sawtooth(case, model, start)
    target = adder(case, model, "target", 2)
    weights = np.arange(-2.0, 4.0).reshape(3, 2)
    references = {"V": case.engine.create_var_ref(source, "V")}
    parameters = {"Epre": 1.0, "Vslope": 2.0}
    init = case.engine.init_weight_update("StaticGraded", parameters, {"g": weights.ravel()}, pre_var_refs=references)
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()
    voltage, flagged, state = start, np.zeros(start.shape, bool), np.zeros((case.batch, 2))
    for step in range(10):
        model.step_time()
        each = np.maximum(0.0, weights[None] * np.tanh((voltage[:, :, None] - 1.0) / 2.0))
        state = state + delivered(flagged, each)
        risen, voltage = sawtooth_step(voltage)
        flagged = risen > 1.0
        yield f"V {step}", case.examples(target.vars["V"]), state


@row("maxToPost", needs="graded")
def max_to_post(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 6)
    target = adder(case, model, "target", 4)
    weights = case.varied(24)[0].reshape(6, 4)
    largest = case.engine.create_weight_update_model(
        "largest", vars=[("g", "scalar", VarAccess.READ_ONLY)], pre_spike_syn_code="maxToPost(g);"
    )
    init = case.engine.init_weight_update(largest, {}, {"g": weights.ravel()})
    model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    model.build()
    model.load()

    def input_at(step: int) -> np.ndarray:
        fired = fires(beat, step - 1) & (step > 0)
        return np.where(fired[:, :, None], weights[None], 0.0).astype(case.dtype).max(axis=1, initial=0.0)

    yield from follow(case, model, target, input_at)


@row(
    "exponential conductance",
    rtol={"float": 1e-5, "double": 1e-12},
    reason="exp(-dt / tau) is rounded to float in the engine and not in numpy",
)
def exponential_conductance(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 6)
    target = adder(case, model, "target", 4)
    weights = case.varied(24, 0.01, 0.05)[0].reshape(6, 4)
    init = case.engine.init_postsynaptic(
        "ExpCond", {"tau": 3.0, "E": -2.0}, {}, {"V": case.engine.create_var_ref(target, "V")}
    )
    model.add_synapse_population("s", "DENSE", source, target, pulse(case, weights.ravel()), init)
    model.build()
    model.load()
    conductance, voltage = np.zeros((case.batch, 4)), np.zeros((case.batch, 4))
    for step in range(8):
        model.step_time()
        conductance += delivered(fires(beat, step - 1) & (step > 0), weights)
        voltage += conductance * (-2.0 - voltage)
        conductance *= np.exp(-1.0 / 3.0)
        yield f"V {step}", case.examples(target.vars["V"]), voltage
