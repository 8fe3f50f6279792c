"""Rows about initial values, parameters and running a model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, fires
from tests.engine.conformance.synapses import pulse
from tests.engine.conformance.table import Case, Comparison, row


@row("constant, array and uninitialised values")
def values(case: Case) -> Iterator[Comparison]:
    model = case.model()
    holding = case.engine.create_neuron_model(
        "holding", vars=[("a", "scalar"), ("b", "scalar"), ("c", "scalar"), ("d", "int"), ("e", "scalar")]
    )
    both = case.varied(4)
    initial = {
        "a": 1.5,
        "b": [1.0, 2.0, 3.0, 4.0],
        "c": case.spread(both),
        "d": np.array([1, -2, 3, 4]),
        "e": case.engine.init_var("Constant", {"constant": -0.5}),
    }
    group = model.add_neuron_population("n", 4, holding, {}, initial)
    model.build()
    group.vars["b"].set_init_values(np.array([4.0, 3.0, 2.0, 1.0]))
    model.load()
    for name, expected in {"a": 1.5, "b": [4.0, 3.0, 2.0, 1.0], "c": both, "d": [1, -2, 3, 4], "e": -0.5}.items():
        yield name, case.examples(group.vars[name]), np.broadcast_to(expected, (case.batch, 4))


@row("uniform and normal values")
def random_values(case: Case) -> Iterator[Comparison]:
    """40,000 draws of each: standard errors of the means below 0.015; five of them."""
    model = case.model()
    holding = case.engine.create_neuron_model("holding", vars=[(name, "scalar") for name in "ance"])
    init = case.engine.init_var
    initial = {
        "a": init("Uniform", {"min": -2.0, "max": 4.0}),
        "n": init("Normal", {"mean": 3.0, "sd": 2.0}),
        "c": init("NormalClipped", {"mean": 0.0, "sd": 1.0, "min": -0.5, "max": 1.0}),
        "e": init("Exponential", {"lambda": 2.0}),
    }
    group = model.add_neuron_population("n", 40_000, holding, {}, initial)
    model.build()
    model.load()
    drawn = {name: case.examples(group.vars[name])[-1] for name in initial}
    yield "uniform", abs(drawn["a"].mean() - 1.0) < 0.05 and abs(drawn["a"].std() - np.sqrt(3.0)) < 0.03, True
    yield "uniform range", drawn["a"].min() > -2.001 and drawn["a"].max() < 4.001, True
    yield "normal", abs(drawn["n"].mean() - 3.0) < 0.05 and abs(drawn["n"].std() - 2.0) < 0.04, True
    yield "clipped range", drawn["c"].min() >= -0.5 and drawn["c"].max() <= 1.0, True
    # mean of a normal cut to [-0.5, 1]: (pdf(-0.5) - pdf(1)) / (cdf(1) - cdf(-0.5))
    yield "clipped mean", abs(drawn["c"].mean() - 0.2067) < 0.01, True
    yield "exponential", abs(drawn["e"].mean() - 2.0) < 0.05 and drawn["e"].min() >= 0.0, True
    yield "variables differ", np.corrcoef(drawn["a"], drawn["n"])[0, 1] < 0.025, True


@row("gamma and binomial values")
def skewed_values(case: Case) -> Iterator[Comparison]:
    """40,000 draws of each: five standard errors of means and variances."""
    model = case.model(dt=0.5)
    holding = case.engine.create_neuron_model("holding", vars=[(name, "scalar") for name in "gbd"])
    init = case.engine.init_var
    initial = {
        "g": init("Gamma", {"a": 2.5, "b": 3.0}),
        "b": init("Binomial", {"n": 12, "p": 0.25}),
        "d": init("NormalClippedDelay", {"mean": 2.0, "sd": 1.0, "min": 0.0, "max": 3.0}),
    }
    group = model.add_neuron_population("n", 40_000, holding, {}, initial)
    model.build()
    model.load()
    drawn = {name: case.examples(group.vars[name])[-1].astype(float) for name in initial}
    yield "gamma mean", abs(drawn["g"].mean() - 7.5) < 5.0 * np.sqrt(22.5 / 40_000), True
    yield "gamma variance", abs(drawn["g"].var() - 22.5) < 1.4, True  # fourth moment: (3 + 6 / a) variance^2
    yield "binomial mean", abs(drawn["b"].mean() - 3.0) < 5.0 * np.sqrt(2.25 / 40_000), True
    yield "binomial values", np.unique(drawn["b"] % 1.0).tolist() == [0.0] and drawn["b"].max() <= 12.0, True
    yield "delays", np.unique(drawn["d"]), np.arange(7.0)  # timesteps of 0.5 ms


@row("extra global parameters of initial values")
def tables_of_values(case: Case) -> Iterator[Comparison]:
    model = case.model()
    looked_up = case.engine.create_var_init_snippet(
        "looked_up", extra_global_params=[("table", "scalar*")], var_init_code="value = 2.0 * table[id];"
    )
    holding = case.engine.create_neuron_model("holding", vars=[("x", "scalar"), ("y", "scalar")])
    both = case.engine.init_var(looked_up)
    group = model.add_neuron_population("n", 4, holding, {}, {"x": both, "y": both})
    for name, values in (("x", np.arange(4.0)), ("y", np.arange(4.0) * 8.0)):
        group.vars[name].extra_global_params["table"].set_init_values(values)
    model.build()
    model.load()
    yield "x", case.examples(group.vars["x"]), np.tile(np.arange(4.0) * 2.0, (case.batch, 1))
    yield "y", case.examples(group.vars["y"]), np.tile(np.arange(4.0) * 16.0, (case.batch, 1))


@row("custom initialisation snippet")
def snippet(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=0.5)
    starting = case.engine.create_var_init_snippet(
        "starting",
        params=["slope"],
        derived_params=[("offset", lambda pars, dt: pars["slope"] * dt)],
        var_init_code="value = slope * (scalar)id + offset + (scalar)num_neurons;",
    )
    holding = case.engine.create_neuron_model("holding", vars=[("V", "scalar")])
    group = model.add_neuron_population("n", 5, holding, {}, {"V": case.engine.init_var(starting, {"slope": 0.25})})
    model.build()
    model.load()
    yield "V", case.examples(group.vars["V"]), np.tile(np.arange(5.0) * 0.25 + 0.125 + 5.0, (case.batch, 1))


@row("initialisation of synapses")
def synapse_snippet(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, target = adder(case, model, "source", 4), adder(case, model, "target", 3)
    place = case.engine.create_var_init_snippet(
        "place", var_init_code="value = (scalar)(id_pre * 10 + id_post) + 100.0 * (scalar)num_post;"
    )
    delta = case.engine.init_postsynaptic("DeltaCurr")
    init = pulse(case, case.engine.init_var(place))
    dense = model.add_synapse_population("d", "DENSE", source, target, init, delta)
    sparse = model.add_synapse_population("s", "SPARSE", source, target, init, delta)
    sparse.set_sparse_connections([3, 0, 3], [2, 1, 0])
    model.build()
    model.load()
    for group in (dense, sparse):
        group.vars["g"].pull_from_device()
    pre, post = np.divmod(np.arange(12), 3)
    yield "dense", np.array(dense.vars["g"].view), 300.0 + 10.0 * pre + post
    yield "sparse", np.array(sparse.vars["g"].values), np.array([301.0, 330.0, 332.0])


@row("dynamic parameters")
def dynamic_parameters(case: Case) -> Iterator[Comparison]:
    model = case.model()
    growing = case.engine.create_neuron_model(
        "growing", params=["rate"], vars=[("V", "scalar")], sim_code="V += rate + Isyn;"
    )
    spiking = case.engine.create_neuron_model("spiking", threshold_condition_code="1")
    source = model.add_neuron_population("source", 2, spiking)
    group = model.add_neuron_population("n", 3, growing, {"rate": 1.0}, {"V": 0.0})
    current = model.add_current_source("dc", "DC", group, {"amp": 8.0}, {})
    gain = case.engine.create_postsynaptic_model(
        "gain", params=["gain"], sim_code="injectCurrent(gain * inSyn); inSyn = 0.0;"
    )
    weight = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 64.0})
    synapses = model.add_synapse_population(
        "s", "DENSE", source, group, weight, case.engine.init_postsynaptic(gain, {"gain": 1.0})
    )
    adding = case.engine.create_custom_update_model(
        "adding", params=["extra"], var_refs=[("V", "scalar")], update_code="V = extra;"
    )
    update = model.add_custom_update(
        "adding", "Add", adding, {"extra": 0.0}, {}, {"V": case.engine.create_var_ref(group, "V")}
    )
    group.set_param_dynamic("rate")
    current.set_param_dynamic("amp")
    synapses.set_wu_param_dynamic("g")
    synapses.set_ps_param_dynamic("gain")
    update.set_param_dynamic("extra")
    model.build()
    model.load()
    model.step_time(2)
    yield "V", case.examples(group.vars["V"]), np.full((case.batch, 3), 2.0 * (1.0 + 8.0) + 128.0)
    group.set_dynamic_param_value("rate", 2.0)
    current.set_dynamic_param_value("amp", -1.0)
    synapses.set_dynamic_param_value("g", 32.0)
    synapses.set_dynamic_param_value("gain", 0.5)
    update.set_dynamic_param_value("extra", 7.0)
    model.custom_update("Add")
    model.step_time()
    yield "V after changes", case.examples(group.vars["V"]), np.full((case.batch, 3), 7.0 + 2.0 - 1.0 + 32.0)


@row("spike recording")
def spike_recording(case: Case) -> Iterator[Comparison]:
    model = case.model(dt=1.0)
    group, beat = clockwork(case, model, "n", 70)
    group.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=5)
    for trial in range(2):
        for first in (0, 5):  # the recording holds the last five steps
            model.step_time(5)
            model.pull_recording_buffers_from_device()
            for example, (times, ids) in enumerate(group.spike_recording_data):
                fired = np.array([fires(beat, step)[example] for step in range(first, first + 5)])
                step, neuron = np.nonzero(fired)
                order = np.lexsort((ids, times))  # PyGeNN lists the spikes of a step in another order
                yield f"times {trial} {first}", np.array(times)[order], first + step.astype(float)
                yield f"ids {trial} {first}", np.array(ids)[order], neuron
        model.timestep = 0


@row("event recording")
def event_recording(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(40) * 4.0)
    ramp = case.engine.create_neuron_model("ramp", vars=[("V", "scalar")], sim_code="V += 1.0;")
    source = model.add_neuron_population("source", 40, ramp, {}, {"V": case.spread(start)})
    target = adder(case, model, "target", 2)
    flagging = case.engine.create_weight_update_model(
        "flagging",
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_event_threshold_condition_code="V_pre > 2.0",
        pre_event_syn_code="addToPost(1.0);",
    )
    init = case.engine.init_weight_update(
        flagging, {}, {}, pre_var_refs={"V_pre": case.engine.create_var_ref(source, "V")}
    )
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    source.spike_event_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=6)
    model.step_time(6)
    model.pull_recording_buffers_from_device()
    for example, (times, ids) in enumerate(group.pre_spike_event_recording_data):
        step, neuron = np.nonzero([start[example] + step + 1 > 2.0 for step in range(6)])
        order = np.lexsort((ids, times))
        yield "times", np.array(times)[order], step.astype(float)
        yield "ids", np.array(ids)[order], neuron


@row("many steps in one call")
def many_steps(case: Case) -> Iterator[Comparison]:
    """The same network, stepped one by one and all at once."""
    results = []
    for calls in ([1] * 12, [5, 7], [12]):
        model = case.model()
        source, _ = clockwork(case, model, "source", 9)
        target = adder(case, model, "target", 4)
        init = pulse(case, case.varied(36)[0])
        group = model.add_synapse_population(
            "s", "DENSE", source, target, init, case.engine.init_postsynaptic("ExpCurr", {"tau": 2.0})
        )
        group.axonal_delay_steps = 2
        model.add_current_source("noise", "GaussianNoise", target, {"mean": 0.0, "sd": 0.1}, {})
        model.build()
        model.load()
        for steps in calls:
            model.step_time(steps)
        results.append(case.examples(target.vars["V"]))
    yield "twice", results[1], results[0]
    yield "at once", results[2], results[0]


@row("exact trials")
def exact_trials(case: Case) -> Iterator[Comparison]:
    """After `clear_in_flight` nothing of the trial before is left but what variables hold."""
    model = case.model()
    source, _ = clockwork(case, model, "source", 9)
    target = adder(case, model, "target", 4)
    weights = np.arange(36.0)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    for delay in (0, 2):
        group = model.add_synapse_population(f"s{delay}", "DENSE", source, target, pulse(case, weights), delta)
        group.axonal_delay_steps = delay
    summing = case.engine.create_postsynaptic_model("holding", sim_code="injectCurrent(inSyn);")
    model.add_synapse_population(
        "kept", "DENSE", source, target, pulse(case, weights), case.engine.init_postsynaptic(summing)
    )
    model.build()
    model.load()
    trials = []
    for _ in range(3):
        model.timestep = 0
        target.vars["V"].view[:] = 0.0
        target.vars["V"].push_to_device()
        model.step_time(7)
        trials.append(case.examples(target.vars["V"]))
        model.clear_in_flight()
    yield "second trial", trials[1], trials[0]
    yield "third trial", trials[2], trials[0]
    yield "something happened", trials[0].min() > 0.0, True


@row("unload and load")
def unload_and_load(case: Case) -> Iterator[Comparison]:
    model = case.model()
    holding = case.engine.create_neuron_model("counting", vars=[("V", "scalar")], sim_code="V += 1.0;")
    group = model.add_neuron_population("n", 3, holding, {}, {"V": 4.0})
    model.build()
    for _ in range(2):
        model.load()
        yield "start", (model.timestep, case.examples(group.vars["V"]).max()), (0, 4.0)
        model.step_time(3)
        yield "end", (model.timestep, case.examples(group.vars["V"]).max()), (3, 7.0)
        model.unload()


@row("random numbers independent of the batch size", needs="example_offset")
def independent_of_batch(case: Case) -> Iterator[Comparison]:
    """Ten examples, in batches of the case's size and in batches of two, with the same draws for each."""

    def run(batch: int) -> np.ndarray:
        model = Case(case.engine, batch, case.threads, case.precision).model()
        noisy = case.engine.create_neuron_model(
            "noisy",
            vars=[("V", "scalar"), ("last", "scalar", VarAccess.READ_WRITE)],
            sim_code="last = gennrand_uniform(); V += last + gennrand_normal() + Isyn;",
        )
        group = model.add_neuron_population("n", 6, noisy, {}, {"V": 0.0, "last": 0.0})
        model.add_current_source("noise", "GaussianNoise", group, {"mean": 0.0, "sd": 1.0}, {})
        model.build()
        model.load()
        found = []
        for first in range(0, 10, batch):
            model.timestep, model.example_offset = 0, first
            group.vars["V"].view[:] = 0.0
            model.step_time(4)
            found.append(np.array(group.vars["V"].view).reshape(batch, 6))
        return np.concatenate(found)

    by_two = run(2)
    yield "V", run(case.batch), by_two
    yield "examples differ", len(np.unique(by_two)), 60
