"""Rows about who connects to whom, and after how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ml_genn.access import VarAccess, VarAccessMode
from tests.engine.conformance.parts import adder, clockwork, delivered, fires, follow
from tests.engine.conformance.table import Case, Comparison, row


def connected(
    case: Case,
    sizes: tuple[int, int],
    matrix_type: str,
    values: Any,
    weights: Callable[[Any], np.ndarray],
    connectivity: Any = None,
    listed: tuple[Any, Any] | None = None,
    tables: dict[str, np.ndarray] | None = None,
    kernel: bool = False,
) -> Iterator[Comparison]:
    """Delivers spikes through synapses with `values`, and through `weights(group)` [pre][post] in numpy.

    `tables` are extra global parameters of the connectivity; with `kernel`, `values` are those of its kernel.
    """
    model = case.model()
    source, beat = clockwork(case, model, "source", sizes[0])
    target = adder(case, model, "target", sizes[1])
    init = case.engine.init_weight_update(
        "StaticPulse", {}, {"g": case.engine.init_var("Kernel") if kernel else values}
    )
    psm = case.engine.init_postsynaptic("DeltaCurr")
    arguments = () if connectivity is None else (connectivity,)
    group = model.add_synapse_population("s", matrix_type, source, target, init, psm, *arguments)
    if listed is not None:
        group.set_sparse_connections(*listed)
    for name, table in (tables or {}).items():
        group.connectivity_extra_global_params[name].set_init_values(table)
    if kernel:
        group.vars["g"].extra_global_params["kernel"].set_init_values(values)
    model.build()
    model.load()
    whole = weights(group).astype(case.dtype)
    yield from follow(case, model, target, lambda step: delivered(fires(beat, step - 1) & (step > 0), whole))


@row("dense")
def dense(case: Case) -> Iterator[Comparison]:
    """More neurons than any vector or word of bits holds, and odd numbers of them."""
    weights = case.varied(70 * 37)[0].reshape(70, 37)
    yield from connected(case, (70, 37), "DENSE", weights.ravel(), lambda group: weights)


@row("sparse from lists")
def sparse_lists(case: Case) -> Iterator[Comparison]:
    rng = np.random.default_rng(5)
    whole = rng.permutation(40 * 23)[:200]  # in no order, some rows empty
    whole = whole[whole // 23 != 7]
    pre, post = whole // 23, whole % 23
    values = case.varied(len(pre))[0]
    seen: list[Comparison] = []

    def weights(group: Any) -> np.ndarray:
        matrix = np.zeros((40, 23))
        matrix[pre, post] = values
        order = np.lexsort((post, pre))
        group.pull_connectivity_from_device()
        group.vars["g"].pull_from_device()
        seen.append(("pre", np.array(group.get_sparse_pre_inds()), pre[order]))
        seen.append(("post", np.array(group.get_sparse_post_inds()), post[order]))
        seen.append(("values", np.array(group.vars["g"].values), values[order]))
        return matrix

    yield from connected(case, (40, 23), "SPARSE", values, weights, listed=(pre, post))
    yield from seen


@row("sparse one to one")
def one_to_one(case: Case) -> Iterator[Comparison]:
    values = case.varied(33)[0]
    rule = case.engine.init_sparse_connectivity("OneToOne")
    yield from connected(case, (33, 33), "SPARSE", values, lambda group: np.diag(values), rule)


@row("sparse with fixed probability")
def fixed_probability(case: Case) -> Iterator[Comparison]:
    """12,000 pairs at 0.3: 3,600 synapses on average, standard deviation 50; five of it."""

    def weights(group: Any) -> np.ndarray:
        group.pull_connectivity_from_device()
        pre, post = np.array(group.get_sparse_pre_inds()), np.array(group.get_sparse_post_inds())
        matrix = np.zeros((120, 100))
        np.add.at(matrix, (pre, post), 0.5)
        counts.append((len(pre), matrix.max(), matrix.sum(axis=0).min(), matrix.sum(axis=1).min()))
        return matrix

    counts: list[tuple[float, ...]] = []
    rule = case.engine.init_sparse_connectivity("FixedProbability", {"prob": 0.3})
    yield from connected(case, (120, 100), "SPARSE", 0.5, weights, rule)
    synapses, most, column, line = counts[0]
    yield "synapses", abs(synapses - 3600) < 250, True
    yield "at most one per pair", most, 0.5
    yield "no empty row or column", min(column, line) > 0.0, True


def every_third(case: Case) -> Any:
    """Neuron i to every third one from i * step on."""
    return case.engine.create_sparse_connect_init_snippet(
        "thirds",
        params=[("step", "unsigned int")],
        row_build_code="for (unsigned int j = id_pre * step; j < num_post; j += 3) { addSynapse(j); }",
        calc_max_row_len_func=lambda num_pre, num_post, pars: -(-num_post // 3),
    )


def every_third_weights() -> np.ndarray:
    """What 8 neurons give to 20, with a step of 2."""
    weights = np.zeros((8, 20))
    for pre in range(8):
        weights[pre, pre * 2 :: 3] = 0.5
    return weights


@row("sparse from a snippet")
def sparse_snippet(case: Case) -> Iterator[Comparison]:
    thirds = every_third(case)
    rule = case.engine.init_sparse_connectivity(thirds, {"step": 2})
    yield from connected(case, (8, 20), "SPARSE", 0.5, lambda group: every_third_weights(), rule)


@row("sparse from columns")
def sparse_by_columns(case: Case) -> Iterator[Comparison]:
    """To neuron j from j and from twice j, and from neuron 0 as often as j."""
    thrice = case.engine.create_sparse_connect_init_snippet(
        "thrice",
        col_build_code="""
        addSynapse(id_post + id_pre_begin);
        if (2 * id_post < num_pre) { addSynapse(2 * id_post); }
        for (unsigned int k = 0; k < id_post; k++) { addSynapse(0); }
        """,
        calc_max_row_len_func=lambda num_pre, num_post, pars: 4 * num_post,
        calc_max_col_len_func=lambda num_pre, num_post, pars: num_post + 2,
    )
    expected = np.zeros((9, 6))
    for post in range(6):
        expected[post, post] += 0.5
        if 2 * post < 9:
            expected[2 * post, post] += 0.5
        expected[0, post] += 0.5 * post
    rule = case.engine.init_sparse_connectivity(thrice)
    yield from connected(case, (9, 6), "SPARSE", 0.5, lambda group: expected, rule)


@row("sparse from columns, with tables", needs="connectivity_tables")
def sparse_columns(case: Case) -> Iterator[Comparison]:
    """The sources of neuron j are listed in a table, from first[j] up to first[j + 1]."""
    sources = [[2, 5], [], [0], [7, 1, 3], [4, 4]]
    first = np.cumsum([0, *map(len, sources)])
    looked_up = case.engine.create_sparse_connect_init_snippet(
        "looked_up",
        extra_global_params=[("first", "unsigned int*"), ("sources", "unsigned int*")],
        col_build_code="for (unsigned int k = first[id_post]; k < first[id_post + 1]; k++) { addSynapse(sources[k]); }",
        calc_max_row_len_func=lambda num_pre, num_post, pars: num_post,
        calc_max_col_len_func=lambda num_pre, num_post, pars: num_pre,
    )
    expected = np.zeros((8, 5))
    for post, pre in enumerate(sources):
        np.add.at(expected, (pre, post), 0.5)
    tables = {"first": first, "sources": np.concatenate(sources)}
    rule = case.engine.init_sparse_connectivity(looked_up)
    yield from connected(case, (8, 5), "SPARSE", 0.5, lambda group: expected, rule, tables=tables)


@row("sparse with a kernel")
def sparse_kernel(case: Case) -> Iterator[Comparison]:
    """Neuron i to all, with the entry (i % 2, j % 3) of a kernel."""
    striped = case.engine.create_sparse_connect_init_snippet(
        "striped",
        params=[("rows", "unsigned int")],
        row_build_code="for (unsigned int j = 0; j < num_post; j++) { addSynapse(j, id_pre % rows, j % 3); }",
        calc_max_row_len_func=lambda num_pre, num_post, pars: num_post,
        calc_kernel_size_func=lambda pars: [int(pars["rows"]), 3],
    )
    kernel = np.arange(1.0, 7.0)
    pre, post = np.indices((5, 7))
    rule = case.engine.init_sparse_connectivity(striped, {"rows": 2})
    expected = kernel.reshape(2, 3)[pre % 2, post % 3]
    yield from connected(case, (5, 7), "SPARSE", kernel, lambda group: expected, rule, kernel=True)


@row("sparse convolution")
def sparse_convolution(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 2 * 2 * 3)[0].reshape(3, 2, 2, 3)
    sizes = {"conv_kh": 3, "conv_kw": 2, "conv_ih": 7, "conv_iw": 6, "conv_ic": 2, "conv_oc": 3}
    for stride, padding, out in ((1, 0, (5, 5)), (1, 1, (7, 7)), (2, 1, (4, 4))):
        strides = {"conv_sh": stride, "conv_sw": stride, "conv_padh": padding, "conv_padw": padding}
        given = {**sizes, **strides, "conv_oh": out[0], "conv_ow": out[1]}
        rule = case.engine.init_sparse_connectivity("Conv2D", given)
        weights = convolved(kernel, (7, 6), out, padding, stride)
        counts = (84, out[0] * out[1] * 3)
        yield from connected(case, counts, "SPARSE", kernel.ravel(), lambda group: weights, rule, kernel=True)  # noqa: B023


@row("bit mask")
def bit_mask(case: Case) -> Iterator[Comparison]:
    """A pair is connected or not; the weight is a parameter."""
    model = case.model()
    source, beat = clockwork(case, model, "source", 8)
    target = adder(case, model, "target", 20)
    thirds = every_third(case)
    init = case.engine.init_weight_update("StaticPulseConstantWeight", {"g": 0.5})
    psm = case.engine.init_postsynaptic("DeltaCurr")
    rule = case.engine.init_sparse_connectivity(thirds, {"step": 2})
    model.add_synapse_population("s", "BITMASK", source, target, init, psm, rule)
    model.build()
    model.load()
    expected = every_third_weights().astype(case.dtype)
    yield from follow(case, model, target, lambda step: delivered(fires(beat, step - 1) & (step > 0), expected))


@row("procedural weights")
def procedural_weights(case: Case) -> Iterator[Comparison]:
    counting = case.engine.create_var_init_snippet("counting", var_init_code="value = (scalar)(id_pre * 7 + id_post);")
    values, weights = case.engine.init_var(counting), np.arange(35.0).reshape(5, 7)
    yield from connected(case, (5, 7), "DENSE_PROCEDURALG", values, lambda group: weights)


@row("procedural connectivity", needs="procedural")
def procedural(case: Case) -> Iterator[Comparison]:
    thirds = every_third(case)  # PyGeNN's snippets have to outlive what is made of them
    rule = case.engine.init_sparse_connectivity(thirds, {"step": 2})
    yield from connected(case, (8, 20), "PROCEDURAL", 0.5, lambda group: every_third_weights(), rule)


@row("procedural kernel", needs="procedural")
def procedural_kernel(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 2 * 2 * 3)[0].reshape(3, 2, 2, 3)
    sizes = {"conv_kh": 3, "conv_kw": 2, "conv_ih": 7, "conv_iw": 6, "conv_ic": 2, "conv_oc": 3}
    strides = {"conv_sh": 2, "conv_sw": 2, "conv_padh": 1, "conv_padw": 1, "conv_oh": 4, "conv_ow": 4}
    rule = case.engine.init_sparse_connectivity("Conv2D", {**sizes, **strides})
    weights = convolved(kernel, (7, 6), (4, 4), 1, 2)
    yield from connected(case, (84, 48), "PROCEDURAL_KERNELG", kernel.ravel(), lambda group: weights, rule)


@row("sparse with fixed numbers")
def fixed_numbers(case: Case) -> Iterator[Comparison]:
    """Numbers are exact; each place is as likely as any other: chi-squared within five of its standard deviations."""
    for name, number, axis in (
        ("FixedNumberPostWithReplacement", 30, 1),
        ("FixedNumberPreWithReplacement", 40, 0),
        ("FixedNumberTotalWithReplacement", 3000, None),
    ):
        seen: list[np.ndarray] = []

        def weights(group: Any) -> np.ndarray:
            group.pull_connectivity_from_device()
            matrix = np.zeros((80, 60))
            np.add.at(matrix, (np.array(group.get_sparse_pre_inds()), np.array(group.get_sparse_post_inds())), 1.0)
            seen.append(matrix)  # noqa: B023
            return matrix

        rule = case.engine.init_sparse_connectivity(name, {"num": number})
        yield from connected(case, (80, 60), "SPARSE", 1.0, weights, rule)
        totals = seen[0].sum(axis=axis)
        yield f"{name}: numbers", (totals.min(), totals.max()), (number, number)
        for other in (0, 1) if axis is None else (1 - axis,):
            sums = seen[0].sum(axis=other)
            mean = sums.mean()
            score = ((sums - mean) ** 2).sum() / mean - (len(sums) - 1)
            yield f"{name}: spread over axis {other}", abs(score) < 5.0 * np.sqrt(2.0 * len(sums)), True


@row("sparse without autapses")
def no_autapses(case: Case) -> Iterator[Comparison]:
    """60 x 59 pairs at 0.2: 708 synapses on average, standard deviation 24; five of it."""
    seen: list[np.ndarray] = []

    def weights(group: Any) -> np.ndarray:
        group.pull_connectivity_from_device()
        matrix = np.zeros((60, 60))
        np.add.at(matrix, (np.array(group.get_sparse_pre_inds()), np.array(group.get_sparse_post_inds())), 0.5)
        seen.append(matrix)
        return matrix

    rule = case.engine.init_sparse_connectivity("FixedProbabilityNoAutapse", {"prob": 0.2})
    yield from connected(case, (60, 60), "SPARSE", 0.5, weights, rule)
    yield "diagonal", np.trace(seen[0]), 0.0
    yield "at most one per pair", seen[0].max(), 0.5
    yield "synapses", abs(2.0 * seen[0].sum() - 708.0) < 120.0, True


def convolved(
    kernel: np.ndarray, in_shape: tuple[int, int], out_shape: tuple[int, int], padding: int, stride: int = 1
) -> np.ndarray:
    """Dense weights [pre][post] of a convolution."""
    height, width, channels, filters = kernel.shape
    weights = np.zeros((*in_shape, channels, *out_shape, filters))
    for y, x, i, j in np.ndindex(*out_shape, height, width):
        row_, column = y * stride - padding + i, x * stride - padding + j
        if 0 <= row_ < in_shape[0] and 0 <= column < in_shape[1]:
            weights[row_, column, :, y, x, :] = kernel[i, j]
    return weights.reshape(in_shape[0] * in_shape[1] * channels, -1)


@row("convolution")
def convolution(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 3 * 2 * 3)[0].reshape(3, 3, 2, 3)
    sizes = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 5, "conv_iw": 6, "conv_ic": 2, "conv_oc": 3}
    same = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 5, "conv_ow": 6})
    weights = convolved(kernel, (5, 6), (5, 6), 1)
    yield from connected(case, (60, 90), "TOEPLITZ", kernel.ravel(), lambda group: weights, same)
    valid = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 3, "conv_ow": 4})
    inner = convolved(kernel, (5, 6), (3, 4), 0)
    yield from connected(case, (60, 36), "TOEPLITZ", kernel.ravel(), lambda group: inner, valid)
    even = case.varied(2 * 2 * 2 * 3, seed=11)[0].reshape(2, 2, 2, 3)  # where the sides are padded unequally
    sizes = {"conv_kh": 2, "conv_kw": 2, "conv_ih": 4, "conv_iw": 4, "conv_ic": 2, "conv_oc": 3}
    unequal = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": 4, "conv_ow": 4})
    shifted = convolved(even, (4, 4), (4, 4), 1)
    yield from connected(case, (32, 48), "TOEPLITZ", even.ravel(), lambda group: shifted, unequal)


@row("strided convolution", needs="strided_toeplitz")
def strided_convolution(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 3 * 2 * 3)[0].reshape(3, 3, 2, 3)
    sizes = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 7, "conv_iw": 7, "conv_ic": 2, "conv_oc": 3}
    for padding, out in ((0, 3), (1, 4)):
        extension = {"conv_sh": 2, "conv_sw": 2, "conv_padh": padding, "conv_padw": padding}
        rule = case.engine.init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": out, "conv_ow": out, **extension})
        weights = convolved(kernel, (7, 7), (out, out), padding, 2)
        yield from connected(case, (98, out * out * 3), "TOEPLITZ", kernel.ravel(), lambda group: weights, rule)  # noqa: B023


@row("average-pool convolution")
def average_pool_convolution(case: Case) -> Iterator[Comparison]:
    kernel = case.varied(3 * 3 * 2 * 3)[0].reshape(3, 3, 2, 3)
    sizes = {"pool_kh": 2, "pool_kw": 2, "pool_sh": 2, "pool_sw": 2, "pool_ih": 8, "pool_iw": 6, "pool_ic": 2}
    convolution_sizes = {"conv_kh": 3, "conv_kw": 3, "conv_oh": 4, "conv_ow": 3, "conv_oc": 3}
    pooled = convolved(kernel, (4, 3), (4, 3), 1).reshape(4, 3, 2, -1)
    weights = pooled.repeat(2, axis=0).repeat(2, axis=1).reshape(8 * 6 * 2, -1)
    rule = case.engine.init_toeplitz_connectivity("AvgPoolConv2D", {**sizes, **convolution_sizes})
    yield from connected(case, (96, 36), "TOEPLITZ", kernel.ravel(), lambda group: weights, rule)


@row("several populations and synapse groups")
def several(case: Case) -> Iterator[Comparison]:
    model = case.model()
    first, beat_1 = clockwork(case, model, "first", 5, seed=1)
    second, beat_2 = clockwork(case, model, "second", 4, seed=2)
    target = adder(case, model, "target", 3)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    weights = np.arange(36.0)

    def pulse(values: np.ndarray) -> Any:
        return case.engine.init_weight_update("StaticPulse", {}, {"g": values})

    model.add_synapse_population("a", "DENSE", first, target, pulse(weights[:15]), delta)
    model.add_synapse_population("b", "DENSE", second, target, pulse(weights[15:27]), delta)
    listed = model.add_synapse_population("c", "SPARSE", second, target, pulse(np.array([64.0, 128.0])), delta)
    listed.set_sparse_connections([0, 3], [2, 1])
    model.build()
    model.load()
    extra = np.zeros((4, 3))
    extra[0, 2], extra[3, 1] = 64.0, 128.0

    def input_at(step: int) -> np.ndarray:
        late = step > 0
        from_first = delivered(fires(beat_1, step - 1) & late, weights[:15].reshape(5, 3))
        from_second = delivered(fires(beat_2, step - 1) & late, weights[15:27].reshape(4, 3) + extra)
        return from_first + from_second

    yield from follow(case, model, target, input_at)


@row("recurrent connection")
def recurrent(case: Case) -> Iterator[Comparison]:
    """A spike goes round a ring of neurons, one step each."""
    model = case.model()
    passing = case.engine.create_neuron_model(
        "passing",
        vars=[("V", "scalar")],
        sim_code="V += Isyn;",
        threshold_condition_code="V >= 1.0",
        reset_code="V = 0.0;",
    )
    start = np.zeros((case.batch, 6))
    start[np.arange(case.batch), np.arange(case.batch)] = 1.0
    group = model.add_neuron_population("ring", 6, passing, {}, {"V": case.spread(start)})
    group.spike_recording_enabled = True
    init = case.engine.init_weight_update("StaticPulse", {}, {"g": 1.0})
    synapses = model.add_synapse_population(
        "s", "SPARSE", group, group, init, case.engine.init_postsynaptic("DeltaCurr")
    )
    synapses.set_sparse_connections(np.arange(6), (np.arange(6) + 1) % 6)
    model.build()
    model.load(num_recording_timesteps=9)
    model.step_time(9)
    model.pull_recording_buffers_from_device()
    for example, (times, ids) in enumerate(group.spike_recording_data):
        yield "times", np.array(times), np.arange(9.0)
        yield "ids", np.array(ids), (np.arange(9) + example) % 6


@row("axonal delay")
def axonal_delay(case: Case) -> Iterator[Comparison]:
    model = case.model()
    source, beat = clockwork(case, model, "source", 6)
    target = adder(case, model, "target", 4)
    weights = np.arange(24.0).reshape(6, 4)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    init = case.engine.init_weight_update("StaticPulse", {}, {"g": weights.ravel()})
    for delay in (0, 1, 3):
        group = model.add_synapse_population(f"s{delay}", "DENSE", source, target, init, delta)
        group.axonal_delay_steps = delay
    model.build()
    model.load()

    def input_at(step: int) -> np.ndarray:
        arriving = [fires(beat, step - 1 - delay) & (step > delay) for delay in (0, 1, 3)]
        total: np.ndarray = sum(delivered(fired, weights) for fired in arriving)
        return total

    yield from follow(case, model, target, input_at, steps=12)


@row("reference with axonal delay")
def delayed_reference(case: Case) -> Iterator[Comparison]:
    model = case.model()
    start = np.round(case.varied(4) * 8.0)
    ramp = case.engine.create_neuron_model(
        "ramp", vars=[("V", "scalar"), ("still", "scalar")], sim_code="V += 1.0;", threshold_condition_code="V > 0.0"
    )
    source = model.add_neuron_population("source", 4, ramp, {}, {"V": case.spread(start), "still": 2.0})
    target = adder(case, model, "target", 3)
    scaled = case.engine.create_weight_update_model(
        "scaled",
        vars=[("g", "scalar", VarAccess.READ_ONLY)],
        pre_neuron_var_refs=[
            ("V_pre", "scalar", VarAccessMode.READ_ONLY),
            ("still_pre", "scalar", VarAccessMode.READ_ONLY),
        ],
        pre_spike_syn_code="addToPost(g * V_pre * still_pre);",
    )
    weights = np.arange(12.0).reshape(4, 3)
    references = {name + "_pre": case.engine.create_var_ref(source, name) for name in ("V", "still")}
    init = case.engine.init_weight_update(scaled, {}, {"g": weights.ravel()}, pre_var_refs=references)
    delta = case.engine.init_postsynaptic("DeltaCurr")
    for delay in (0, 2):
        group = model.add_synapse_population(f"s{delay}", "DENSE", source, target, init, delta)
        group.axonal_delay_steps = delay
    model.build()
    model.load()

    def arriving(step: int, delay: int) -> np.ndarray:
        voltage = start + (step - delay)
        still = 2.0 if step - 1 - delay < 7 else 3.0  # the newest slot is written after step 7, older ones are not
        return delivered((voltage > 0.0) & (step > delay), weights[None] * voltage[:, :, None] * still)

    yield from follow(case, model, target, lambda step: arriving(step, 0) + arriving(step, 2))
    yield "current_view", case.examples(source.vars["V"]), start + 8.0
    yield "slots", source.vars["V"].view.shape, (3, 4) if case.batch == 1 else (5, 3, 4)
    source.vars["still"].pull_from_device()
    source.vars["still"].current_view[:] = 3.0
    source.vars["still"].push_to_device()
    target.vars["V"].view[:] = 0.0
    target.vars["V"].push_to_device()
    yield from follow(case, model, target, lambda step: arriving(step + 8, 0) + arriving(step + 8, 2), steps=5)
