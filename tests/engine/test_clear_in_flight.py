"""A trial that begins after `clear_in_flight` is the one that a freshly loaded model runs."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_weight_update_model,
    init_postsynaptic,
    init_weight_update,
)

FIRING = create_neuron_model(
    "firing",
    vars=[("V", "scalar")],
    sim_code="V += Isyn + 0.3;",
    threshold_condition_code="V > 1.0",
    reset_code="V = 0.0;",
)
LEAVING = create_weight_update_model(
    "leaving",
    vars=[("since", "scalar")],
    pre_spike_syn_code="addToPre(0.25); addToPostDelay(0.5, 3); since = st_pre - prev_st_pre + st_post;",
    post_spike_syn_code="addToPre(0.125);",
    post_event_threshold_condition_code="1",
    post_event_syn_code="since += set_post;",
)


@pytest.mark.parametrize("backend", ["reference", "embedded"])
def test_the_next_trial_starts_afresh(backend: str) -> None:
    model = GeNNModel("double", "m", backend)
    source = model.add_neuron_population("a", 3, FIRING, {}, {"V": np.array([0.0, 0.5, 0.75])})
    target = model.add_neuron_population("b", 2, FIRING, {}, {"V": 0.0})
    init = init_weight_update(LEAVING, {}, {"since": 0.0})
    group = model.add_synapse_population("s", "DENSE", source, target, init, init_postsynaptic("DeltaCurr"))
    group.axonal_delay_steps, group.max_dendritic_delay_timesteps = 2, 4
    model.build()
    model.load()
    trials = []
    for _ in range(2):
        model.clear_in_flight()
        model.timestep = 0
        source.vars["V"].values = [0.0, 0.5, 0.75]
        target.vars["V"].values = 0.0
        group.vars["since"].values = 0.0
        trial = []
        for _ in range(9):
            model.step_time()
            trial.append([source.vars["V"].values, target.vars["V"].values, group.vars["since"].values])
        trials.append(trial)
    for first, second in zip(*trials, strict=True):
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, other)
    assert np.any(trials[0][-1][2] != 0.0)
