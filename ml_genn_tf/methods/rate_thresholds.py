"""Thresholds of a rate-coded layer: a percentile of its activations, or those with which it errs least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir import Array, Weights
from .channels import least_error, percentile_scales, positive, samples

if TYPE_CHECKING:
    from .rate import RateMethod

FACTORS = np.geomspace(1.25, 0.08, 28)
"""Thresholds that are tried, in units of a channel's largest activation."""


def percentile_thresholds(activations: Array, method: RateMethod) -> Weights:
    """The percentile of the activations of each channel, (channels,), or of all of them, (1,).

    Channels that are never active get the largest threshold of the layer.
    Source: B. Rueckauer et al., Frontiers in Neuroscience 11 (2017) 682, section 2.2.1, which takes 99.9 %.
    """
    return percentile_scales(activations, method)


def balanced_thresholds(drive: Array, activations: Array, method: RateMethod) -> Weights:
    """argmin over lambda of the mean of (a - (lambda / T) clip(floor(T z / lambda + initial), 0, T))^2, by channel.

    z is the drive that the layer gets from spiking layers, a what the ANN makes of its own. A larger threshold clips
    less and rounds more coarsely; the best one falls with T. By trial of FACTORS.
    Source: the expected error is equation 5 of S. Deng and S. Gu, ICLR 2021, "Optimal conversion of conventional
    artificial neural networks to spiking neural networks"; choosing thresholds by it layer after layer follows the
    local threshold balancing of T. Bu et al., 2024, "Inference-scale complexity in ANN-SNN conversion".
    """
    z, a = samples(drive, activations, method)
    top = positive(a.max(axis=0).astype(np.float64))
    return least_error(z, a, top, FACTORS, lambda values, thresholds: rounded(values, thresholds, method))


def rounded(drive: Array, thresholds: Weights, method: RateMethod) -> Array:
    """(lambda / T) clip(floor(T z / lambda + initial), 0, T): what neurons send whose input comes evenly."""
    step = (thresholds / method.timesteps).astype(drive.dtype)
    return np.clip(np.floor(drive / step + drive.dtype.type(method.initial)), 0, method.timesteps) * step
