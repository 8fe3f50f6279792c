"""Many steps are one foreign call: Python does as much for a thousand steps as for one."""

from __future__ import annotations

import sys
from types import FrameType

from ml_genn.engines.embedded import GeNNModel, init_postsynaptic, init_weight_update


def network() -> GeNNModel:
    model = GeNNModel("float", "frames", num_threads=2)
    source = model.add_neuron_population("source", 50, "Poisson", {"rate": 50.0}, {"timeStepToSpike": 0.0})
    lif = {"C": 0.2, "TauM": 20.0, "Vrest": -60.0, "Vreset": -60.0, "Vthresh": -50.0, "Ioffset": 0.0, "TauRefrac": 2.0}
    target = model.add_neuron_population("target", 20, "LIF", lif, {"V": -60.0, "RefracTime": 0.0})
    target.spike_recording_enabled = True
    pulse = init_weight_update("StaticPulse", {}, {"g": 0.1})
    model.add_synapse_population("s", "DENSE", source, target, pulse, init_postsynaptic("ExpCurr", {"tau": 5.0}))
    model.build()
    model.load(num_recording_timesteps=1000)
    return model


def frames(model: GeNNModel, steps: int) -> int:
    """Python functions entered during one call."""
    count = 0

    def profile(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        model.step_time(steps)
    finally:
        sys.setprofile(None)
    return count


def test_a_thousand_steps_enter_no_more_functions_than_one() -> None:
    model = network()
    model.step_time(1)
    assert frames(model, 1000) <= frames(model, 1) <= 30  # 25 of our own: clock, schedule, timers, recording
