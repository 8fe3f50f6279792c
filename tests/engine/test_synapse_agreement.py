"""Code at synapses gives the same bits on both engines and for any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_weight_update_model,
    init_postsynaptic,
    init_sparse_connectivity,
    init_toeplitz_connectivity,
    init_weight_update,
)
from tests.engine.agreement import equal_bits

SIZES = (36, 27)
CONV = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 4, "conv_iw": 3, "conv_ic": 3}
CONV |= {"conv_oh": 3, "conv_ow": 3, "conv_oc": 3}

FIRING = create_neuron_model(
    "firing",
    vars=[("V", "scalar")],
    sim_code="V = gennrand_uniform() + 0.01 * Isyn;",
    threshold_condition_code="V > 0.9",
    reset_code="V -= 1.0;",
)

EVERYTHING = {
    "pre_vars": [("trace_pre", "scalar")],
    "post_vars": [("trace_post", "scalar")],
    "pre_neuron_var_refs": [("V_pre", "scalar")],
    "post_neuron_var_refs": [("V_post", "scalar")],
    "pre_event_threshold_condition_code": "trace_pre > 0.5",
    "pre_event_syn_code": "addToPost(0.25 * V_pre); maxToPost(-g);",
    "pre_spike_code": "trace_pre += gennrand_uniform();",
    "pre_dynamics_code": "trace_pre *= 0.75;",
    "post_spike_code": "trace_post += 1.0;",
    "post_dynamics_code": "trace_post *= 0.5;",
}

CHANGING = {
    "synapse_dynamics_code": """
        x += V_post[delay] * trace_post[7] - 0.001 * gennrand_uniform();
        if (x > 2.0) { x -= 1.0; addToPre(x); addToPostDelay(x, delay); }
    """,
    "pre_spike_syn_code": """
        const scalar drawn = gennrand_uniform();
        addToPostDelay(g * drawn, (unsigned int)delay + id_post);
        addToPre(0.5 * drawn);
        x = prev_st_pre > 0.0 ? 0.001 * (st_pre - prev_st_pre) : x * trace_post[(int)id_pre - 20];
    """,
    "post_event_threshold_condition_code": "trace_post > 1.25",
    "post_event_syn_code": "x += 0.5 * trace_pre; addToPre(0.01 * x);",
    "post_spike_syn_code": "x += 0.25 * gennrand_uniform() + 0.001 * (t - set_post);",
}

FIXED = {"pre_spike_syn_code": "addToPostDelay(g * gennrand_uniform(), (unsigned int)delay); addToPre(V_post[delay]);"}


def state(backend: str, kind: str, threads: int, batch: int = 3) -> dict[str, np.ndarray]:
    """All numbers after some steps; `delay` goes far beyond the longest one."""
    model = GeNNModel("float", "m", backend, num_threads=threads)
    model.batch_size, model.seed = batch, 17
    source = model.add_neuron_population("a", SIZES[0], FIRING, {}, {"V": 0.0})
    target = model.add_neuron_population("b", SIZES[1], FIRING, {}, {"V": 0.0})
    toeplitz = kind == "TOEPLITZ"
    synapses = CONV["conv_kh"] * CONV["conv_kw"] * CONV["conv_ic"] * CONV["conv_oc"] if toeplitz else 1
    rng = np.random.default_rng(3)
    values: dict[str, Any] = {"g": 0.25, "delay": 3, "x": 0.0}
    if toeplitz:
        values = {"g": rng.uniform(-1, 1, synapses), "delay": rng.integers(0, 255, synapses), "x": 0.0}
    rule = create_weight_update_model(
        "everything",
        vars=[("g", "scalar"), ("delay", "uint8_t"), ("x", "scalar")],
        **EVERYTHING,
        **(FIXED if toeplitz else CHANGING),  # type: ignore[arg-type]
    )
    init = init_weight_update(
        rule, {}, values, {"trace_pre": 0.0}, {"trace_post": 0.0}, {"V_pre": "V"}, {"V_post": "V"}
    )
    connectivity = {
        "DENSE": None,
        "SPARSE": init_sparse_connectivity("FixedProbability", {"prob": 0.4}),
        "TOEPLITZ": init_toeplitz_connectivity("Conv2D", CONV),
    }[kind]
    group = model.add_synapse_population("s", kind, source, target, init, init_postsynaptic("DeltaCurr"), connectivity)
    group.max_dendritic_delay_timesteps = 4
    group.axonal_delay_steps, group.back_prop_delay_steps = 2, 1
    model.build()
    model.load()
    model.step_time(30)
    return {
        "V": source.vars["V"].values,
        "V_post": target.vars["V"].values,
        "trace_pre": group.pre_vars["trace_pre"].values,
        "trace_post": group.post_vars["trace_post"].values,
        "x": group.vars["x"].values,
    }


@pytest.mark.parametrize("kind", ["DENSE", "SPARSE", "TOEPLITZ"])
def test_synapse_code_agrees(kind: str) -> None:
    expected = state("reference", kind, 1)
    assert all(np.isfinite(values).all() for values in expected.values())
    assert np.unique(expected["V_post"]).size > 10
    for threads in (1, 2, 7):
        for name, values in state("embedded", kind, threads).items():
            assert equal_bits(values, expected[name]), f"{name} with {threads} threads"
