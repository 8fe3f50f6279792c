"""A loaded model whose arrays get another length goes on as if they had always had it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import GeNNModel, create_neuron_model, init_postsynaptic, init_weight_update
from ml_genn.errors import DescriptionError

WRITING = create_neuron_model(
    "writing",
    params=[("Room", "int"), "Step"],
    vars=[("V", "scalar"), ("Count", "int")],
    extra_global_params=[("Last", "scalar*")],
    sim_code="V += Isyn + (Step * gennrand_uniform());",
    threshold_condition_code="V > 1.0",
    reset_code="if (Count < Room) {\n    Last[(Count * num_neurons) + id] = t;\n}\nCount++;\nV = 0.0;",
)


def make(backend: str, room: int) -> tuple[GeNNModel, Any]:
    model = GeNNModel("double", "m", backend)
    model.seed = 3
    group = model.add_neuron_population("n", 4, WRITING, {"Room": room, "Step": 0.5}, {"V": 0.0, "Count": 0})
    group.set_param_dynamic("Room")
    group.spike_recording_enabled = True
    init = init_weight_update("StaticPulseConstantWeight", {"g": 0.25})
    synapses = model.add_synapse_population("s", "DENSE", group, group, init, init_postsynaptic("DeltaCurr"))
    synapses.axonal_delay_steps = 2
    group.extra_global_params["Last"].set_init_values(np.zeros(4 * room))
    model.build()
    model.load(num_recording_timesteps=50)
    return model, group


@pytest.mark.parametrize("backend", ["reference", "embedded"])
def test_it_goes_on_where_it_was(backend: str) -> None:
    found = []
    for first in (20, 3):
        model, group = make(backend, first)
        recording = model.record_variable(group.vars["V"], 50)
        model.step_time(20)
        if first < 20:
            assert group.vars["Count"].view.max() > first
            group.extra_global_params["Last"].set_init_values(np.zeros(80))
            model.reload()
            group.set_dynamic_param_value("Room", 20)
        model.step_time(20)
        model.pull_recording_buffers_from_device()
        times, ids = group.spike_recording_data[0]
        found.append((recording.values, times, ids, group.vars["Count"].view.copy(), model.timestep))
        assert group.extra_global_params["Last"].view.shape == (80,)
        model.unload()
        assert recording.num_steps == 40
    for long, short in zip(*found, strict=True):
        np.testing.assert_array_equal(short, long)


def test_only_a_loaded_model_is_reloaded() -> None:
    model = make("embedded", 3)[0]
    model.unload()
    with pytest.raises(DescriptionError, match="the model is not loaded"):
        model.reload()
