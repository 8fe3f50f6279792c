"""Random numbers of the cpu engine against the reference."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.language.types import DOUBLE, Precision
from ml_genn.engines.embedded.plan.plan import InputBlock
from tests.engine.cpu.agree import assert_agree, outcome, steps
from tests.engine.plans import ISYN, PlanMaker

PRECISIONS = [Precision(), Precision(DOUBLE, DOUBLE)]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_uniform_draws_are_the_same_bits(precision: Precision) -> None:
    maker = PlanMaker(batch_size=3, precision=precision, seed=2**63 + 12345)
    names = {"x": maker.variable("x", 50), "Isyn": ISYN}
    noise = maker.code("injectCurrent(gennrand_uniform());", {}, ["injectCurrent"])
    maker.neurons(
        "n",
        50,
        accumulators=(("Isyn", precision.scalar, 0.0),),
        inputs=(InputBlock(noise, "Isyn", 7), InputBlock(noise, "Isyn", 8)),
        sim=maker.code("if (gennrand_uniform() < 0.5) { x = Isyn + gennrand_uniform(); }", names),
        threshold=maker.condition("gennrand_uniform() < 0.5", {}),
        reset=maker.code("x -= gennrand_uniform();", names),
        queue=maker.queue("n", 50),
    )
    storage = assert_agree(maker, steps(5))
    assert np.unique(storage["x"]).size > 140  # of 150, few of which may still be 0


# logarithm, cosine and square root each differ by up to 4 units in the last place between numpy and the C library; the
# cosine near its zeros and the differences in gamma's acceptance make that more, relative to the result
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    "draw", ["gennrand_normal()", "gennrand_exponential()", "gennrand_log_normal(0.5, 0.25)", "gennrand_gamma(2.5)"]
)
def test_distributions(draw: str, precision: Precision) -> None:
    maker = PlanMaker(batch_size=2, precision=precision)
    maker.neurons("n", 100, sim=maker.code(f"x = {draw};", {"x": maker.variable("x", 100)}))
    assert_agree(maker, steps(3), ulps=64)


def test_normal_numbers_are_as_exact_as_those_of_the_library() -> None:
    """In float, logarithm and cosine are arithmetic of ours: over 60,000 draws they are off by as little as C's."""
    maker = PlanMaker(batch_size=3, seed=7)
    maker.neurons("n", 10_000, sim=maker.code("x = gennrand_normal();", {"x": maker.variable("x", 10_000)}))
    storage = assert_agree(maker, steps(2), ulps=64)
    assert abs(storage["x"].mean()) < 0.03  # of 30,000 numbers: 5 standard deviations of their mean
    assert abs(storage["x"].std() - 1.0) < 0.02


def test_binomial_counts_uniform_draws() -> None:
    maker = PlanMaker(batch_size=2)
    maker.neurons("n", 100, sim=maker.code("x = gennrand_binomial(20, 0.3);", {"x": maker.variable("x", 100)}))
    storage = assert_agree(maker, steps(3))
    assert 5 < storage["x"].mean() < 7  # 6 expected, standard deviation of this mean 0.15


def test_gamma_of_what_is_no_shape_is_not_a_number() -> None:
    maker = PlanMaker()
    maker.neurons("n", 2, sim=maker.code("x = gennrand_gamma(-1.0);", {"x": maker.variable("x", 2)}))
    assert np.isnan(outcome(maker, [steps(1)], 1)["x"]).all()
