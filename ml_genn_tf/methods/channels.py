"""Scales of a layer, one for each channel or one for all: what the rules of rate and few-spike coding share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from ..ir import Array, Weights

SAMPLE = 2**21
"""Activations of a layer that a search looks at."""


class Grouping(Protocol):
    """The options of a method that say what has a scale of its own, and which percentile it is."""

    per_channel: bool
    percentile: float


def by_channel(values: Array, method: Grouping) -> Array:
    """The values in columns, one for each channel, or in one."""
    return values.reshape(-1, values.shape[-1] if method.per_channel else 1)


def samples(drive: Array, activations: Array, method: Grouping) -> tuple[Array, Array]:
    """Both in columns, of as many of the first examples as make a SAMPLE."""
    examples = max(1, SAMPLE * len(drive) // drive.size)
    return by_channel(drive[:examples], method), by_channel(activations[:examples], method)


def positive(scales: Weights) -> Weights:
    """The scales, where channels that are never active get the largest of the layer."""
    largest = float(scales.max())
    return np.where(scales > 0, scales, largest if largest > 0 else 1.0)


def percentile_scales(activations: Array, method: Grouping) -> Weights:
    """The percentile of the activations of each channel, (channels,), or of all of them, (1,)."""
    return positive(np.asarray(np.percentile(by_channel(activations, method), method.percentile, axis=0), np.float64))


def least_error(
    drive: Array, activations: Array, top: Weights, factors: Iterable[float], code: Callable[[Array, Weights], Array]
) -> Weights:
    """argmin over scales c `top` of the mean of (code(z, c top) - a)^2, channel by channel, by trial of the factors c.

    `drive` z and `activations` a in columns; `code` gives what a layer of some scales sends for its drive.
    """
    best, least = top, np.full(top.shape, np.inf)
    for factor in factors:
        error = np.square(code(drive, factor * top) - activations).mean(axis=0, dtype=np.float64)
        best = np.where(error < least, factor * top, best)
        least = np.minimum(error, least)
    return best
