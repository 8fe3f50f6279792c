"""Thresholds of a rate-coded layer: a percentile of its activations, or those with which it errs least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir import Array, Weights

if TYPE_CHECKING:
    from .rate import RateMethod

FACTORS = np.geomspace(1.25, 0.08, 28)
"""Thresholds that are tried, in units of a channel's largest activation."""

SAMPLE = 2**21
"""Activations of a layer that the search looks at."""


def percentile_thresholds(activations: Array, method: RateMethod) -> Weights:
    """The percentile of the activations of each channel, (channels,), or of all of them, (1,).

    Channels that are never active get the largest threshold of the layer.
    Source: B. Rueckauer et al., Frontiers in Neuroscience 11 (2017) 682, section 2.2.1, which takes 99.9 %.
    """
    flat = _by_channel(activations, method)
    return _positive(np.asarray(np.percentile(flat, method.percentile, axis=0), np.float64))


def balanced_thresholds(drive: Array, activations: Array, method: RateMethod) -> Weights:
    """argmin over lambda of the mean of (a - (lambda / T) clip(floor(T z / lambda + initial), 0, T))^2, by channel.

    z is the drive that the layer gets from spiking layers, a what the ANN makes of its own. A larger threshold clips
    less and rounds more coarsely; the best one falls with T. By trial of FACTORS.
    Source: the expected error is equation 5 of S. Deng and S. Gu, ICLR 2021, "Optimal conversion of conventional
    artificial neural networks to spiking neural networks"; choosing thresholds by it layer after layer follows the
    local threshold balancing of T. Bu et al., 2024, "Inference-scale complexity in ANN-SNN conversion".
    """
    examples = max(1, SAMPLE * len(drive) // drive.size)
    z, a = (_by_channel(values[:examples], method) for values in (drive, activations))
    top = _positive(a.max(axis=0).astype(np.float64))
    best, least = top, np.full(top.shape, np.inf)
    for factor in FACTORS:
        error = np.square(rounded(z, factor * top, method) - a).mean(axis=0, dtype=np.float64)
        best = np.where(error < least, factor * top, best)
        least = np.minimum(error, least)
    return best


def rounded(drive: Array, thresholds: Weights, method: RateMethod) -> Array:
    """(lambda / T) clip(floor(T z / lambda + initial), 0, T): what neurons send whose input comes evenly."""
    step = (thresholds / method.timesteps).astype(drive.dtype)
    return np.clip(np.floor(drive / step + drive.dtype.type(method.initial)), 0, method.timesteps) * step


def _by_channel(values: Array, method: RateMethod) -> Array:
    return values.reshape(-1, values.shape[-1] if method.per_channel else 1)


def _positive(scales: Weights) -> Weights:
    largest = float(scales.max())
    return np.where(scales > 0, scales, largest if largest > 0 else 1.0)
