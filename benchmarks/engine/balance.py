"""What the balanced network is, and what is compared of it; used by our side and by the peer's."""

from __future__ import annotations

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
