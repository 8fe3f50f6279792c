"""What the plan builder promises beyond what models show: independence of draws, sizes, PyGeNN's padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_var_init_snippet,
    init_postsynaptic,
    init_sparse_connectivity,
    init_toeplitz_connectivity,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.connections import toeplitz
from ml_genn.engines.embedded.plan.streams import Streams

HOLDING = create_neuron_model("holding", vars=[("x", "scalar")])


def connected(num_pre: int, num_post: int, rule: str, probability: float, others: int = 0) -> tuple[Any, Any]:
    """A group drawn with a fixed seed, in a model with other populations; and the last population's values."""
    model = GeNNModel("float", "m", "reference")
    model.seed = 99
    uniform = init_var("Uniform", {"min": 0.0, "max": 1.0})
    for other in range(others):
        model.add_neuron_population(f"other{other}", 5, HOLDING, {}, {"x": uniform})
    source = model.add_neuron_population("a", num_pre, HOLDING, {}, {"x": uniform})
    target = model.add_neuron_population("b", num_post, HOLDING, {}, {"x": uniform})
    group = model.add_synapse_population(
        "s",
        "SPARSE",
        source,
        target,
        init_weight_update("StaticPulse", {}, {"g": 1.0}),
        init_postsynaptic("DeltaCurr"),
        init_sparse_connectivity(rule, {"prob": probability}),
    )
    model.build()
    model.load()
    return group, target.vars["x"].values


def test_a_row_of_random_connectivity_depends_on_nothing_but_its_index() -> None:
    few, _ = connected(3, 500, "FixedProbability", 0.2)
    many, _ = connected(3000, 500, "FixedProbability", 0.2, others=2)  # drawn in more than one piece
    for row in range(3):
        expected = few.get_sparse_post_inds()[few.get_sparse_pre_inds() == row]
        assert np.array_equal(many.get_sparse_post_inds()[many.get_sparse_pre_inds() == row], expected)


def test_other_populations_leave_random_values_as_they_are() -> None:
    assert np.array_equal(connected(3, 50, "FixedProbability", 0.5)[1], connected(3, 50, "FixedProbability", 0.5, 3)[1])


@pytest.mark.parametrize(("probability", "synapses"), [(0.0, 0), (1.0, 70)])
def test_certain_probabilities(probability: float, synapses: int) -> None:
    group, _ = connected(7, 10, "FixedProbability", probability)
    assert len(group.get_sparse_pre_inds()) == len(group.vars["g"].values) == synapses


def test_no_autapse() -> None:
    group, _ = connected(9, 9, "FixedProbabilityNoAutapse", 1.0)
    pre, post = group.get_sparse_pre_inds(), group.get_sparse_post_inds()
    assert len(pre) == 72
    assert not np.any(pre == post)


def test_streams_depend_on_the_name_and_never_collide() -> None:
    one, other = Streams(), Streams()
    other.number("another")
    assert one.number("neurons.a") == other.number("neurons.a")
    crowded = Streams()
    assert len({crowded.number(f"n{index}") for index in range(5000)}) == 5000


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("out", [3, 5, 7])
def test_default_padding_is_pygenns(kernel: int, out: int) -> None:
    """PyGeNN: post = pre + flipped kernel - bh with bh = (ih + kh - 1 - oh) / 2, so pre = post - (kh - 1 - bh) + i."""
    sizes = {"conv_kh": kernel, "conv_kw": kernel, "conv_ih": 5, "conv_iw": 5, "conv_ic": 1}
    rule = init_toeplitz_connectivity("Conv2D", {**sizes, "conv_oh": out, "conv_ow": out, "conv_oc": 1})
    border = (5 + kernel - 1 - out) // 2
    assert toeplitz("s", rule).padding == (kernel - 1 - border,) * 2


def test_initialisation_knows_the_size_of_the_batch() -> None:
    model = GeNNModel("float", "m", "reference")
    model.batch_size = 3
    counting = init_var(create_var_init_snippet("counting", var_init_code="value = num_batch;"))
    group = model.add_neuron_population("a", 2, HOLDING, {}, {"x": counting})
    model.build()
    model.load()
    assert np.array_equal(group.vars["x"].values, np.full((3, 2), 3.0))


def test_seed_zero_draws_a_new_seed_for_each_build() -> None:
    def drawn(seed: int) -> bytes:
        model = GeNNModel("float", "m", "reference")
        model.seed = seed
        group = model.add_neuron_population("a", 9, HOLDING, {}, {"x": init_var("Normal", {"mean": 0.0, "sd": 1.0})})
        model.build()
        model.load()
        return group.vars["x"].values.tobytes()

    assert drawn(0) != drawn(0)
    assert drawn(5) == drawn(5) != drawn(6)
