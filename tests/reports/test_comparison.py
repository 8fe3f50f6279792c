"""Pairs of values, gathered in batches of any size, are those of all examples."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.reports.comparison import MOST_CELLS, PAIRS_PER_EXAMPLE, Comparison


def gathered(decoded: np.ndarray, expected: np.ndarray, size: int, **options: float) -> Comparison:
    """A comparison of both in batches of `size` examples."""
    comparison = Comparison(expected.shape[1], **options)
    for at in range(0, len(expected), size):
        comparison.add(decoded[at : at + size], expected[at : at + size])
    return comparison


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray]:
    """Decoded and expected values of 100 examples of 900 neurons, which grow from example to example."""
    generator = np.random.default_rng(3)
    expected = np.maximum(generator.normal(size=(100, 900)), 0) * np.linspace(0.1, 5, 100)[:, np.newaxis]
    return expected * 0.9 + 0.01 * generator.normal(size=expected.shape), expected


def test_batches_do_not_matter(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    whole = gathered(*pairs, size=100)
    for size in (1, 7, 64):
        part = gathered(*pairs, size=size)
        assert part.density == whole.density
        assert part.correlation == pytest.approx(whole.correlation, abs=1e-12)  # sums in another order
        assert part.error == pytest.approx(whole.error, rel=1e-12)


def test_error_is_that_of_all_pairs(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    decoded, expected = pairs
    found = gathered(decoded, expected, size=30)
    assert found.error == pytest.approx(np.abs(decoded - expected).mean() / np.abs(expected).max(), rel=1e-12)


def test_density_and_correlation_are_those_of_the_sample(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    decoded, expected = pairs
    chosen = np.arange(100 * PAIRS_PER_EXAMPLE).reshape(100, -1) % 900  # each example goes on where the last one ended
    x, y = (np.concatenate([row[at] for row, at in zip(values, chosen, strict=True)]) for values in (expected, decoded))
    found = gathered(decoded, expected, size=30)
    assert found.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)
    density = found.density
    assert density is not None
    cells = len(density.counts)
    edges = np.linspace(density.low, density.high, cells + 1)
    wanted, _, _ = np.histogram2d(y, x, bins=(edges, edges))
    np.testing.assert_array_equal(density.counts, wanted.astype(int))
    assert MOST_CELLS / 2 < cells <= MOST_CELLS
    assert density.high >= max(x.max(), y.max()) > density.high - 2 * (density.high - density.low) / cells


def test_every_neuron_has_its_turn() -> None:
    expected = np.tile(np.arange(900.0), (100, 1))
    density = gathered(expected, expected, size=10, unit=1024.0).density
    assert density is not None
    assert all(row[i] > 0 for i, row in enumerate(density.counts))


def test_cells_end_at_fractions_of_the_unit() -> None:
    expected = np.linspace(0, 2.95, 50)[np.newaxis]
    density = gathered(expected, expected, size=1, unit=3.0).density
    assert density is not None
    assert (density.low, len(density.counts)) == (0.0, 32)
    assert density.high == pytest.approx(3.0)


def test_nothing_to_compare() -> None:
    empty = Comparison(10)
    assert (empty.error, empty.correlation, empty.density) == (None, None, None)
    silent = gathered(np.zeros((3, 10)), np.zeros((3, 10)), size=3)
    assert (silent.error, silent.correlation) == (None, None)
    assert gathered(np.ones((3, 10)), np.ones((3, 10)), size=3, plotted=False).density is None


def test_negative_values_have_their_cells() -> None:
    expected = np.array([[-4.0, 0.0, 1.0]])
    density = gathered(expected, expected, size=1).density
    assert density is not None
    assert density.low <= -4.0
    assert density.high > 1.0
    assert sum(map(sum, density.counts)) == 3
