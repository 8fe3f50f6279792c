"""Sparse connectivity built by snippets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ml_genn.engines.embedded.language.types import UINT32
from ml_genn.engines.embedded.plan.plan import Builtin, Code, Pointer, Value
from ml_genn.engines.embedded.plan.storage import allocate
from ml_genn.engines.embedded.reference import build_columns, build_rows, initialise
from ml_genn.errors import DescriptionError
from tests.engine.plans import PlanMaker

SIZES = {name: Value(Builtin(name)) for name in ("id_pre", "id_post", "num_pre", "num_post")}


def snippet(text: str, **parameters: float) -> tuple[Code, dict[str, np.ndarray]]:
    """Row-building code with its parameters in storage."""
    maker = PlanMaker()
    names = SIZES | {name: maker.parameter(name, value) for name, value in parameters.items()}
    code = maker.code(text, names, ["addSynapse"])
    storage = allocate(maker.plan())
    initialise(maker.plan(), storage)
    return code, storage


def test_one_to_one() -> None:
    code, storage = snippet("addSynapse(id_pre);")
    row_length, indices, _ = build_rows(code, 4, 4, storage=storage, seed=0, stream=1)
    np.testing.assert_array_equal(row_length, [1, 1, 1, 1])
    np.testing.assert_array_equal(indices, [[0], [1], [2], [3]])
    assert row_length.dtype == indices.dtype == np.uint32


def test_rows_are_ascending_and_padded() -> None:
    code, storage = snippet(
        "for (uint32_t j = id_pre; j > 0; j--) { addSynapse(j - 1); } if (id_pre == 2) { addSynapse(0); }"
    )
    row_length, indices, _ = build_rows(code, 4, 3, storage=storage, seed=0, stream=1)
    np.testing.assert_array_equal(row_length, [0, 1, 3, 3])
    np.testing.assert_array_equal(indices, [[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 2]])


def test_no_synapse_at_all() -> None:
    code, storage = snippet("")
    row_length, indices, _ = build_rows(code, 3, 3, storage=storage, seed=0, stream=1)
    assert indices.shape == (3, 0)
    np.testing.assert_array_equal(row_length, [0, 0, 0])


FIXED_PROBABILITY = """
int j = -1;
while (true) {
    j += 1 + (int)(log(gennrand_uniform()) * reciprocal);
    if (j >= (int)num_post) { break; }
    addSynapse(j);
}"""


def test_fixed_probability_by_geometric_gaps() -> None:
    """Each of 300 x 200 pairs is connected with probability 0.1, by row and by column."""
    code, storage = snippet(FIXED_PROBABILITY, reciprocal=1 / np.log(1 - 0.1))
    row_length, indices, _ = build_rows(code, 300, 200, storage=storage, seed=5, stream=1)
    connected = np.zeros((300, 200), bool)
    for pre, length in enumerate(row_length):
        assert np.all(np.diff(indices[pre, :length].astype(int)) > 0)
        connected[pre, indices[pre, :length]] = True
    for totals, trials in ((connected.sum(axis=1), 200), (connected.sum(axis=0), 300)):
        scores = (totals - 0.1 * trials) / np.sqrt(0.09 * trials)
        # the sum of squared scores of binomial totals is close to chi-squared; bounds miss for one seed in a thousand
        low, high = stats.chi2(totals.size).ppf([0.0005, 0.9995])
        assert low < np.sum(scores**2) < high
    again, _, _ = build_rows(code, 300, 200, storage=storage, seed=5, stream=1)
    np.testing.assert_array_equal(again, row_length)
    other, _, _ = build_rows(code, 300, 200, storage=storage, seed=6, stream=1)
    assert np.any(other != row_length)


def test_columns_become_rows() -> None:
    code, storage = snippet("for (uint32_t c = 0; c < n; c++) { addSynapse(gennrand() % num_pre); }", n=3)
    row_length, indices, _ = build_columns(code, 6, 50, storage=storage, seed=0, stream=1)
    posts = np.concatenate([indices[pre, :length] for pre, length in enumerate(row_length)])
    np.testing.assert_array_equal(np.bincount(posts), np.full(50, 3))
    assert row_length.sum() == 150
    for pre, length in enumerate(row_length):
        assert np.all(np.diff(indices[pre, :length].astype(int)) >= 0)


def test_neurons_that_do_not_exist_are_refused() -> None:
    code, storage = snippet("addSynapse(id_pre + 1);")
    with pytest.raises(DescriptionError, match=r"test: addSynapse\(4\) names no postsynaptic neuron; they are 0 to 3"):
        build_rows(code, 4, 4, storage=storage, seed=0, stream=1)
    code, storage = snippet("addSynapse(num_pre);")
    with pytest.raises(DescriptionError, match=r"addSynapse\(2\) names no presynaptic neuron; they are 0 to 1"):
        build_columns(code, 2, 3, storage=storage, seed=0, stream=1)


def test_extra_global_parameters() -> None:
    maker = PlanMaker()
    names = SIZES | {"target": Pointer(maker.array("target", 3, np.array([2, 0, 1]), type_=UINT32))}
    code = maker.code("addSynapse(target[id_pre]);", names, ["addSynapse"])
    storage = allocate(maker.plan())
    initialise(maker.plan(), storage)
    _, indices, _ = build_rows(code, 3, 3, storage=storage, seed=0, stream=1)
    np.testing.assert_array_equal(indices, [[2], [0], [1]])
