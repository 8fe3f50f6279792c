"""Rows about sums over the batch: what code at synapses of all examples adds up, and updates that take it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ml_genn.access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from tests.engine.conformance.connectivity import convolved
from tests.engine.conformance.parts import clockwork, fires
from tests.engine.conformance.plasticity import MATRICES, exists, listed
from tests.engine.conformance.table import Case, Comparison, row

PRE_SPIKE, PRE_EVENT, POST_SPIKE = "Gradient += 2.0 * x_post;", "Gradient -= x_post;", "Gradient += 4.0 * x_pre;"
STEPS = 6


def learning(case: Case, *, feedback: bool) -> Any:
    """Synapses whose gradient is what all that can happen to them adds up, of what their neurons are."""
    codes = {"post_spike_syn_code": POST_SPIKE, "synapse_dynamics_code": "Gradient += 8.0 * x_pre * x_post;"}
    return case.engine.create_weight_update_model(
        "learning",
        vars=[("g", "scalar", VarAccess.READ_ONLY), ("Gradient", "scalar", VarAccess.REDUCE_BATCH_SUM)],
        pre_neuron_var_refs=[("x_pre", "int", VarAccessMode.READ_ONLY)],
        post_neuron_var_refs=[("x_post", "int", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code=f"addToPost(g); {PRE_SPIKE}",
        pre_event_threshold_condition_code="((int)t + x_pre) % 2 == 0",
        pre_event_syn_code=f"{PRE_EVENT} addToPre(g);" if feedback else PRE_EVENT,
        **codes,
    )


def descending(case: Case, model: Any, group: Any) -> tuple[Any, Any]:
    """The two updates of an optimiser: the sum is taken and starts anew, then weights follow it."""
    reference = case.engine.create_wu_var_ref
    taking = case.engine.create_custom_update_model(
        "taking",
        vars=[("Total", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM)],
        var_refs=[("Gradient", "scalar")],
        update_code="Total = Gradient; Gradient = 0.0;",
    )
    following = case.engine.create_custom_update_model(
        "following",
        var_refs=[("Total", "scalar", VarAccessMode.READ_ONLY), ("g", "scalar")],
        update_code="g -= 0.5 * Total;",
    )
    references = {"Gradient": reference(group, "Gradient")}
    taken = model.add_custom_update("taking", "Take", taking, {}, {"Total": 0.0}, references)
    references = {"Total": reference(taken, "Total"), "g": reference(group, "g")}
    model.add_custom_update("following", "Follow", following, {}, {}, references)
    return taken, (taking, following)  # PyGeNN's models have to outlive what is made of them


def summed(beats: tuple[np.ndarray, np.ndarray], begin: int) -> np.ndarray:
    """What `STEPS` steps add for each pair of neurons, [pre][post]; nothing has happened before step 0."""
    (pre, post), total = beats, 0.0
    x_pre, x_post = pre[0][:, :, None], post[0][:, None, :]
    for step in range(begin, begin + STEPS):
        late = step > 0
        spikes, answers = (fires(beat, step - 1) & late for beat in beats)
        events = ((step - 1 + pre[0]) % 2 == 0) & late
        total = total + 2 * x_post * spikes[:, :, None] - x_post * events[:, :, None]
        total = total + 4 * x_pre * answers[:, None, :] + 8 * x_pre * x_post
    return np.asarray(total).sum(axis=0)


def twice(case: Case, model: Any, group: Any, weights: np.ndarray, totals: Any) -> Iterator[Comparison]:
    """Runs steps and updates two times; `totals` says what is summed from a step on."""
    taken, models = descending(case, model, group)
    model.build()
    model.load()
    for begin in (0, STEPS):
        for _ in range(STEPS):
            model.step_time()
        model.custom_update("Take")
        model.custom_update("Follow")
        weights = weights - 0.5 * totals(begin)
        for variable, expected in ((taken.vars["Total"], totals(begin)), (group.vars["g"], weights)):
            variable.pull_from_device()
            yield variable.name, np.array(variable.values), expected
        group.vars["Gradient"].pull_from_device()
        yield "Gradient", np.unique(np.array(group.vars["Gradient"].values)), np.zeros(1)
    assert models


@row("sums over the batch")
def sums(case: Case) -> Iterator[Comparison]:
    for kind in MATRICES:
        model = case.model()
        source, early = clockwork(case, model, "source", 6)
        target, late = clockwork(case, model, "target", 4, seed=9)
        whole, weights = exists(kind, 6, 4), np.arange(24.0)
        references = {
            "pre_var_refs": {"x_pre": case.engine.create_var_ref(source, "first")},
            "post_var_refs": {"x_post": case.engine.create_var_ref(target, "first")},
        }
        rule = learning(case, feedback=False)
        init = case.engine.init_weight_update(rule, {}, {"g": weights[whole.ravel()], "Gradient": 0.0}, **references)
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", kind, source, target, init, delta)
        places = listed(kind, group, whole)

        def totals(begin: int, beats: Any = (early, late), places: np.ndarray = places) -> np.ndarray:
            return summed(beats, begin).ravel()[places]

        for what, actual, expected in twice(case, model, group, weights[places], totals):
            yield f"{kind} {what}", actual, expected


def kernels(case: Case) -> Iterator[tuple[Any, np.ndarray, int]]:
    """Convolutions with the entry of the kernel, from 1 on, of each pair of neurons, and how many entries there are."""
    names = ("conv_kh", "conv_kw", "conv_ih", "conv_iw", "conv_ic", "conv_oh", "conv_ow", "conv_oc")
    numbers = 1.0 + np.arange(3 * 3 * 2 * 3).reshape(3, 3, 2, 3)
    plain = case.engine.init_toeplitz_connectivity("Conv2D", dict(zip(names, (3, 3, 5, 6, 2, 5, 6, 3), strict=True)))
    yield plain, convolved(numbers, (5, 6), (5, 6), 1), numbers.size
    sizes = dict(zip(names, (3, 3, 5, 6, 2, 2, 2, 3), strict=True))
    strides = {"conv_sh": 2, "conv_sw": 2, "conv_padh": 0, "conv_padw": 0}
    strided = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, **strides})
    yield strided, convolved(numbers, (5, 6), (2, 2), 0, stride=2), numbers.size
    pool = dict(zip(("kh", "kw", "sh", "sw", "ih", "iw", "ic"), (2, 2, 2, 2, 5, 6, 2), strict=True))
    sizes = {name: size for name, size in sizes.items() if name[5] not in "i"} | {"conv_oh": 2, "conv_ow": 3}
    pooled = case.engine.init_toeplitz_connectivity(
        "AvgPoolConv2D", {**sizes, **{f"pool_{name}": size for name, size in pool.items()}}
    )
    cells = convolved(numbers, (2, 3), (2, 3), 1).reshape(2, 3, 2, -1)
    entries = np.zeros((5, 6, 2, cells.shape[-1]))
    entries[:4] = cells.repeat(2, axis=0).repeat(2, axis=1)  # the last row lies beyond the last whole window
    yield pooled, entries.reshape(60, -1), numbers.size


@row("sums over the batch of a kernel", needs="kernel_sums")
def sums_of_kernels(case: Case) -> Iterator[Comparison]:
    """An entry of the kernel collects what all its synapses add."""
    for number, (rule, entries, size) in enumerate(kernels(case)):
        model = case.model()
        source, early = clockwork(case, model, "source", entries.shape[0])
        target, late = clockwork(case, model, "target", entries.shape[1], seed=9)
        references = {
            "pre_var_refs": {"x_pre": case.engine.create_var_ref(source, "first")},
            "post_var_refs": {"x_post": case.engine.create_var_ref(target, "first")},
        }
        weights = np.arange(float(size))
        model_of_code = learning(case, feedback=True)
        init = case.engine.init_weight_update(model_of_code, {}, {"g": weights, "Gradient": 0.0}, **references)
        delta = case.engine.init_postsynaptic("DeltaCurr")
        group = model.add_synapse_population("s", "TOEPLITZ", source, target, init, delta, rule)

        def totals(begin: int, beats: Any = (early, late), entries: np.ndarray = entries, size: int = size) -> Any:
            return np.bincount(entries.astype(int).ravel(), summed(beats, begin).ravel(), size + 1)[1:]

        for what, actual, expected in twice(case, model, group, weights, totals):
            yield f"kernel {number} {what}", actual, expected
