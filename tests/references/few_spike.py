"""The ANN with K-bit activations that a few-spike network equals, in numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


def quantise(values: np.ndarray, k: int, alpha: float, *, nearest: bool = False, signed: bool = False) -> np.ndarray:
    """clip(floor(v / (alpha 2^-k)) alpha 2^-k, 0, alpha (1 - 2^-k)), of the magnitude and with its sign if signed."""
    step = alpha * 2.0**-k
    magnitude = np.abs(values) if signed else values
    codes = np.clip(np.floor(magnitude / step + (0.5 if nearest else 0.0)), 0, 2**k - 1)
    return np.sign(values) * codes * step if signed else codes * step


def staircase(
    values: np.ndarray, thresholds: Sequence[float], jumps: Sequence[float], worths: Sequence[float]
) -> np.ndarray:
    """sum_t d(t) z(t) with z(t) = [v(t) >= T(t)], v(t + 1) = v(t) - h(t) z(t), v(0) the value."""
    left, sent = np.array(values, np.float64), np.zeros(np.shape(values))
    for threshold, jump, worth in zip(thresholds, jumps, worths, strict=True):
        spikes = left >= threshold
        left -= jump * spikes
        sent += worth * spikes
    return sent


@dataclass(frozen=True)
class Layer:
    """A layer: linear map (inputs -> sums), bias, alpha and rounding of its codes."""

    sums: Callable[[np.ndarray], np.ndarray]
    alpha: float
    bias: np.ndarray | float = 0.0
    nearest: bool = False

    def codes(self, x: np.ndarray, k: int) -> np.ndarray:
        """The values that the layer's codes stand for."""
        return quantise(self.sums(x) + self.bias, k, self.alpha, nearest=self.nearest)


def matrix(weights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The linear map of a dense matrix on flattened examples."""
    return lambda x: x.reshape(len(x), -1) @ weights


def maximum(windows: list[list[int]]) -> Callable[[np.ndarray], np.ndarray]:
    """The largest value of each window over flattened examples."""
    return lambda x: np.stack([x.reshape(len(x), -1)[:, window].max(axis=1) for window in windows], axis=1)
