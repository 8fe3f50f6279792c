"""What a model says to a mistake in what it is made for, and when: built, loaded, stepped, recorded."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded import GeNNModel
from ml_genn.errors import DescriptionError, ShapeError

from .mistakes import SPIKE, Mistakes, after_build, check_told, loaded, model, neurons, one_population, synapses

MISTAKES: Mistakes = {
    "backend": (lambda: GeNNModel(backend="cuda"), DescriptionError, r"GeNNModel: backend 'cuda' is not known"),
    "precision": (
        lambda: (whole := GeNNModel("half"), whole.add_neuron_population("n", 1, SPIKE), whole.build()),
        DescriptionError,
        r"precision must be 'float' or 'double', not 'half'",
    ),
    "threads": (lambda: model(num_threads=0), DescriptionError, r"m: num_threads must be at least 1, got 0"),
    "dt": (lambda: setattr(model(), "dt", 0.0), DescriptionError, r"m: dt must be positive, got 0.0"),
    "batch size": (
        lambda: setattr(model(), "batch_size", 0),
        DescriptionError,
        r"m: batch_size must be at least 1, got 0",
    ),
    "load before build": (lambda: model().load(), DescriptionError, r"m: build\(\) the model before loading it"),
    "step before load": (
        lambda: model().step_time(),
        DescriptionError,
        r"the model is not loaded; call build\(\) and load\(\) first",
    ),
    "unload before load": (lambda: model().unload(), DescriptionError, r"the model is not loaded"),
    "view before load": (
        lambda: one_population()[1].vars["x"].view,
        DescriptionError,
        r"neurons.n.x: load the model before using its arrays",
    ),
    "build twice": (after_build(lambda whole, _: whole.build()), DescriptionError, r"m: the model is already built"),
    "load twice": (
        lambda: loaded(one_population()[0]).load(),
        DescriptionError,
        r"m: the model is already loaded; unload\(\) it first",
    ),
    "dt after build": (
        after_build(lambda whole, _: setattr(whole, "dt", 2.0)),
        DescriptionError,
        r"m: dt must be set or added before build",
    ),
    "population after build": (
        after_build(lambda whole, _: whole.add_neuron_population("late", 1, SPIKE)),
        DescriptionError,
        r"m: late must be set or added before build\(\)",
    ),
    "recording length": (
        lambda: (pair := one_population(), setattr(pair[1], "spike_recording_enabled", True), loaded(pair[0])),
        DescriptionError,
        r"m: n is recorded; give load\(num_recording_timesteps=...\) at least 1",
    ),
    "recording off": (
        lambda: loaded((pair := one_population())[0]) and pair[1].spike_recording_data,
        DescriptionError,
        r"n: set spike_recording_enabled before",
    ),
    "recording on too late": (
        lambda: (
            whole := loaded((pair := one_population())[0]),
            setattr(pair[1], "spike_recording_enabled", True),
            pair[1].spike_recording_data,
            whole,
        ),
        DescriptionError,
        "recording was not enabled when the model was loaded",
    ),
    "events not recorded": (
        lambda: synapses()[1].pre_spike_event_recording_data,
        DescriptionError,
        r"s: set a.spike_event_recording_enabled before loading the model",
    ),
    "static parameter": (
        lambda: (
            whole := model(),
            group := whole.add_neuron_population("p", 1, "Poisson", {"rate": 1.0}, {"timeStepToSpike": 0.0}),
            loaded(whole),
            group.set_dynamic_param_value("rate", 2.0),
        ),
        DescriptionError,
        r"p: parameter 'rate' is not dynamic; call set_param_dynamic\('rate'\) before building",
    ),
    "dynamic parameter name": (
        lambda: neurons(1, "Poisson", params={"rate": 1.0}, vars={"timeStepToSpike": 0.0}).set_param_dynamic("rat"),
        DescriptionError,
        r"n: parameter 'rat' is not known \(did you mean 'rate'",
    ),
    "custom update group": (
        lambda: loaded(one_population()[0]).custom_update("Reset"),
        DescriptionError,
        r"m: custom update group 'Reset' is not known",
    ),
    "extra global parameter without values": (
        lambda: (
            whole := model(),
            whole.add_neuron_population("s", 1, "SpikeSourceArray", {}, {"startSpike": 0, "endSpike": 0}),
            loaded(whole),
        ),
        DescriptionError,
        r"neurons.s.spikeTimes: call set_init_values before loading the model",
    ),
    "extra global parameter of one number": (
        lambda: (
            neurons(1, "SpikeSourceArray", vars={"startSpike": 0, "endSpike": 0})
            .extra_global_params["spikeTimes"]
            .set_init_values(1.0)
        ),
        DescriptionError,
        r"neurons.n.spikeTimes: an extra global parameter needs an array, got 1.0",
    ),
    "values of wrong shape": (
        lambda: (pair := one_population(), loaded(pair[0]), setattr(pair[1].vars["x"], "values", np.zeros(5))),
        ShapeError,
        r"neurons.n.x: values must have shape \(3,\), got \(5,\)",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    check_told(*MISTAKES[mistake])
