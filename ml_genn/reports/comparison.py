"""How near the values that spikes stand for come to the ANN's, gathered batch by batch in bounded memory."""

from __future__ import annotations

from math import sqrt
from typing import final

import numpy as np
from numpy.typing import NDArray

from .result import Density

CELLS = 128
"""Cells along each axis while counting."""

MOST_CELLS = 48
"""Cells along each axis of the result."""

PAIRS_PER_EXAMPLE = 128
"""So many neurons of a layer are looked at in every example, others in the next one."""


@final
class Comparison:
    """Pairs (ANN's value, decoded value) of one layer of `neurons` neurons.

    Error and largest value are those of all pairs. Density and correlation are those of some neurons, each example
    going on where the one before ended, so that each neuron has its turn: which pairs these are does not depend on the
    batches, and side by side in memory they are read quickly.

    Args:
        neurons: of the layer.
        unit: a value at whose fractions the edges of the cells shall lie, as the full scale of the layer.
        plotted: whether to give out a density.
    """

    def __init__(self, neurons: int, *, unit: float | None = None, plotted: bool = True) -> None:
        self._plotted = plotted
        self._neurons = neurons
        self._examples = 0
        self._error = 0.0
        self._compared = 0
        self._largest = 0.0
        self._moments = np.zeros(6)
        self._half = unit or 1.0
        self._counts = np.zeros((CELLS, CELLS), np.int64)

    def add(self, decoded: NDArray[np.floating], expected: NDArray[np.floating]) -> None:
        """One batch, both (examples, neurons)."""
        self._error += float(np.abs(decoded - expected).sum(dtype=np.float64))
        self._compared += expected.size
        self._largest = max(self._largest, float(np.abs(expected).max(initial=0.0)))
        chosen = self._chosen(len(expected))
        x, y = (np.take_along_axis(values, chosen, axis=1).reshape(-1) for values in (expected, decoded))
        self._count(x.astype(np.float64), y.astype(np.float64))
        self._examples += len(expected)

    def _chosen(self, examples: int) -> NDArray[np.int64]:
        """Neurons to look at in each of the next `examples` examples, (examples, some)."""
        some = min(PAIRS_PER_EXAMPLE, self._neurons)
        first = (self._examples + np.arange(examples)) * some
        return np.asarray((first[:, np.newaxis] + np.arange(some)) % self._neurons)

    def _count(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        products = (np.ones_like(x), x, y, x * x, y * y, x * y)  # no x @ y: threads of BLAS take longer to meet
        self._moments += [values.sum() for values in products]
        largest = max(float(np.abs(x).max(initial=0.0)), float(np.abs(y).max(initial=0.0)))
        while largest >= self._half:
            self._double()
        column, row = (
            np.minimum((values * (CELLS / 2 / self._half) + CELLS / 2).astype(np.int64), CELLS - 1) for values in (x, y)
        )
        self._counts += np.bincount(row * CELLS + column, minlength=CELLS**2).reshape(CELLS, CELLS)

    def _double(self) -> None:
        """Twice the range: four cells become one, which has their edges."""
        quarter = CELLS // 4
        counts = np.zeros_like(self._counts)
        counts[quarter : 3 * quarter, quarter : 3 * quarter] = _coarser(self._counts)
        self._counts, self._half = counts, 2 * self._half

    @property
    def error(self) -> float | None:
        """mean |decoded - ANN| / largest |ANN|; None where nothing can be compared."""
        return self._error / self._compared / self._largest if self._compared and self._largest > 0 else None

    @property
    def correlation(self) -> float | None:
        """Pearson's; None where either side does not vary."""
        count, x, y, xx, yy, xy = map(float, self._moments)
        spread_x, spread_y = count * xx - x * x, count * yy - y * y
        tiny = 1e-12  # of what is left after subtraction, sixteen digits less the four that the pairs take
        if spread_x <= tiny * count * xx or spread_y <= tiny * count * yy:
            return None
        return min(1.0, max(-1.0, (count * xy - x * y) / sqrt(spread_x * spread_y)))

    @property
    def density(self) -> Density | None:
        """The cells that hold pairs, in a square around them; None without pairs, or where it is not wanted."""
        used = np.flatnonzero(self._counts.any(axis=0) | self._counts.any(axis=1))
        if not used.size or not self._plotted:
            return None
        first, last = min(int(used[0]), CELLS // 2), max(int(used[-1]) + 1, CELLS // 2)
        counts, half, size = self._counts, self._half, 2 * self._half / CELLS
        while last - first > MOST_CELLS:
            counts, first, last, size = _coarser(counts), first // 2, -(-last // 2), 2 * size
        return Density(
            low=first * size - half,
            high=last * size - half,
            counts=tuple(tuple(int(n) for n in row) for row in counts[first:last, first:last]),
        )


def _coarser(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of two by two cells."""
    half = len(counts) // 2
    return np.asarray(counts.reshape(half, 2, half, 2).sum(axis=(1, 3)))
