"""Rows about what synapses send back to presynaptic neurons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.connectivity import convolved
from tests.engine.conformance.parts import adder, clockwork, delivered, fires
from tests.engine.conformance.plasticity import MATRICES, exists, listed
from tests.engine.conformance.table import Case, Comparison, row


def answering(case: Case, **codes: str) -> Any:
    """A weight update model with a weight."""
    return case.engine.create_weight_update_model(
        "answering",
        vars=[("g", "scalar", VarAccess.READ_ONLY)],
        post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
        **codes,
    )


def listening(case: Case, model: Any, neurons: int) -> tuple[Any, np.ndarray]:
    """Neurons that fire regularly and sum two inputs."""
    beating = case.engine.create_neuron_model(
        "listening",
        vars=[
            *(("first", "int", VarAccess.READ_ONLY_DUPLICATE), ("period", "int", VarAccess.READ_ONLY_DUPLICATE)),
            *(("V", "scalar"), ("W", "scalar")),
        ],
        additional_input_vars=[("Iback", "scalar", 0.5)],
        sim_code="V += Isyn; W += Iback;",
        threshold_condition_code="(int)t >= first && ((int)t - first) % period == 0",
    )
    rng = np.random.default_rng(3)
    beat = np.stack([rng.integers(0, 4, (case.batch, neurons)), rng.integers(1, 5, (case.batch, neurons))])
    values = {"first": case.spread(beat[0]), "period": case.spread(beat[1]), "V": 0.0, "W": 0.0}
    return model.add_neuron_population("source", neurons, beating, {}, values), beat


@row("feedback to presynaptic neurons")
def feedback(case: Case) -> Iterator[Comparison]:
    """A spike brings back the sum of its weights: whole sixteenths, whose sum is exact in any order."""
    for kind in MATRICES:
        model = case.model()
        source, beat = listening(case, model, 6)
        target = adder(case, model, "target", 5)
        whole = exists(kind, 6, 5)
        weights = np.where(whole, np.round(case.varied(30)[0].reshape(6, 5) * 16.0) / 16.0, 0).astype(case.dtype)
        rule = answering(case, pre_spike_syn_code="addToPost(g); addToPre(g);")
        references = {"V_post": case.engine.create_var_ref(target, "V")}
        init = case.engine.init_weight_update(rule, {}, {"g": weights[whole]}, post_var_refs=references)
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        listed(kind, group, whole)
        model.build()
        model.load()
        back = weights.sum(axis=1)
        voltage, forward = np.zeros((case.batch, 6), case.dtype), np.zeros((case.batch, 5), case.dtype)
        for step in range(8):
            model.step_time()
            arrived = fires(beat, step - 1) & (step > 0)
            voltage = voltage + np.where(arrived, back, 0)
            forward = forward + delivered(arrived, weights)
            yield f"{kind} V {step}", case.examples(source.vars["V"]), voltage
            yield f"{kind} forward {step}", case.examples(target.vars["V"]), forward
        yield f"{kind} W", case.examples(source.vars["W"]), np.full((case.batch, 6), 4.0)


@row("feedback of dynamics and postsynaptic spikes")
def feedback_into_input(case: Case) -> Iterator[Comparison]:
    """Into an input variable of the presynaptic neurons' own."""
    for kind in MATRICES:
        model = case.model()
        source, _ = listening(case, model, 6)
        target, answer = clockwork(case, model, "target", 4, seed=9)
        whole = exists(kind, 6, 4)
        weights = np.where(whole, np.arange(24.0).reshape(6, 4), 0.0)
        rule = case.engine.create_weight_update_model(
            "both",
            vars=[("g", "scalar", VarAccess.READ_ONLY)],
            synapse_dynamics_code="addToPre(0.25 * g);",
            post_spike_syn_code="addToPre(32.0 * g);",
        )
        init = case.engine.init_weight_update(rule, {}, {"g": weights[whole]})
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        group.pre_target_var = "Iback"
        group.back_prop_delay_steps = 1
        listed(kind, group, whole)
        model.build()
        model.load()
        total = np.zeros((case.batch, 6))
        for step in range(8):
            model.step_time()
            answered = fires(answer, step - 2) & (step > 1)
            total = total + 0.5 + 0.25 * weights.sum(axis=1) + 32.0 * delivered(answered, weights.T)
            yield f"{kind} W {step}", case.examples(source.vars["W"]), total
        yield f"{kind} V", case.examples(source.vars["V"]), np.zeros((case.batch, 6))


@row("feedback through a kernel")
def feedback_through_kernel(case: Case) -> Iterator[Comparison]:
    model = case.model()
    kernel = np.round(case.varied(3 * 3 * 2 * 3)[0] * 16.0).reshape(3, 3, 2, 3)
    sizes = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 4, "conv_iw": 5, "conv_ic": 2, "conv_oc": 3}
    rule = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 4, "conv_ow": 5})
    source, beat = listening(case, model, 40)
    target = adder(case, model, "target", 60)
    answer = answering(case, pre_spike_syn_code="addToPre(g + V_post); addToPost(1.0);")
    references = {"V_post": case.engine.create_var_ref(target, "V")}
    init = case.engine.init_weight_update(answer, {}, {"g": kernel.ravel()}, post_var_refs=references)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    model.add_synapse_population("s", "TOEPLITZ", source, target, init, delta, rule)
    model.build()
    model.load()
    weights = convolved(kernel, (4, 5), (4, 5), 1)
    ones = convolved(np.ones(kernel.shape), (4, 5), (4, 5), 1)
    voltage, forward = np.zeros((case.batch, 40)), np.zeros((case.batch, 60))
    for step in range(6):
        model.step_time()
        arrived = fires(beat, step - 1) & (step > 0)
        voltage = voltage + np.where(arrived, weights.sum(axis=1) + forward @ ones.T, 0.0)
        forward = forward + delivered(arrived, ones)
        yield f"V {step}", case.examples(source.vars["V"]), voltage
