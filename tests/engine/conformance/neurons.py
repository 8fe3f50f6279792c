"""Rows about neuron models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml_genn.access import VarAccess
from tests.engine.conformance.table import Case, Comparison, row

LIF = {"C": 0.2, "TauM": 20.0, "Vrest": -60.0, "Vreset": -60.0, "Vthresh": -50.0, "Ioffset": 0.0, "TauRefrac": 2.0}
EXP_REASON = "exp(-dt / TauM) is rounded to float in the engine and its effect grows over the steps"


@row("sim code, threshold and reset")
def sim_code(case: Case) -> Iterator[Comparison]:
    model = case.model()
    leaky = case.engine.create_neuron_model(
        "leaky",
        params=["threshold"],
        vars=[("V", "scalar"), ("count", "unsigned int")],
        sim_code="V = 0.5 * V + 1.0;",
        threshold_condition_code="V >= threshold",
        reset_code="V = 0.0; count++;",
    )
    start = case.varied(5)
    group = model.add_neuron_population("n", 5, leaky, {"threshold": 1.75}, {"V": case.spread(start), "count": 0})
    model.build()
    model.load()
    voltage, count = start.copy(), np.zeros(start.shape, int)
    for step in range(10):
        model.step_time()
        voltage = case.dtype(0.5) * voltage + case.dtype(1.0)
        fired = voltage >= 1.75
        voltage[fired] = 0.0
        count += fired
        yield f"V {step}", case.examples(group.vars["V"]), voltage
        yield f"count {step}", case.examples(group.vars["count"]), count


@row("built-in LIF", rtol={"float": 1e-5, "double": 1e-12}, reason=EXP_REASON)
def lif(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=0.5)
    start = case.varied(4, -60.0, -51.0)
    params = {**LIF, "Ioffset": 0.3}
    group = model.add_neuron_population("n", 4, "LIF", params, {"V": case.spread(start), "RefracTime": 0.0})
    model.build()
    model.load()
    voltage, refractory = start.astype(float), np.zeros(start.shape)
    decay = np.exp(-0.5 / 20.0)
    for step in range(40):
        model.step_time()
        waiting = refractory > 0.0
        settled = 0.3 * 20.0 / 0.2 - 60.0
        voltage = np.where(waiting, voltage, settled - decay * (settled - voltage))
        refractory = np.where(waiting, refractory - 0.5, refractory)
        fired = (refractory <= 0.0) & (voltage >= -50.0)
        voltage[fired], refractory[fired] = -60.0, 2.0
        yield f"V {step}", case.examples(group.vars["V"]), voltage
        yield f"RefracTime {step}", case.examples(group.vars["RefracTime"]), refractory


@row(
    "built-in Izhikevich",
    rtol={"float": 1e-3, "double": 1e-10},
    reason="the numpy lines round nothing to float, and V^2 multiplies a difference of 1e-7 in each of ten steps",
)
def izhikevich(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = case.varied(3, -70.0, -60.0)
    params = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0}
    group = model.add_neuron_population("n", 3, "Izhikevich", params, {"V": case.spread(start), "U": -14.0})
    model.add_current_source("dc", "DC", group, {"amp": 12.0}, {})
    model.build()
    model.load()
    voltage, recovery = start.astype(float), np.full(start.shape, -14.0)
    for step in range(10):
        model.step_time()
        reset = voltage >= 30.0
        voltage, recovery = np.where(reset, -65.0, voltage), np.where(reset, recovery + 8.0, recovery)
        for _ in range(2):
            voltage = voltage + 0.5 * (0.04 * voltage**2 + 5.0 * voltage + 140.0 - recovery + 12.0)
        recovery = recovery + 0.02 * (0.2 * voltage - recovery)
        voltage = np.minimum(voltage, 30.0)
        yield f"V {step}", case.examples(group.vars["V"]), voltage
        yield f"U {step}", case.examples(group.vars["U"]), recovery


@row("built-in Poisson")
def poisson(case: Case) -> Iterator[Comparison]:
    """1,000 neurons of 50 Hz for 200 ms: 10,000 spikes on average; five standard deviations are 500."""
    model = case.model()
    group = model.add_neuron_population("n", 1000, "Poisson", {"rate": 50.0}, {"timeStepToSpike": 0.0})
    group.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=220)
    model.step_time(220)
    model.pull_recording_buffers_from_device()
    for times, _ in group.spike_recording_data:
        settled = times[times >= 20.0]  # the first interval of all neurons begins at once
        yield "spikes", abs(len(settled) - 10_000) < 500, True
        first_half = np.sum(settled < 120.0)
        yield "evenly spread", abs(first_half - len(settled) / 2) < 300, True


@row("built-in SpikeSourceArray")
def spike_source_array(case: Case) -> Iterator[Comparison]:
    model = case.model()
    times = [0.0, 3.0, 3.0, 4.0, 7.0, 1.0, 2.0]
    group = model.add_neuron_population(
        "n", 3, "SpikeSourceArray", {}, {"startSpike": [0, 2, 5], "endSpike": [2, 5, 7]}
    )
    group.extra_global_params["spikeTimes"].set_init_values(times)
    group.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=9)
    model.step_time(9)
    model.pull_recording_buffers_from_device()
    for spike_times, ids in group.spike_recording_data:
        spikes = sorted(zip(spike_times.tolist(), ids.tolist(), strict=True))
        yield "spikes", spikes, [(0.0, 0), (1.0, 2), (2.0, 2), (3.0, 0), (3.0, 1), (4.0, 1), (7.0, 1)]


@row("automatic refractoriness")
def refractoriness(case: Case) -> Iterator[Comparison]:
    """Fires when V crosses 2, not while it stays above; V rises by 1 a step and falls to -3 once it passed 5."""
    model = case.model()
    start = np.round(case.varied(6) * 4.0)
    crossing = case.engine.create_neuron_model(
        "crossing",
        vars=[("V", "scalar"), ("count", "unsigned int")],
        sim_code="V += 1.0; if (V > 5.0) { V = -3.0; }",
        threshold_condition_code="V >= 2.0",
        reset_code="count++;",
        auto_refractory_required=True,
    )
    group = model.add_neuron_population("n", 6, crossing, {}, {"V": case.spread(start), "count": 0})
    model.build()
    model.load()
    voltage, count = start.copy(), np.zeros(start.shape, int)
    for step in range(15):
        model.step_time()
        above = voltage >= 2.0
        voltage = np.where(voltage + 1.0 > 5.0, -3.0, voltage + 1.0)
        count += (voltage >= 2.0) & ~above
        yield f"V {step}", case.examples(group.vars["V"]), voltage
        yield f"count {step}", case.examples(group.vars["count"]), count


@row("derived parameters")
def derived_parameters(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=0.25)
    derived = case.engine.create_neuron_model(
        "derived",
        params=["tau", ("scale", "int")],
        derived_params=[("step", lambda pars, dt: dt * pars["scale"]), ("half", lambda pars, dt: pars["tau"] / 2)],
        vars=[("V", "scalar")],
        sim_code="V += step + half;",
    )
    group = model.add_neuron_population("n", 2, derived, {"tau": 3.0, "scale": 4}, {"V": 0.0})
    model.build()
    model.load()
    model.step_time(3)
    yield "V", case.examples(group.vars["V"]), np.full((case.batch, 2), 3 * (1.0 + 1.5))


@row("integer and bool variables")
def integers(case: Case) -> Iterator[Comparison]:
    model = case.model()
    counting = case.engine.create_neuron_model(
        "counting",
        vars=[("byte", "uint8_t"), ("word", "int16_t"), ("flag", "bool"), ("wide", "unsigned int")],
        sim_code="byte += 100; word = -word; flag = !flag; wide = (wide << 1) | 1u;",
    )
    values = {"byte": [0, 200], "word": [-3, 5], "flag": [0, 1], "wide": [1, 0x80000000]}
    group = model.add_neuron_population("n", 2, counting, {}, values)
    model.build()
    model.load()
    model.step_time(3)
    for name, expected in {"byte": [44, 244], "word": [3, -5], "flag": [1, 0], "wide": [15, 7]}.items():
        yield name, case.examples(group.vars[name]).astype(np.int64), np.tile(expected, (case.batch, 1))


@row("variables shared by examples or neurons")
def shared(case: Case) -> Iterator[Comparison]:
    model = case.model()
    sharing = case.engine.create_neuron_model(
        "sharing",
        vars=[
            ("V", "scalar"),
            ("per_neuron", "scalar", VarAccess.READ_ONLY),
            ("per_both", "scalar", VarAccess.READ_ONLY_DUPLICATE),
            ("per_example", "scalar", VarAccess.READ_ONLY_SHARED_NEURON),
        ],
        sim_code="V += per_neuron + 8.0 * per_both + 64.0 * per_example;",
    )
    neuron = np.arange(4.0)
    both = np.arange(case.batch * 4.0).reshape(case.batch, 4)
    example = np.arange(1.0, 1.0 + case.batch).reshape(case.batch, 1)
    values = {"V": 0.0, "per_neuron": neuron, "per_both": case.spread(both), "per_example": case.spread(example)}
    group = model.add_neuron_population("n", 4, sharing, {}, values)
    model.build()
    model.load()
    model.step_time(2)
    yield "V", case.examples(group.vars["V"]), 2.0 * (neuron + 8.0 * both + 64.0 * example)
    shapes = [group.vars[name].view.shape for name in values]
    batched = [(4,), (4,), (4,), (1,)] if case.batch == 1 else [(5, 4), (4,), (5, 4), (5, 1)]
    yield "shapes", str(shapes), str(batched)


@row("additional input variables")
def additional_inputs(case: Case) -> Iterator[Comparison]:
    model = case.model()
    product = case.engine.create_neuron_model(
        "product",
        vars=[("V", "scalar")],
        additional_input_vars=[("Gate", "scalar", 1.0), ("Unused", "scalar", -2.0)],
        sim_code="V = Isyn * Gate + Unused;",
    )
    group = model.add_neuron_population("n", 3, product, {}, {"V": 0.0})
    model.add_current_source("isyn", "DC", group, {"amp": 3.0}, {})
    model.add_current_source("gate", "DC", group, {"amp": 4.0}, {}).target_var = "Gate"
    model.build()
    model.load()
    model.step_time(2)
    yield "V", case.examples(group.vars["V"]), np.full((case.batch, 3), 3.0 * (1.0 + 4.0) - 2.0)


@row("time and indices")
def time_and_indices(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=0.5)
    telling = case.engine.create_neuron_model(
        "telling",
        vars=[("time", "scalar"), ("index", "unsigned int"), ("size", "unsigned int"), ("step", "scalar")],
        sim_code="time = t; index = id; size = num_neurons; step = dt;",
    )
    zero = {"time": 0.0, "index": 0, "size": 0, "step": 0.0}
    group = model.add_neuron_population("n", 3, telling, {}, zero)
    model.build()
    model.load()
    model.step_time(4)
    yield "t", case.examples(group.vars["time"]), np.full((case.batch, 3), 1.5)
    yield "id", case.examples(group.vars["index"]), np.tile([0, 1, 2], (case.batch, 1))
    yield "num_neurons", case.examples(group.vars["size"]), np.full((case.batch, 3), 3)
    yield "dt", case.examples(group.vars["step"]), np.full((case.batch, 3), 0.5)
    yield "model.t", (model.t, model.timestep), (2.0, 4)
    model.timestep = 0
    model.step_time(1)
    yield "t of the next trial", case.examples(group.vars["time"]), np.zeros((case.batch, 3))
