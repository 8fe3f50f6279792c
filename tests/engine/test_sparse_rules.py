"""Rules of sparse connectivity: what cannot mean anything, and how many synapses they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_sparse_connect_init_snippet,
    init_postsynaptic,
    init_sparse_connectivity,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.language import ModelCodeError
from ml_genn.engines.embedded.language.types import UINT16, UINT32, NumericType
from ml_genn.engines.embedded.plan.plan import Propagation, SparseConnectivity
from ml_genn.engines.embedded.plan.synapse_rules import made
from ml_genn.errors import DescriptionError, InternalCompilerError


def connected(rule: Any, sizes: tuple[int, int] = (4, 3), weight: Any = 1.0) -> tuple[GeNNModel, Any]:
    model = GeNNModel("float", "m", "reference")
    model.seed = 7
    source, target = (
        model.add_neuron_population(name, size, "SpikeSource") for name, size in zip("ab", sizes, strict=True)
    )
    init = init_weight_update("StaticPulse", {}, {"g": weight})
    return model, model.add_synapse_population(
        "s", "SPARSE", source, target, init, init_postsynaptic("DeltaCurr"), rule
    )


def striped(code: str) -> Any:
    return init_sparse_connectivity(
        create_sparse_connect_init_snippet("striped", row_build_code=code, calc_kernel_size_func=lambda pars: (2, 3))
    )


def without_table() -> None:
    table = create_sparse_connect_init_snippet(
        "t", extra_global_params=[("to", "unsigned int*")], row_build_code="addSynapse(to[id_pre]);"
    )
    connected(init_sparse_connectivity(table))[0].build()


def without_values() -> None:
    rule = striped("addSynapse(0, 0, 0);")
    model, _ = connected(rule, weight=init_var("Kernel"))
    model.build()
    model.load()


def without_kernel() -> None:
    model, group = connected(init_sparse_connectivity("OneToOne"), weight=init_var("Kernel"))
    group.vars["g"].extra_global_params["kernel"].set_init_values([1.0])
    model.build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: connected(striped("addSynapse(0, 1, 3);"))[0].build(),
            r"s.row_build_code: index 1 of the kernel is 3 in addSynapse; the kernel has shape \(2, 3\)",
        ),
        (lambda: connected(striped("addSynapse(0);"))[0].build(), r"addSynapse takes 3 arguments, got 1"),
        (without_table, r"s.to: call set_init_values before building the model, which makes the connectivity"),
        (without_values, r"synapses.s.g.initial.kernel: call set_init_values before loading the model"),
        (without_kernel, r"unknown name 'id_kernel'"),
    ],
)
def test_messages(build: Callable[[], None], message: str) -> None:
    with pytest.raises((DescriptionError, ModelCodeError), match=message):
        build()


def test_synapses_of_nothing_are_refused() -> None:
    with pytest.raises(InternalCompilerError, match="s: no synapses for None; this is a bug in ml_genn"):
        made(None, type("Group", (), {"name": "s", "synapses": None})(), 4, 3)  # type: ignore[arg-type]


def test_a_fixed_total_may_be_zero_or_many_per_pair() -> None:
    for number in (0, 500):
        model, group = connected(init_sparse_connectivity("FixedNumberTotalWithReplacement", {"num": number}))
        model.build()
        model.load()
        assert len(group.get_sparse_pre_inds()) == len(group.vars["g"].values) == number


@pytest.mark.parametrize(
    ("rule", "distinct"),
    [
        (init_sparse_connectivity("OneToOne"), True),
        (init_sparse_connectivity("FixedProbability", {"prob": 0.9}), True),
        (init_sparse_connectivity("FixedNumberTotalWithReplacement", {"num": 40}), False),  # of 12 pairs
    ],
    ids=["one to one", "fixed probability", "fixed number"],
)
def test_rows_know_whether_they_name_a_target_twice(rule: Any, distinct: bool) -> None:
    assert sparse_plan(connected(rule)[0]).distinct is distinct


@pytest.mark.parametrize(("second", "distinct"), [((0, 2), True), ((1, 1), True), ((0, 1), False)])
def test_listed_rows_know_it_too(second: tuple[int, int], distinct: bool) -> None:
    model, group = connected(None)
    group.set_sparse_connections(*np.array([(0, 1), second, (3, 0)]).T)
    assert sparse_plan(model).distinct is distinct


@pytest.mark.parametrize(("targets", "type_"), [(1 << 16, UINT16), ((1 << 16) + 1, UINT32)])
def test_indices_are_as_short_as_they_may_be(targets: int, type_: NumericType) -> None:
    model, group = connected(None, (1, targets))
    group.set_sparse_connections(np.array([0]), np.array([targets - 1]))
    assert sparse_plan(model).indices.type == type_
    model.load()
    group.pull_connectivity_from_device()
    assert group.get_sparse_post_inds().tolist() == [targets - 1]


def sparse_plan(model: GeNNModel) -> SparseConnectivity:
    """Connectivity of the only propagation of a model that is not built yet."""
    model.build()
    assert model._plan is not None
    (found,) = [kernel.connectivity for kernel in model._plan.step if isinstance(kernel, Propagation)]
    assert isinstance(found, SparseConnectivity)
    return found
