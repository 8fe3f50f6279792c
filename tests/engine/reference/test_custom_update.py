"""Custom updates of the reference: plain, broadcast, reductions in their fixed order."""

from __future__ import annotations

from functools import reduce as fold

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import FLOAT, INT32
from ml_genn.engines.embedded.plan.plan import Axis, Clock, CustomUpdate, Element, Reduction, ReductionOperation
from ml_genn.errors import DescriptionError
from tests.engine.plans import ID, REDUCED, PlanMaker, load

SUM, MAX = ReductionOperation.SUM, ReductionOperation.MAX


def test_batched_update_runs_for_each_example() -> None:
    maker = PlanMaker(batch_size=2)
    names = {"x": maker.variable("x", 3, np.arange(6.0).reshape(2, 3)), "id": ID}
    maker.custom_updates["go"] = (CustomUpdate("update", 4, 3, True, maker.code("x = 10.0 * x + id;", names)),)
    executable, storage = load(maker)
    executable.custom_update("go", Clock())
    np.testing.assert_array_equal(storage["x"][0], [[0, 11, 22], [30, 41, 52]])


def test_updates_of_a_group_run_in_order() -> None:
    maker = PlanMaker()
    names = {"x": maker.variable("x", 2, 1.0)}
    codes = ("x += 1.0;", "x *= 3.0;")
    maker.custom_updates["go"] = tuple(CustomUpdate(c, 4, 2, True, maker.code(c, names)) for c in codes)
    executable, storage = load(maker)
    executable.custom_update("go", Clock())
    np.testing.assert_array_equal(storage["x"][0, 0], [6, 6])


def test_broadcast_writes_all_examples_and_slots() -> None:
    maker = PlanMaker(batch_size=2)
    names = {
        "x": maker.variable("x", 3, 7.0, slots=4, delay=1),
        "rest": maker.variable("rest", 3, np.array([1.0, 2.0, 3.0]), batched=False),
    }
    code = maker.code("x = rest;", names)
    maker.custom_updates["reset"] = (CustomUpdate("reset", 4, 3, False, code, broadcast=("x",)),)
    executable, storage = load(maker)
    executable.custom_update("reset", Clock(ring=6))
    np.testing.assert_array_equal(storage["x"], np.broadcast_to([1, 2, 3], (4, 2, 3)))


def test_ring_variables_are_read_and_written_in_their_newest_slot() -> None:
    maker = PlanMaker()
    names = {"x": maker.variable("x", 1, slots=3, delay=1)}
    maker.custom_updates["go"] = (CustomUpdate("update", 4, 1, True, maker.code("x += 0.5;", names)),)
    executable, storage = load(maker)
    storage["x"][:, 0, 0] = [10, 20, 30]
    executable.custom_update("go", Clock(ring=5))  # the last step was 4, its slot is 1
    np.testing.assert_array_equal(storage["x"][:, 0, 0], [10, 20.5, 30])


def reduced(
    batch: int, values: np.ndarray, operation: ReductionOperation, over_batch: bool, over_elements: bool
) -> np.ndarray:
    """Runs a reduction of values [batch][elements]."""
    maker = PlanMaker(batch_size=batch)
    elements = values.shape[1]
    names = {"x": maker.variable("x", elements, values), "r": REDUCED}
    target = maker.array("target", 1 if over_elements else elements, batched=not over_batch)
    reduction = Reduction("r", target, operation, over_batch, over_elements)
    code = maker.code("r = x;", names)
    maker.custom_updates["go"] = (CustomUpdate("reduce", 4, elements, True, code, (reduction,)),)
    executable, storage = load(maker)
    executable.custom_update("go", Clock())
    return storage["target"][0]


@pytest.mark.parametrize("batch", [1, 5, 8, 19])
def test_reductions_match_numpy(batch: int) -> None:
    values = np.random.default_rng(3).integers(-50, 50, (batch, 6)).astype(float)
    for operation, numpy in ((SUM, np.sum), (MAX, np.max)):
        np.testing.assert_array_equal(reduced(batch, values, operation, True, False), numpy(values, 0, keepdims=True))
        np.testing.assert_array_equal(reduced(batch, values, operation, False, True), numpy(values, 1, keepdims=True))
        np.testing.assert_array_equal(reduced(batch, values, operation, True, True), [[numpy(values)]])


@pytest.mark.parametrize("batch", [3, 8, 11, 30])
def test_batch_sums_follow_shards_and_tree(batch: int) -> None:
    """The same order, spelt out with Python's own loops in single precision."""
    values = np.random.default_rng(4).standard_normal((batch, 1)).astype(np.float32)
    count = min(batch, 8)
    shards = [values[s * batch // count : (s + 1) * batch // count, 0] for s in range(count)]
    sums = [fold(lambda a, b: np.float32(a + b), shard, np.float32(0)) for shard in shards]
    while len(sums) > 1:
        pairs = [sums[i : i + 2] for i in range(0, len(sums), 2)]
        sums = [pair[0] + pair[1] if len(pair) == 2 else pair[0] for pair in pairs]
    assert reduced(batch, values, SUM, True, False).item() == sums[0]


def test_element_sums_run_in_ascending_order() -> None:
    values = np.random.default_rng(5).standard_normal((1, 1000)).astype(np.float32)
    expected = fold(lambda a, b: np.float32(a + b), values[0], np.float32(0))
    assert reduced(1, values, SUM, False, True).item() == expected
    assert np.sum(values) != expected  # numpy's own order differs, so the test can fail


def test_maximum_ignores_nan_and_starts_at_the_lowest_value() -> None:
    values = np.array([[np.nan, np.nan], [-5.0, np.nan]])
    np.testing.assert_array_equal(reduced(2, values, MAX, True, False), [[-5, -np.inf]])


def test_integer_reductions() -> None:
    maker = PlanMaker(batch_size=3)
    x = maker.variable("x", 1, np.array([[-3], [-2], [-7]]), type_=INT32)
    total, largest = (maker.array(name, 1, type_=INT32) for name in ("total", "largest"))
    code = maker.code("s = (int)(x + 0.0); m = x;", {"x": x, "s": REDUCED, "m": REDUCED})
    reductions = (Reduction("s", total, SUM, True, False), Reduction("m", largest, MAX, True, False))
    maker.custom_updates["go"] = (CustomUpdate("reduce", 4, 1, True, code, reductions),)
    executable, storage = load(maker)
    executable.custom_update("go", Clock())
    assert (storage["total"].item(), storage["largest"].item()) == (-12, -2)


def test_shared_elements_are_read_in_unbatched_updates() -> None:
    maker = PlanMaker(batch_size=2)
    names = {
        "x": maker.variable("x", 2, np.array([1.0, 2.0]), batched=False),
        "rate": Element(maker.array("rate", 1, 0.5, type_=FLOAT), Axis.SHARED),
    }
    maker.custom_updates["go"] = (CustomUpdate("update", 4, 2, False, maker.code("x -= rate * x;", names)),)
    executable, storage = load(maker)
    executable.custom_update("go", Clock())
    np.testing.assert_array_equal(storage["x"][0, 0], [0.5, 1.0])


def test_unknown_groups_are_named_with_the_known_ones() -> None:
    maker = PlanMaker()
    names = {"x": maker.variable("x", 2)}
    for group in ("zero", "again"):
        maker.custom_updates[group] = (CustomUpdate(group, 4, 2, True, maker.code("x = 0.0;", names)),)
    executable, _ = load(maker)
    message = r"there is no custom update group 'reset' \(there are: again, zero\)"
    with pytest.raises(DescriptionError, match=message):
        executable.custom_update("reset", Clock())
