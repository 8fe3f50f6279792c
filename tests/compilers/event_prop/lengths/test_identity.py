"""A trial of n timesteps gives what a compiler for n timesteps gives, rule by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.rows import ROWS, Row
from tests.compilers.event_prop.lengths.mixed import LENGTHS, alone, together

QUICK = ("adaptive, refractory, delays", "first spike", "mean square error")
MARKED = [pytest.param(row, id=row.name, marks=[] if row.name in QUICK else [pytest.mark.slow]) for row in ROWS]
"""Every rule that is registered is among them: `exactness.test_registries`."""


@pytest.mark.parametrize("row", MARKED)
def test_a_trial_is_that_of_a_compiler_for_its_length(row: Row) -> None:
    check(row)


@pytest.mark.parametrize(
    "name",
    [
        "two currents",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("recurrent with autapses", "adaptive, refractory, delays", "first spike", "mean square error")
        ),
    ],
)
def test_so_it_is_where_constants_are_learnt(name: str) -> None:
    check(next(row for row in ROWS if row.name == name), constants=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["recurrent with autapses", "first spike"])
def test_so_it_is_in_single_precision(name: str) -> None:
    check(next(row for row in ROWS if row.name == name), precision="float")


def check(row: Row, **kwargs: Any) -> None:
    """Bits of a batch against those of its examples alone; derivatives are added as the engine adds four shards."""
    found, single = together(row, **kwargs), alone(row, **kwargs)
    for example, one in enumerate(single):
        np.testing.assert_array_equal(found.counts[example], one.counts[0])
        assert one.counts.any()
        length = LENGTHS[example] if row.task.series else None
        np.testing.assert_array_equal(found.readouts[example][:length], one.readouts[0])
        assert not row.task.series or np.isnan(found.readouts[example][length:]).all()
    assert found.loss == pytest.approx(np.mean([one.loss for one in single]), rel=1e-14)  # a sum in another order
    for name, gradient in found.gradients.items():
        a, b, c, d = (one.gradients[name] for one in single)
        np.testing.assert_array_equal(gradient, ((a + b) + (c + d)) / 4.0, err_msg=name)
    weights = [gradient for name, gradient in found.gradients.items() if "/" not in name]
    assert all(map(np.any, weights))  # what a first spike resets V to, for one, makes no difference
