"""Few-spike coefficients of a function: thresholds, jumps and worths whose staircase comes close to it.

A staircase of K steps turns x into sum_t d(t) z(t) with z(t) = [v(t) >= T(t)], v(t + 1) = v(t) - h(t) z(t), v(0) = x.
Given T and h the spikes are fixed and the best d solves a linear least-squares problem; T and h are searched for by
an evolution strategy that learns the covariance of good steps (CMA-ES).
Sources: C. Stöckl, W. Maass, Nature Machine Intelligence 3 (2021) 230-238, section 2; N. Hansen, arXiv:1604.00772,
equations 24-37.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..execute import evaluate
from ..ir import Array, Curve

Floats = NDArray[np.float64]

POINTS = 256
"""Places, evenly over the range, at which a staircase is held against its function."""
GENERATIONS = 400
POPULATION = 24
RESTARTS = 3
"""Searches from other random numbers; the best one counts."""
RIDGE = 1e-6
"""Keeps the worth of a step that never spikes at zero."""


@final
@dataclass(frozen=True, eq=False)
class Staircase:
    """T, h and d of each step for a function between `low` and `high`.

    `error` is the root of the mean squared error, relative to the span of the function's values.
    """

    function: str
    low: float
    high: float
    thresholds: Floats
    jumps: Floats
    worths: Floats
    error: float

    def __call__(self, x: Array) -> Array:
        """What the neuron sends for each x, in the dtype of x."""
        left, sent = x.copy(), np.zeros_like(x)
        for threshold, jump, worth in zip(*(c.astype(x.dtype) for c in self.coefficients), strict=True):
            spikes = left >= threshold
            left -= jump * spikes
            sent += worth * spikes
        return sent

    def describe(self) -> str:
        """The fit in a sentence."""
        return (
            f"{self.function} between {self.low:.3g} and {self.high:.3g} is made of {len(self.worths)} spikes, to "
            f"{self.error:.2%} of its span (root mean square)."
        )

    @property
    def coefficients(self) -> tuple[Floats, Floats, Floats]:
        """Thresholds, jumps and worths."""
        return self.thresholds, self.jumps, self.worths

    def worth_of(self, codes: NDArray[np.integer]) -> Floats:
        """What the spikes of numbers stand for, whose bits they are, those of the first step the most significant."""
        k = len(self.worths)
        bits = [(codes >> (k - 1 - step)) & 1 for step in range(k)]
        return np.asarray(sum(worth * bit for worth, bit in zip(self.worths, bits, strict=True)), np.float64)


def fit_curves(curves: Mapping[str, Curve], ranges: Mapping[str, tuple[float, float]], k: int) -> dict[str, Staircase]:
    """A staircase of `k` steps for each function, by name, over its range."""
    return {name: fit_staircase(curve, *ranges[name], k) for name, curve in curves.items()}


def fit_staircase(curve: Curve, low: float, high: float, k: int) -> Staircase:
    """The staircase of `k` steps for a function over a range; the same one in every run."""
    high = high if high > low else low + 1.0
    x = np.linspace(low, high, POINTS)
    y = np.asarray(evaluate(curve, [x]), np.float64)
    found = [_search(x, y, k, np.random.default_rng(seed)) for seed in range(RESTARTS)]
    steps, worths, squared = min(found, key=lambda result: result[2])
    span = float(np.ptp(y)) or 1.0
    return Staircase(curve.function, low, high, steps[:k], steps[k:], worths, float(np.sqrt(squared)) / span)


def _search(x: Floats, y: Floats, k: int, random: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Thresholds and jumps in one vector, worths, mean squared error: the best that one search meets."""
    binary = (x[-1] - x[0]) * 0.5 ** np.arange(1, k + 1)
    strategy = _Strategy(np.concatenate([x[0] + binary, binary]), np.maximum(np.tile(binary, 2), 0.01 * np.ptp(x)))
    best = (np.zeros(2 * k), np.zeros(k), float("inf"))
    for _ in range(GENERATIONS):
        candidates = strategy.candidates(random)
        worths, errors = _worths(candidates[:, :k], candidates[:, k:], x, y)
        first = int(np.argmin(errors))
        if errors[first] < best[2]:
            best = candidates[first], worths[first], float(errors[first])
        strategy.learn(np.argsort(errors, kind="stable"))
    return best


def _worths(thresholds: Floats, jumps: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """For each candidate the worths of least squared error, and that error's mean."""
    candidates, k = thresholds.shape
    left = np.tile(x, (candidates, 1))
    spikes = np.empty((candidates, k, len(x)))
    for step in range(k):
        spikes[:, step] = left >= thresholds[:, step, None]
        left -= jumps[:, step, None] * spikes[:, step]
    gram = spikes @ spikes.transpose(0, 2, 1) + RIDGE * np.eye(k)
    worths = np.linalg.solve(gram, (spikes @ y)[..., None])[..., 0]
    rest = y - np.einsum("ck,ckn->cn", worths, spikes)
    return np.asarray(worths, np.float64), np.asarray((rest**2).mean(axis=1), np.float64)


@final
class _Strategy:
    """CMA-ES around `mean`, with `spread` as the standard deviation of the first steps."""

    def __init__(self, mean: Floats, spread: Floats) -> None:
        n, parents = len(mean), POPULATION // 2
        self._mean, self._spread, self._sigma = mean, spread, 0.3
        weights = np.log(parents + 0.5) - np.log(np.arange(1, parents + 1))
        self._weights = weights / weights.sum()
        self._mass = mass = float(1 / (self._weights**2).sum())
        self._rate_path, self._rate_sigma = 4 / (n + 4), (mass + 2) / (n + mass + 5)
        self._rate_one = 2 / ((n + 1.3) ** 2 + mass)
        self._rate_rank = min(1 - self._rate_one, 2 * (mass - 2 + 1 / mass) / ((n + 2) ** 2 + mass))
        self._covariance = np.eye(n)
        self._path, self._sigma_path = np.zeros(n), np.zeros(n)
        self._expected = float(np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2)))
        self._steps = np.zeros((POPULATION, n))
        self._basis, self._lengths = np.eye(n), np.ones(n)

    def candidates(self, random: np.random.Generator) -> Floats:
        """A generation, one candidate in each row."""
        values, self._basis = np.linalg.eigh(self._covariance)
        self._lengths = np.sqrt(np.maximum(values, 1e-20))
        drawn = random.standard_normal(self._steps.shape)
        self._steps = drawn * self._lengths @ self._basis.T
        return np.asarray(self._mean + self._sigma * self._spread * self._steps)

    def learn(self, order: NDArray[np.integer]) -> None:
        """Moves towards the best of the generation; `order` ranks them, the best one first."""
        chosen = self._steps[order[: len(self._weights)]]
        step = self._weights @ chosen
        self._mean = self._mean + self._sigma * self._spread * step
        gain = np.sqrt(self._rate_sigma * (2 - self._rate_sigma) * self._mass)
        white = self._basis @ (self._basis.T @ step / self._lengths)
        self._sigma_path = (1 - self._rate_sigma) * self._sigma_path + gain * white
        length = float(np.linalg.norm(self._sigma_path))
        steady = length / self._expected < 1.4 + 2 / (len(step) + 1)
        gain = np.sqrt(self._rate_path * (2 - self._rate_path) * self._mass)
        self._path = (1 - self._rate_path) * self._path + steady * gain * step
        self._covariance = (
            (1 - self._rate_one - self._rate_rank) * self._covariance
            + self._rate_one * np.outer(self._path, self._path)
            + self._rate_rank * (chosen.T * self._weights) @ chosen
        )
        self._sigma *= float(np.exp(self._rate_sigma / (1 + self._rate_sigma) * (length / self._expected - 1)))
