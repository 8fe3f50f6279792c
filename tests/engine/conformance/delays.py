"""Rows about delays of single synapses: of what they send, and of what they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.connectivity import convolved
from tests.engine.conformance.neuron_ends import earlier
from tests.engine.conformance.parts import adder, clockwork, fires
from tests.engine.conformance.plasticity import MATRICES, exists, listed, synaptic
from tests.engine.conformance.table import Case, Comparison, row

SLOTS = 5


def rings(case: Case, neurons: int) -> np.ndarray:
    """Input on its way, [slots][batch][post]."""
    return np.zeros((SLOTS, case.batch, neurons), case.dtype)


def send(ring: np.ndarray, step: int, sent: np.ndarray, values: np.ndarray, delays: np.ndarray) -> None:
    """Adds values [pre][post] of those pre neurons that `sent` [batch][pre] names, in ascending order."""
    post = np.arange(delays.shape[1])
    for example, pre in np.argwhere(sent):
        ring[(step + delays[pre]) % SLOTS, example, post] += values[pre]


def take(ring: np.ndarray, step: int) -> np.ndarray:
    """What arrives now, which is then gone."""
    arriving = ring[step % SLOTS].copy()
    ring[step % SLOTS] = 0
    return arriving


def delayed_pulses(
    case: Case,
    kind: str,
    sizes: tuple[int, int],
    given: tuple[np.ndarray, np.ndarray],
    whole: tuple[np.ndarray, np.ndarray],
    *,
    axonal_delay: int = 0,
    connectivity: Any = None,
    connect: Callable[[Any], object] = lambda group: None,
) -> Iterator[Comparison]:
    """Weights and delays as `given` to the engine, and as they are in numpy, [pre][post]."""
    model = case.model()
    source, beat = clockwork(case, model, "source", sizes[0])
    target = adder(case, model, "target", sizes[1])
    init = case.engine.init_weight_update("StaticPulseDendriticDelay", {}, {"g": given[0], "d": given[1]})
    arguments = () if connectivity is None else (connectivity,)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    group = model.add_synapse_population("s", kind, source, target, init, delta, *arguments)
    group.max_dendritic_delay_timesteps = SLOTS
    group.axonal_delay_steps = axonal_delay
    connect(group)
    model.build()
    model.load()
    ring, voltage = rings(case, sizes[1]), np.zeros((case.batch, sizes[1]), case.dtype)
    for step in range(12):
        model.step_time()
        at = step - 1 - axonal_delay
        send(ring, step, fires(beat, at) & (at >= 0), whole[0].astype(case.dtype), whole[1])
        voltage = voltage + take(ring, step)
        yield f"{kind} {axonal_delay} V {step}", case.examples(target.vars["V"]), voltage


@row("dendritic delay")
def dendritic_delay(case: Case) -> Iterator[Comparison]:
    """Input joins what other steps have sent to the same time, in the order it was sent."""
    delays = np.random.default_rng(4).integers(0, SLOTS, (6, 7))
    for kind in MATRICES:
        for axonal_delay in (0, 2):
            there = exists(kind, 6, 7)
            weights = np.where(there, case.varied(42)[0].reshape(6, 7), 0)
            yield from delayed_pulses(
                case,
                kind,
                (6, 7),
                (weights[there], delays[there]),
                (weights, delays),
                axonal_delay=axonal_delay,
                connect=lambda group: listed(kind, group, there),  # noqa: B023
            )


@row("dendritic delay of a kernel")
def dendritic_delay_of_kernel(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 3 * 2 * 3)[0].reshape(3, 3, 2, 3)
    delays = np.random.default_rng(4).integers(0, SLOTS, kernel.shape)
    sizes = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 4, "conv_iw": 5, "conv_ic": 2, "conv_oc": 3}
    rule = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 4, "conv_ow": 5})
    whole = [convolved(each, (4, 5), (4, 5), 1) for each in (kernel, delays)]
    yield from delayed_pulses(
        case,
        "TOEPLITZ",
        (40, 60),
        (kernel.ravel(), delays.ravel()),
        (whole[0], whole[1].astype(int)),
        connectivity=rule,
    )


@row("dendritic delay of dynamics")
def dendritic_delay_of_dynamics(case: Case) -> Iterator[Comparison]:
    """Beside input without delay, into a postsynaptic model that keeps half of its input."""
    halving = case.engine.create_postsynaptic_model("halving", sim_code="injectCurrent(inSyn); inSyn *= 0.5;")
    mixed = case.engine.create_weight_update_model(
        "mixed",
        vars=[("g", "scalar", VarAccess.READ_ONLY), ("d", "int", VarAccess.READ_ONLY)],
        synapse_dynamics_code="addToPostDelay(0.25 * g, d);",
        pre_spike_syn_code="addToPost(g); addToPostDelay(-g, 1);",
    )
    delays = np.random.default_rng(4).integers(0, SLOTS, (4, 3))
    weights = np.arange(12.0).reshape(4, 3)
    model = case.model()
    source, beat = clockwork(case, model, "source", 4)
    target = adder(case, model, "target", 3)
    init = case.engine.init_weight_update(mixed, {}, {"g": weights.ravel(), "d": delays.ravel()})
    group = model.add_synapse_population("s", "DENSE", source, target, init, case.engine.init_postsynaptic(halving))
    group.max_dendritic_delay_timesteps = SLOTS
    model.build()
    model.load()
    ring, kept, voltage = rings(case, 3), np.zeros((case.batch, 3)), np.zeros((case.batch, 3))
    for step in range(10):
        model.step_time()
        sent = fires(beat, step - 1) & (step > 0)
        send(ring, step, np.ones((case.batch, 4), bool), 0.25 * weights, delays)
        send(ring, step, sent, -weights, np.ones((4, 3), int))
        kept = kept + sent @ weights + take(ring, step)
        voltage, kept = voltage + kept, kept * 0.5
        yield f"V {step}", case.examples(target.vars["V"]), voltage


@row("delays of what synapses see")
def delayed_sight(case: Case) -> Iterator[Comparison]:
    """Each synapse sees the postsynaptic end as it was some steps ago, and its present in another code string."""
    seeing = case.engine.create_weight_update_model(
        "seeing",
        vars=[
            *(("d", "int", VarAccess.READ_ONLY), ("of_neuron", "scalar"), ("of_trace", "scalar")),
            *(("of_model", "scalar"), ("now", "scalar")),
        ],
        post_vars=[("trace", "scalar")],
        post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
        psm_var_refs=[("total_post", "scalar", VarAccessMode.READ_ONLY)],
        post_dynamics_code="trace += V_post;",
        # PyGeNN's own index of trace[d + 1] lacks parentheses around d + 1
        pre_spike_syn_code="const int later = d + 1; of_neuron = V_post[d]; of_trace = trace[later];",
        synapse_dynamics_code="of_model = total_post[d]; now = V_post;",
    )
    counting = case.engine.create_postsynaptic_model("counting", vars=[("total", "scalar")], sim_code="total += 3.0;")
    ramp = case.engine.create_neuron_model("ramp", vars=[("V", "scalar")], sim_code="V += 1.0;")
    start = np.round(case.varied(4) * 8.0)
    delays = np.random.default_rng(4).integers(0, SLOTS, (6, 4))
    for kind in MATRICES:
        model = case.model()
        source, beat = clockwork(case, model, "source", 6)
        target = model.add_neuron_population("target", 4, ramp, {}, {"V": case.spread(start)})
        there = exists(kind, 6, 4)
        names = ("of_neuron", "of_trace", "of_model", "now")
        init = case.engine.init_weight_update(
            seeing,
            {},
            {"d": delays[there], **dict.fromkeys(names, 0.0)},
            {},
            {"trace": 0.0},
            post_var_refs={"V_post": case.engine.create_var_ref(target, "V")},
            psm_var_refs={"total_post": "total"},
        )
        psm = case.engine.init_postsynaptic(counting, {}, {"total": 1.0})
        group = model.add_synapse_population("s", kind, source, target, init, psm)
        group.max_dendritic_delay_timesteps = SLOTS
        listed(kind, group, there)
        model.build()
        model.load()
        voltage, trace, total = [start], [np.zeros(start.shape)], [np.ones(start.shape)]
        seen = {name: np.zeros((case.batch, 6, 4)) for name in names}
        for step in range(10):
            model.step_time()
            arrived = there & (fires(beat, step - 1) & (step > 0))[:, :, None]
            looks = (voltage, 1, arrived), (trace, 2, arrived), (total, 1, there)
            for name, (history, age, where) in zip(names, looks, strict=False):
                ages = [earlier(history, age + delay)[:, None, :] for delay in range(SLOTS)]
                seen[name] = np.where(where, np.choose(delays, ages), seen[name])
            seen["now"] = np.where(there, voltage[-1][:, None, :], 0.0)
            voltage.append(voltage[-1] + 1.0)
            trace.append(trace[-1] + voltage[-1])
            total.append(total[-1] + 3.0)
            for name in names:
                yield f"{kind} {name} {step}", synaptic(case, group.vars[name], there), seen[name]
        yield f"{kind} V", case.examples(target.vars["V"]), voltage[-1]


@row(
    "spike-timing dependent plasticity",
    rtol={"float": 1e-5, "double": 1e-12},
    reason="exp of the engine's library and of numpy differ in the last bits",
)
def stdp(case: Case) -> Iterator[Comparison]:
    """Pairs of each spike with the last one of the other side."""
    parameters = {"tauPlus": 10.0, "tauMinus": 5.0, "Aplus": 0.25, "Aminus": 0.125, "Wmin": 0.0, "Wmax": 1.0}
    for kind in MATRICES:
        model = case.model()
        source, beat = clockwork(case, model, "source", 6)
        target, answer = clockwork(case, model, "target", 4, seed=9)
        there = exists(kind, 6, 4)
        weights = np.where(there, case.varied(24, 0.2, 0.8)[0].reshape(6, 4), 0.0) + np.zeros((case.batch, 1, 1))
        init = case.engine.init_weight_update("STDP", parameters, {"g": weights[0][there]})
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        listed(kind, group, there)
        model.build()
        model.load()
        last = [np.full((case.batch, size), -np.inf) for size in (6, 4)]
        for step in range(10):
            model.step_time()
            spikes = [fires(each, step - 1) & (step > 0) for each in (beat, answer)]
            last = [np.where(spiking, step, times) for spiking, times in zip(spikes, last, strict=True)]
            since = np.maximum(step - last[1][:, None, :], 0) + np.zeros((case.batch, 6, 1))
            lower = spikes[0][:, :, None] & (since > 0)
            weights = np.where(there & lower, np.clip(weights - 0.125 * np.exp(-since / 5.0), 0.0, 1.0), weights)
            since = np.maximum(step - last[0][:, :, None], 0) + np.zeros((case.batch, 1, 4))
            raised = spikes[1][:, None, :] & (since > 0)
            weights = np.where(there & raised, np.clip(weights + 0.25 * np.exp(-since / 10.0), 0.0, 1.0), weights)
            yield f"{kind} g {step}", synaptic(case, group.vars["g"], there), weights
