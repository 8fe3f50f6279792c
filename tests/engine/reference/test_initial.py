"""Initial values: numbers, arrays and snippets, in every slot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ml_genn.engines.embedded.language.types import DOUBLE, INT32, UINT8, NumericType, Precision
from ml_genn.engines.embedded.plan.plan import Builtin, CodeInitial, Value
from ml_genn.engines.embedded.plan.random import philox
from ml_genn.engines.embedded.reference import initial
from ml_genn.errors import InternalCompilerError
from tests.engine.plans import ID, ISYN, PlanMaker, load


@pytest.mark.parametrize(("type_", "value", "expected"), [(INT32, -3.0, -3), (UINT8, 200, 200), (DOUBLE, 0.1, 0.1)])
def test_constants_fill_everything(type_: NumericType, value: float, expected: float) -> None:
    maker = PlanMaker(batch_size=2)
    maker.array("x", 3, value, type_=type_, batched=True, slots=2)
    _, storage = load(maker)
    np.testing.assert_array_equal(storage["x"], np.full((2, 2, 3), expected))


def test_arrays_are_given_for_all_examples_or_for_each() -> None:
    maker = PlanMaker(batch_size=2)
    maker.array("same", 3, np.arange(3.0), batched=True, slots=2)
    maker.array("own", 3, np.arange(6.0).reshape(2, 3), batched=True, slots=2)
    maker.array("shared", 3, np.arange(3.0))
    _, storage = load(maker)
    np.testing.assert_array_equal(storage["same"], [[[0, 1, 2], [0, 1, 2]]] * 2)
    np.testing.assert_array_equal(storage["own"], [[[0, 1, 2], [3, 4, 5]]] * 2)
    np.testing.assert_array_equal(storage["shared"], [[[0, 1, 2]]])


def test_arrays_without_initial_values_are_left_alone() -> None:
    maker = PlanMaker()
    maker.array("x", 3)
    _, storage = load(maker)
    assert not storage["x"].any()


@pytest.mark.parametrize("lanes", [None, 1, 4])
def test_snippets_see_their_element_example_and_parameters(lanes: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if lanes is not None:
        monkeypatch.setattr(initial, "_LANES_AT_ONCE", lanes)
    maker = PlanMaker(batch_size=2)
    names = {"value": ISYN, "id": ID, "batch": Value(Builtin.BATCH)}
    names["scale"] = maker.parameter("scale", 0.5)
    names["num_neurons"] = Value(Builtin.NUM_NEURONS)
    code = maker.code("value = scale * (id + 10 * batch) + (num_neurons - 3);", names)
    maker.array("x", 3, CodeInitial(code, 5), batched=True, slots=2)
    maker.array("y", 3, CodeInitial(maker.code("if (id > 0) { value = scale; }", names), 5))
    _, storage = load(maker)
    np.testing.assert_array_equal(storage["x"], [[[0, 0.5, 1], [5, 5.5, 6]]] * 2)
    np.testing.assert_array_equal(storage["y"], [[[0, 0.5, 0.5]]])


def test_random_snippets_follow_their_distribution_and_key() -> None:
    maker = PlanMaker(batch_size=2, precision=Precision(DOUBLE, DOUBLE), seed=11)
    code = maker.code("value = gennrand_normal();", {"value": ISYN})
    maker.array("x", 20_000, CodeInitial(code, 6), batched=True)
    bits = maker.code("value = gennrand();", {"value": ISYN})
    maker.array("bits", 2, CodeInitial(bits, 7), batched=True)
    _, storage = load(maker)
    assert stats.kstest(storage["x"].ravel(), "norm").pvalue > 1e-4  # fails for one seed in ten thousand
    expected = philox(np.arange(2), np.arange(2)[:, None], 0, 7, np.array(0), 11)[0]
    np.testing.assert_array_equal(storage["bits"][0], expected)


def test_snippets_can_ask_only_for_what_there_is() -> None:
    maker = PlanMaker()
    for builtin, match in (
        (Builtin.ID_PRE, "no running index 'pre'"),
        (Builtin.NUM_PRE, "no built-in value 'num_pre'"),
    ):
        maker.array("x", 1, CodeInitial(maker.code("value = n;", {"value": ISYN, "n": Value(builtin)}), 5))
        with pytest.raises(InternalCompilerError, match=match):
            load(maker)
