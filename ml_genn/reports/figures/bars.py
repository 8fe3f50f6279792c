"""Bars: small histograms, lengths beside numbers in a table, and a whole divided into parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ..result import Histogram, Timing


@final
@dataclass(frozen=True)
class Share:
    """One part of a bar that shows how a whole divides, in percent."""

    kind: str
    label: str
    left: float
    width: float
    value: float


def histogram_path(histogram: Histogram) -> str:
    """The bars as one SVG path in a box of 100 by 100; heights are logarithmic, since most neurons of a sparse layer
    share the first bin."""
    tallest = math.log1p(max(histogram.counts, default=0)) or 1.0
    width = 100 / max(len(histogram.counts), 1)
    bars = [
        f"M{i * width + 0.06 * width:.2f},100v{-max(100 * math.log1p(count) / tallest, 3):.1f}h{0.88 * width:.2f}V100z"
        for i, count in enumerate(histogram.counts)
        if count
    ]
    return "".join(bars)


def relative(values: Sequence[float | None], largest: float | None = None) -> tuple[float, ...]:
    """Lengths of bars in percent of the largest value, or of `largest`."""
    whole = largest or max((value for value in values if value is not None), default=0.0) or 1.0
    return tuple(100 * (value or 0.0) / whole for value in values)


def timing_shares(timing: Timing) -> tuple[Share, ...]:
    """How the time divides into building the network, feeding it and simulating it."""
    return shares(
        (
            ("build", timing.build_seconds),
            ("input", timing.input_seconds),
            ("simulation", timing.simulation_seconds),
        )
    )


def shares(parts: Sequence[tuple[str, float]]) -> tuple[Share, ...]:
    """A whole divided into named parts."""
    total = sum(value for _, value in parts) or 1.0
    found, left = [], 0.0
    for kind, value in parts:
        width = 100 * value / total
        found.append(Share(kind, kind, left, width, value))
        left += width
    return tuple(found)
