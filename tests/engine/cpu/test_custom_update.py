"""Custom updates of the cpu engine against the reference, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    Clock,
    CustomUpdate,
    Element,
    Reduction,
    ReductionOperation,
    Transposition,
    Value,
)
from ml_genn.errors import DescriptionError
from tests.engine.cpu.agree import assert_agree, outcome, steps, update
from tests.engine.plans import ID, REDUCED, PlanMaker

PRECISIONS = [Precision(), Precision(DOUBLE, DOUBLE)]


def numbers(*shape: int) -> np.ndarray:
    """Numbers whose sums depend on the order of addition."""
    generator = np.random.default_rng(7)
    return generator.normal(size=shape) * 10.0 ** generator.integers(-6, 6, shape)


def test_plain_update_of_each_example() -> None:
    maker = PlanMaker(batch_size=5)
    names = {"x": maker.variable("x", 1100, numbers(5, 1100)), "b": Value(Builtin.BATCH), "id": ID}
    code = maker.code("x = x * 2.0 + (scalar)(b * 10u + id);", names)
    maker.custom_updates["double"] = (CustomUpdate("double", 4, 1100, True, code),)
    assert_agree(maker, update("double"), update("double"))


def test_updates_of_a_group_run_in_order() -> None:
    maker = PlanMaker(batch_size=2)
    x = maker.variable("x", 9, 3.0)
    first, second = (maker.code(text, {"x": x}) for text in ("x += 1.0;", "x *= 2.0;"))
    maker.custom_updates["both"] = (CustomUpdate("a", 4, 9, True, first), CustomUpdate("b", 5, 9, True, second))
    assert (assert_agree(maker, update("both"))["x"] == 8.0).all()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("batch_size", [1, 2, 5, 8, 13])
@pytest.mark.parametrize("operation", ReductionOperation)
@pytest.mark.parametrize(("over_batch", "over_elements"), [(True, False), (False, True), (True, True)])
def test_reductions(
    over_batch: bool, over_elements: bool, operation: ReductionOperation, batch_size: int, precision: Precision
) -> None:
    maker = PlanMaker(batch_size=batch_size, precision=precision)
    x = maker.variable("x", 21, numbers(batch_size, 21))
    target = maker.array("target", 1 if over_elements else 21, 99.0, batched=not over_batch)
    reduction = Reduction("r", target, operation, over_batch, over_elements)
    code = maker.code("r = x; x = 0.0;", {"x": x, "r": REDUCED})
    maker.custom_updates["sum"] = (CustomUpdate("sum", 4, 21, True, code, (reduction,)),)
    assert_agree(maker, update("sum"))


def test_reductions_of_integers_and_several_at_once() -> None:
    maker = PlanMaker(batch_size=9)
    x = maker.variable("x", 11, np.arange(99.0).reshape(9, 11) - 60)
    names = {"x": x, "most": REDUCED, "total": REDUCED}
    most = maker.array("most", 11, type_=FLOAT)
    total = maker.array("total", 1, batched=True)
    reductions = (
        Reduction("most", most, ReductionOperation.MAX, True, False),
        Reduction("total", total, ReductionOperation.SUM, False, True),
    )
    code = maker.code("most = x; total = x * 0.1;", names)
    maker.custom_updates["several"] = (CustomUpdate("several", 4, 11, True, code, reductions),)
    assert_agree(maker, update("several"), update("several"))


def test_sum_over_elements_of_what_all_examples_share() -> None:
    maker = PlanMaker(batch_size=3)
    weights = maker.variable("w", 2100, numbers(2100), batched=False)
    target = maker.array("target", 1)
    code = maker.code("r = w * w;", {"w": weights, "r": REDUCED})
    reductions = (Reduction("r", target, ReductionOperation.SUM, False, True),)
    maker.custom_updates["norm"] = (CustomUpdate("norm", 4, 2100, False, code, reductions),)
    assert_agree(maker, update("norm"))


def test_broadcast_reaches_every_example_and_slot() -> None:
    maker = PlanMaker(batch_size=4)
    x = maker.variable("x", 1500, 1.0)
    ring = maker.variable("ring", 1500, 2.0, slots=3, delay=1)
    number = maker.variable("number", 1500, 3, type_=INT32)
    start = maker.variable("start", 1500, numbers(1500), batched=False)
    names = {"x": x, "ring": ring, "number": number, "start": start, "id": ID}
    code = maker.code("x = start; ring = start + 1.0; if (id > 700u) { number = (int)id; }", names)
    broadcast = ("x", "ring", "number")
    maker.custom_updates["reset"] = (CustomUpdate("reset", 4, 1500, False, code, (), broadcast),)
    storage = assert_agree(maker, steps(2), update("reset"))
    assert (storage["x"] == storage["start"]).all()


def test_a_batched_broadcast_reaches_every_slot_of_its_own_example() -> None:
    maker = PlanMaker(batch_size=3)
    ring = maker.variable("ring", 1500, 2.0, slots=3, delay=1)
    names = {"ring": ring, "x": maker.variable("x", 1500, numbers(3, 1500)), "b": Value(Builtin.BATCH), "id": ID}
    code = maker.code("if (id != 3u) { ring = x + (scalar)b; } x = ring;", names)
    maker.custom_updates["reset"] = (CustomUpdate("reset", 4, 1500, True, code, (), frozenset({"ring"})),)
    storage = assert_agree(maker, steps(2), update("reset"))
    assert (storage["ring"] == storage["x"]).all()


@pytest.mark.parametrize(("over_batch", "over_elements"), [(True, False), (False, True), (True, True)])
def test_reductions_into_a_ring_keep_its_older_slots(over_batch: bool, over_elements: bool) -> None:
    maker = PlanMaker(batch_size=3)
    x = maker.variable("x", 7, numbers(3, 7))
    target = maker.array("target", 1 if over_elements else 7, 99.0, batched=not over_batch, slots=4)
    reduction = Reduction("r", target, ReductionOperation.SUM, over_batch, over_elements)
    code = maker.code("r = x;", {"x": x, "r": REDUCED})
    maker.custom_updates["sum"] = (CustomUpdate("sum", 4, 7, True, code, (reduction,)),)
    storage = assert_agree(maker, steps(2), update("sum"))
    assert (storage["target"][[0, 2, 3]] == 99.0).all()
    assert (storage["target"][1] != 99.0).all()


@pytest.mark.parametrize("batched", [False, True])
def test_transposition_of_what_the_code_has_stored(batched: bool) -> None:
    maker = PlanMaker(batch_size=2)
    there = maker.variable("there", 35 * 18, numbers(2 if batched else 1, 35 * 18), batched=batched)
    back = maker.array("back", 18 * 35, batched=batched)
    code = maker.code("there += 1.0;", {"there": there})
    turn = Transposition(there.array, back, 35, 18)
    maker.custom_updates["turn"] = (CustomUpdate("turn", 4, 35 * 18, batched, code, transpositions=(turn,)),)
    storage = assert_agree(maker, update("turn"))
    for example in range(2 if batched else 1):
        matrix = storage["there"][0, example].reshape(35, 18)
        assert (storage["back"][0, example].reshape(18, 35) == matrix.T).all()


def test_ring_variables_are_written_in_the_newest_slot() -> None:
    maker = PlanMaker(batch_size=2)
    ring = maker.variable("ring", 6, np.arange(6.0), slots=3, delay=1)
    maker.neurons("n", 6, sim=maker.code("ring += 1.0;", {"ring": ring}))
    code = maker.code("ring *= 10.0;", {"ring": ring})
    maker.custom_updates["scale"] = (CustomUpdate("scale", 4, 6, True, code),)
    assert_agree(maker, steps(4), update("scale"), steps(1))


def test_parameters_and_random_numbers() -> None:
    maker = PlanMaker(batch_size=3, seed=2**40 + 5)
    names = {
        "x": maker.variable("x", 40),
        "n": maker.variable("n", 40),
        "scale": Element(maker.array("scale", 1, 0.5), Axis.SHARED),
    }
    code = maker.code("x = scale * gennrand_uniform(); n = (scalar)(gennrand() >> 20);", names)
    maker.custom_updates["draw"] = (CustomUpdate("draw", 4, 40, True, code),)
    storage = assert_agree(maker, update("draw"))
    assert np.unique(storage["x"]).size == 120


def test_an_unknown_group_is_named() -> None:
    maker = PlanMaker()
    code = maker.code("x = 1.0;", {"x": maker.variable("x", 2)})
    maker.custom_updates["reset"] = (CustomUpdate("reset", 4, 2, True, code),)
    with pytest.raises(DescriptionError, match=r"no custom update group 'rest' \(there are: reset\)"):
        outcome(maker, [lambda executable, _, clock: executable.custom_update("rest", Clock())], 1)
