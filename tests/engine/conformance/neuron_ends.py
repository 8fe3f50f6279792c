"""Rows about what weight update models keep at the neurons of both ends: variables, and times of spikes and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, fires
from tests.engine.conformance.plasticity import MATRICES, exists, listed, synaptic
from tests.engine.conformance.table import Case, Comparison, row

STEPS = 10


def earlier(history: list[np.ndarray], steps: int) -> np.ndarray:
    """What was `steps` steps ago; before the first step what was then."""
    return history[max(len(history) - steps, 0)]


@row("variables at both ends")
def variables_at_ends(case: Case) -> Iterator[Comparison]:
    """Traces that dynamics halve and spikes raise; each spike notes at its synapses what the other end's trace was."""
    tracing = case.engine.create_weight_update_model(
        "tracing",
        params=["fall"],
        vars=[("of_pre", "scalar"), ("of_post", "scalar")],
        pre_vars=[("pre", "scalar"), ("still", "scalar", VarAccess.READ_ONLY_DUPLICATE)],
        post_vars=[("post", "scalar")],
        pre_dynamics_code="pre *= fall;",
        pre_spike_code="pre += still;",
        post_dynamics_code="post *= fall;",
        post_spike_code="post += 4.0;",
        pre_spike_syn_code="of_post = post; addToPost(pre);",
        post_spike_syn_code="of_pre = pre;",
    )
    for kind in MATRICES:
        model = case.model()
        source, beat = clockwork(case, model, "source", 6)
        target, answer = clockwork(case, model, "target", 4, seed=9)
        whole = exists(kind, 6, 4)
        still = np.round(case.varied(6) * 8.0)
        init = case.engine.init_weight_update(
            tracing,
            {"fall": 0.5},
            {"of_pre": 0.0, "of_post": 0.0},
            {"pre": 1.0, "still": case.spread(still)},
            {"post": case.spread(np.arange(4.0) + np.zeros((case.batch, 1)))},
        )
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        listed(kind, group, whole)
        model.build()
        model.load()
        pre, post = np.ones((case.batch, 6)), np.arange(4.0) + np.zeros((case.batch, 1))
        of_pre, of_post = np.zeros((2, case.batch, 6, 4))
        for step in range(STEPS):
            model.step_time()
            arrived, answered = (fires(which, step - 1) & (step > 0) for which in (beat, answer))
            of_post = np.where(whole & arrived[:, :, None], post[:, None, :], of_post)
            of_pre = np.where(whole & answered[:, None, :], pre[:, :, None], of_pre)
            pre = pre * 0.5 + np.where(fires(beat, step), still, 0.0)
            post = post * 0.5 + np.where(fires(answer, step), 4.0, 0.0)
            yield f"{kind} pre {step}", case.examples(group.pre_vars["pre"]), pre
            yield f"{kind} post {step}", case.examples(group.post_vars["post"]), post
            yield f"{kind} of_pre {step}", synaptic(case, group.vars["of_pre"], whole), of_pre
            yield f"{kind} of_post {step}", synaptic(case, group.vars["of_post"], whole), of_post


@row("neurons seen by code of their spikes")
def neurons_seen(case: Case) -> Iterator[Comparison]:
    """Dynamics see what the sim code left, code of spikes what there was before the reset."""
    model = case.model()
    start = np.round(case.varied(5) * 4.0)
    sawtooth = case.engine.create_neuron_model(
        "sawtooth",
        vars=[("V", "scalar")],
        sim_code="V += 1.0;",
        threshold_condition_code="V >= 4.0",
        reset_code="V = -4.0;",
    )
    watching = case.engine.create_weight_update_model(
        "watching",
        pre_vars=[("at_spike", "scalar"), ("total", "scalar")],
        pre_neuron_var_refs=[("V_pre", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_code="at_spike = V_pre + total;",
        pre_dynamics_code="total += V_pre;",
        pre_spike_syn_code="addToPost(at_spike);",
    )
    source = model.add_neuron_population("source", 5, sawtooth, {}, {"V": case.spread(start)})
    target = adder(case, model, "target", 2)
    references = {"V_pre": case.engine.create_var_ref(source, "V")}
    init = case.engine.init_weight_update(
        watching, {}, {}, {"at_spike": 0.0, "total": 0.0}, {}, pre_var_refs=references
    )
    delta = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", "DENSE", source, target, init, delta)
    model.build()
    model.load()
    voltage, total, at_spike = start, np.zeros(start.shape), np.zeros(start.shape)
    for step in range(STEPS):
        model.step_time()
        voltage = voltage + 1.0
        total = total + voltage
        at_spike = np.where(voltage >= 4.0, voltage + total, at_spike)
        voltage = np.where(voltage >= 4.0, -4.0, voltage)
        yield f"at_spike {step}", case.examples(group.pre_vars["at_spike"]), at_spike
        yield f"total {step}", case.examples(group.pre_vars["total"]), total


@row("delayed variables at both ends")
def delayed_variables(case: Case) -> Iterator[Comparison]:
    """Synapses see the traces of both ends, and the neurons, as they were when what they see now was emitted.

    On PyGeNN only one of the codes may write a delayed variable: its code of spikes reads what there was before the
    dynamics.
    """
    fall = 1.0 if case.engine.name == "pygenn" else 0.5
    tracing = delayed_traces(case, {} if fall == 1.0 else {"pre_dynamics_code": "pre *= 0.5;"})
    ticking = case.engine.create_neuron_model(
        "ticking",
        vars=[("clock", "scalar")],
        sim_code="clock = t;",
        threshold_condition_code="id == 0 || (int)t % 3 == 0",
    )
    for kind, delays in (("DENSE", (0, 2)), ("SPARSE", (2, 0)), ("SPARSE", (1, 3))):
        model = case.model()
        source, beat = clockwork(case, model, "source", 6)
        target = model.add_neuron_population("target", 4, ticking, {}, {"clock": -1.0})
        whole = exists(kind, 6, 4)
        init = case.engine.init_weight_update(
            tracing,
            {},
            {"of_pre": 0.0, "of_post": 0.0, "of_time": 0.0},
            {"pre": 1.0},
            {"post": 3.0},
            post_var_refs={"clock": case.engine.create_var_ref(target, "clock")},
        )
        group = model.add_synapse_population(
            "s", kind, source, target, init, case.engine.init_postsynaptic("DeltaCurr")
        )
        group.axonal_delay_steps, group.back_prop_delay_steps = delays
        listed(kind, group, whole)
        model.build()
        model.load()
        pre, post, clock = [np.ones((case.batch, 6))], [3.0], [-1.0]
        of_pre, of_post, of_time = np.zeros((3, case.batch, 6, 4))
        ticks = np.stack([(np.arange(4) == 0) | (step % 3 == 0) for step in range(STEPS)])
        for step in range(STEPS):
            model.step_time()
            sent = step - 1 - delays[0]
            arrived = whole & (fires(beat, sent) & (sent >= 0))[:, :, None]
            answered = whole & (ticks[step - 1 - delays[1]] & (step > delays[1]))
            of_post = np.where(arrived, earlier(post, 1 + delays[1]), of_post)
            of_time = np.where(arrived, earlier(clock, 1 + delays[1]), of_time)
            of_pre = np.where(answered, earlier(pre, 1 + delays[0])[:, :, None], of_pre)
            pre.append(pre[-1] * fall + fires(beat, step))
            post.append(post[-1] + 2.0)
            clock.append(float(step))
            what = f"{kind} {delays} {step}"
            yield f"{what} pre", case.examples(group.pre_vars["pre"]), pre[-1]
            yield f"{what} of_pre", synaptic(case, group.vars["of_pre"], whole), of_pre
            yield f"{what} of_post", synaptic(case, group.vars["of_post"], whole), of_post
            yield f"{what} of_time", synaptic(case, group.vars["of_time"], whole), of_time


def delayed_traces(case: Case, dynamics: dict[str, str]) -> Any:
    """A weight update model that notes at its synapses what it sees of both ends."""
    return case.engine.create_weight_update_model(
        "tracing",
        vars=[("of_pre", "scalar"), ("of_post", "scalar"), ("of_time", "scalar")],
        pre_vars=[("pre", "scalar")],
        post_vars=[("post", "scalar")],
        post_neuron_var_refs=[("clock", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_code="pre += 1.0;",
        post_dynamics_code="post += 2.0;",
        pre_spike_syn_code="of_post = post; of_time = clock;",
        post_spike_syn_code="of_pre = pre;",
        **dynamics,
    )


def last_spikes(fired: list[np.ndarray], dt: float, lowest: float) -> list[np.ndarray]:
    """Time of each neuron's last spike: before the first step, then after each."""
    times = [np.full(fired[0].shape, lowest)]
    for step, spiking in enumerate(fired):
        times.append(np.where(spiking, step * dt, times[-1]))
    return times


def longer_delays(case: Case, model: Any, *populations: Any) -> None:
    """Connects two populations both ways, without effect, with longer delays than others have."""
    nothing = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 0.0})
    for name, ends in (("there", populations), ("back", populations[::-1])):
        group = model.add_synapse_population(name, "DENSE", *ends, nothing, case.engine.init_postsynaptic("DeltaCurr"))
        group.axonal_delay_steps = 6


NOTING = {
    "spikes": {
        "pre_spike_syn_code": "of_pre = st_pre; before_pre = prev_st_pre; of_post = st_post;",
        "post_spike_syn_code": "late_pre = st_pre; before_post = prev_st_post;",
    },
    "events": {
        "pre_event_syn_code": "of_pre = set_pre; before_pre = prev_set_pre; of_post = set_post;",
        "post_event_syn_code": "late_pre = set_pre; before_post = prev_set_post;",
        "pre_event_threshold_condition_code": "firing_pre != 0",
        "post_event_threshold_condition_code": "firing_post != 0",
    },
}
"""Code that notes times at synapses."""


@row("times of spikes and events")
def spike_times(case: Case) -> Iterator[Comparison]:
    """When what arrives was emitted, plus how long it took; and the same of the spike before it.

    PyGeNN's rings are one slot too short for the spike before, unless other synapse groups have longer delays.
    """
    yield from noted_times(case, "spikes", "DENSE", (0, 0))
    yield from noted_times(case, "spikes", "SPARSE", (2, 0))
    yield from noted_times(case, "spikes", "SPARSE", (1, 3))
    yield from noted_times(case, "events", "SPARSE", (0, 0))
    yield from noted_times(case, "events", "DENSE", (3, 1))


NOTED = ("of_pre", "before_pre", "of_post", "late_pre", "before_post")


def noted_times(case: Case, what: str, kind: str, delays: tuple[int, int]) -> Iterator[Comparison]:
    """What code at synapses and at neurons noted, against the times of all spikes so far."""
    dt, lowest = 0.25, float(np.finfo(case.dtype).min)
    model = case.model(dt=dt)
    beating = beating_neurons(case)
    (source, beat), (target, answer) = (beating(model, *given) for given in (("source", 6, 5), ("target", 4, 6)))
    whole = exists(kind, 6, 4)
    noting = noting_synapses(case, what)
    references = {
        "pre_var_refs": {"firing_pre": case.engine.create_var_ref(source, "firing")},
        "post_var_refs": {"firing_post": case.engine.create_var_ref(target, "firing")},
    }
    init = case.engine.init_weight_update(noting, {}, dict.fromkeys(NOTED, 1.0), {"own": 1.0}, **references)
    group = model.add_synapse_population("s", kind, source, target, init, case.engine.init_postsynaptic("DeltaCurr"))
    group.axonal_delay_steps, group.back_prop_delay_steps = delays
    listed(kind, group, whole)
    if case.engine.name == "pygenn":
        longer_delays(case, model, source, target)
    model.build()
    model.load()
    fired = [[fires(each, step) for step in range(STEPS)] for each in (beat, answer)]
    pre, post = (last_spikes(each, dt, lowest) for each in fired)
    noted, own = {name: np.ones((case.batch, 6, 4)) for name in NOTED}, np.ones((case.batch, 6))
    for step in range(STEPS):
        model.step_time()
        at = [step - 1 - delay for delay in delays]
        arrived = whole & fired[0][at[0]][:, :, None] & (at[0] >= 0)
        answered = whole & fired[1][at[1]][:, None, :] & (at[1] >= 0)
        of_pre, before_pre = (pre[max(at[0] + k, 0)][:, :, None] + (1 + delays[0]) * dt for k in (1, 0))
        of_post, before_post = (post[max(at[1] + k, 0)][:, None, :] + (1 + delays[1]) * dt for k in (1, 0))
        seen = [
            (arrived, of_pre),
            (arrived, before_pre),
            (arrived, of_post),
            (answered, of_pre),
            (answered, before_post),
        ]
        where = f"{what} {kind} {delays} {step}"
        for name, (now, time) in zip(NOTED, seen, strict=True):
            noted[name] = np.where(now, time, noted[name])
            yield f"{where} {name}", synaptic(case, group.vars[name], whole), np.where(whole, noted[name], 0.0)
        own = np.where(fired[0][step], pre[step], own)
        yield f"{where} own", case.examples(group.pre_vars["own"]), own
        yield f"{where} mine", case.examples(source.vars["mine"]), pre[step]


def beating_neurons(case: Case) -> Any:
    """Adds populations that fire regularly and remember their own last spike."""
    firing = "(int)(t / dt) >= first && ((int)(t / dt) - first) % period == 0"
    beating = case.engine.create_neuron_model(
        "beating",
        vars=[
            *(("first", "int", VarAccess.READ_ONLY_DUPLICATE), ("period", "int", VarAccess.READ_ONLY_DUPLICATE)),
            *(("mine", "scalar"), ("firing", "int")),
        ],
        sim_code=f"mine = st; firing = ({firing}) ? 1 : 0;",
        threshold_condition_code="firing != 0",
    )

    def add(model: Any, name: str, neurons: int, seed: int) -> tuple[Any, np.ndarray]:
        rng = np.random.default_rng(seed)
        beat = np.stack([rng.integers(0, 4, (case.batch, neurons)), rng.integers(1, 5, (case.batch, neurons))])
        values = {"first": case.spread(beat[0]), "period": case.spread(beat[1]), "mine": 0.0, "firing": 0}
        return model.add_neuron_population(name, neurons, beating, {}, values), beat

    return add


def noting_synapses(case: Case, what: str) -> Any:
    """A weight update model that notes times of spikes, or of events."""
    return case.engine.create_weight_update_model(
        "noting",
        vars=[(name, "scalar") for name in NOTED],
        pre_vars=[("own", "scalar")],
        pre_neuron_var_refs=[("firing_pre", "int", VarAccessMode.READ_ONLY)],
        post_neuron_var_refs=[("firing_post", "int", VarAccessMode.READ_ONLY)],
        pre_spike_code="own = st_pre;",
        **NOTING[what],
    )
