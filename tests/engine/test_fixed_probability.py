"""Random connectivity: each pair alike, rows that depend on nothing but themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.engines.embedded.plan import fixed_probability
from ml_genn.engines.embedded.plan.fixed_probability import draw_rows


def matrix(
    num_pre: int, num_post: int, probability: float, *, self_connections: bool = True, seed: int = 1
) -> np.ndarray:
    """Whether each pair is connected."""
    lengths, targets = draw_rows(num_pre, num_post, probability, self_connections=self_connections, stream=7, seed=seed)
    found = np.zeros((num_pre, num_post), bool)
    found[np.repeat(np.arange(num_pre), lengths), targets] = True
    assert found.sum() == len(targets), "a pair is connected twice"
    return found


@pytest.mark.parametrize("probability", [0.001, 0.03, 0.5, 0.97])
def test_each_pair_is_connected_with_the_probability(probability: float) -> None:
    found = matrix(400, 500, probability)
    deviation = np.sqrt(probability * (1 - probability))
    # five standard errors of each mean: by chance one of 900 fails in two thousand runs
    assert abs(found.mean() - probability) < 5 * deviation / np.sqrt(found.size)
    assert (abs(found.mean(axis=0) - probability) < 5 * deviation / np.sqrt(400) + 5 / 400).all()
    assert (abs(found.mean(axis=1) - probability) < 5 * deviation / np.sqrt(500) + 5 / 500).all()


def test_neighbours_are_independent() -> None:
    found = matrix(500, 400, 0.3)
    both = (found[:, 1:] & found[:, :-1]).mean()
    assert abs(both - 0.09) < 5 * np.sqrt(0.09 / found.size)


@pytest.mark.parametrize(("probability", "expected"), [(0.0, False), (1.0, True)])
def test_none_and_all(probability: float, expected: bool) -> None:
    assert (matrix(5, 9, probability) == expected).all()


def test_targets_ascend_in_each_row() -> None:
    lengths, targets = draw_rows(50, 60, 0.4, self_connections=True, stream=0, seed=3)
    begins = np.cumsum(lengths)[:-1]
    assert all((np.diff(row.astype(int)) > 0).all() for row in np.split(targets, begins))


def test_no_neuron_to_itself() -> None:
    apart, together = (matrix(40, 40, 0.5, self_connections=choice) for choice in (False, True))
    assert not np.diag(apart).any()
    np.testing.assert_array_equal(apart | np.eye(40, dtype=bool), together | np.eye(40, dtype=bool))


def test_a_row_depends_on_nothing_but_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = matrix(100, 200, 0.2)
    np.testing.assert_array_equal(matrix(30, 200, 0.2), whole[:30])
    monkeypatch.setattr(fixed_probability, "_DRAWS_AT_ONCE", 1)
    np.testing.assert_array_equal(matrix(100, 200, 0.2), whole)


def test_rows_that_need_more_draws_than_most(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = matrix(20, 3000, 0.5)
    real = np.sqrt
    # as if the spread were negative: nearly no row is long enough at first
    monkeypatch.setattr(fixed_probability.np, "sqrt", lambda x: -real(x) / 2)
    np.testing.assert_array_equal(matrix(20, 3000, 0.5), whole)


def test_another_seed_draws_others() -> None:
    assert (matrix(20, 20, 0.5, seed=1) != matrix(20, 20, 0.5, seed=2)).any()
