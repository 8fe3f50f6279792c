"""Times of kernels: what is measured, that measuring changes nothing, and what must be asked for before."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest

from ml_genn.access import VarAccess
from ml_genn.engines.embedded import (
    GeNNModel,
    create_custom_update_model,
    create_neuron_model,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_var,
    init_weight_update,
)
from ml_genn.errors import DescriptionError

NEURONS = create_neuron_model(
    "neurons",
    vars=[("V", "scalar")],
    sim_code="V += Isyn + 1.0;",
    threshold_condition_code="V >= 3.0",
    reset_code="V = 0.0;",
)
SYNAPSES = create_weight_update_model(
    "synapses",
    vars=[("g", "scalar", VarAccess.READ_ONLY), ("x", "scalar")],
    pre_spike_syn_code="addToPost(g);",
    post_spike_syn_code="x += 1.0;",
    synapse_dynamics_code="x *= 0.5;",
)
HALVING = create_custom_update_model("halving", var_refs=[("V", "scalar")], update_code="V *= 0.5;")
STEP_TIMES = ("neuron_update_time", "presynaptic_update_time", "postsynaptic_update_time", "synapse_dynamics_time")


def model(backend: str, *, timed: bool) -> tuple[GeNNModel, Any, Any]:
    whole = GeNNModel("float", "m", backend, num_threads=2)
    whole.batch_size, whole.seed, whole.timing_enabled = 3, 5, timed
    source, target = (whole.add_neuron_population(name, 30, NEURONS, {}, {"V": 0.0}) for name in "ab")
    weights = init_var("Uniform", {"min": 0.0, "max": 0.1})
    init = init_weight_update(SYNAPSES, {}, {"g": weights, "x": 8.0})
    group = whole.add_synapse_population("s", "DENSE", source, target, init, init_postsynaptic("DeltaCurr"))
    whole.add_custom_update("halve", "Halve", HALVING, {}, {}, {"V": create_var_ref(target, "V")})
    whole.build()
    whole.load()
    return whole, target, group


@pytest.mark.parametrize("backend", ["reference", "embedded"])
def test_each_kind_of_kernel_has_its_time(backend: str) -> None:
    begun = perf_counter()
    whole, target, group = model(backend, timed=True)
    recording = whole.record_variable(target.vars["V"], 20)
    whole.step_time(15)
    times = [getattr(whole, name) for name in STEP_TIMES]
    assert min(times) > 0.0
    whole.step_time(5)
    whole.custom_update("Halve")
    assert all(getattr(whole, name) > time for name, time in zip(STEP_TIMES, times, strict=True))
    assert whole.init_time > 0.0
    assert whole.init_sparse_time == 0.0
    assert whole.get_custom_update_time("Halve") > 0.0
    assert whole.get_custom_update_time("Other") == 0.0
    total = sum(getattr(whole, name) for name in (*STEP_TIMES, "init_time")) + whole.get_custom_update_time("Halve")
    assert total < 2 * (perf_counter() - begun)  # two threads

    plain, same, synapses = model(backend, timed=False)
    again = plain.record_variable(same.vars["V"], 20)
    plain.step_time(20)
    assert np.array_equal(recording.values, again.values)
    assert np.array_equal(group.vars["x"].view, synapses.vars["x"].view)


def test_times_begin_anew_with_each_load() -> None:
    whole, _, _ = model("embedded", timed=True)
    whole.step_time(5)
    whole.unload()
    whole.load()
    assert whole.neuron_update_time == 0.0


def test_what_was_not_measured_is_an_error() -> None:
    whole, _, _ = model("embedded", timed=False)
    assert not whole.timing_enabled
    with pytest.raises(DescriptionError, match="m: set timing_enabled before loading the model"):
        _ = whole.neuron_update_time
