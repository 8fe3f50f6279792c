"""What the balanced network is, and what is compared of it; used by our side and by the peer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

DT_MS, RUN_MS, PARTNERS, EXCITATORY = 0.1, 1000.0, 80, 0.8


def statistics(times_ms: np.ndarray, neurons: np.ndarray, count: int) -> dict[str, float]:
    """Mean rate in Hz, and mean coefficient of variation of the intervals of neurons with at least three."""
    order = np.lexsort((times_ms, neurons))
    who, when = neurons[order], times_ms[order]
    intervals, owner = np.diff(when), who[1:]
    same = who[1:] == who[:-1]
    intervals, owner = intervals[same], owner[same]
    number = np.bincount(owner, minlength=count)
    mean = np.bincount(owner, intervals, count) / np.maximum(number, 1)
    square = np.bincount(owner, intervals**2, count) / np.maximum(number, 1)
    enough = number >= 3
    variation = np.sqrt(np.maximum(square - mean**2, 0.0))[enough] / mean[enough]
    return {"rate": len(who) / count / RUN_MS * 1e3, "variation": float(variation.mean())}


@final
@dataclass(frozen=True)
class Mean:
    """A mean over random networks, with its standard error."""

    value: float
    error: float
    digits: int = 2

    def __truediv__(self, other: Mean) -> Difference:
        """How far it is from another one, as a share of that."""
        ratio = self.value / other.value
        error = ratio * np.hypot(self.error / self.value, other.error / other.value)
        return Difference(ratio - 1, float(error))

    def __str__(self) -> str:
        return f"{self.value:.{self.digits}f} ± {self.error:.{self.digits}f}"


@final
@dataclass(frozen=True)
class Difference:
    """A difference as a share, with its standard error."""

    share: float
    error: float

    def within(self, tolerance: float) -> bool:
        """Whether it is so small even if it is two standard errors larger."""
        return abs(self.share) + 2 * self.error <= tolerance

    def __str__(self) -> str:
        return f"{self.share:+.1%} ± {self.error:.1%}"


@final
@dataclass(frozen=True)
class Means:
    """Statistics over random networks."""

    rate: Mean
    variation: Mean

    @classmethod
    def of(cls, networks: Sequence[Mapping[str, float]]) -> Means:
        """The means of what `statistics` says of each."""
        return cls(_mean([one["rate"] for one in networks], 2), _mean([one["variation"] for one in networks], 3))

    def values(self) -> tuple[Mean, Mean]:
        """Rate and variation."""
        return self.rate, self.variation


def _mean(values: Sequence[float], digits: int) -> Mean:
    return Mean(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))), digits)
