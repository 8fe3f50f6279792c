"""Spikes that come from a neighbour of their channel."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes, neurons_of, preprocess_spikes
from .augmentation import Augmentation


@final
class Jitter(Augmentation):
    """c <- c + round(x), t <- t + y for each spike, x and y normal with mean 0; what leaves the range is left out.

    Args:
        channels: standard deviation of x [channels].
        time: standard deviation of y [ms].

    Raises:
        DataError: either is negative or not finite.
    """

    def __init__(self, channels: float = 0.0, time: float = 0.0) -> None:
        if not (0 <= channels < np.inf and 0 <= time < np.inf):
            raise DataError(f"Jitter needs standard deviations that are not negative, got {channels} and {time}")
        self.channels = channels
        self.time = time

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        x, y = generator.standard_normal((2, len(spikes.spike_times)))
        number = len(spikes.end_spikes)
        moved = np.clip(np.rint(self.channels * x), -number, number)  # further would leave the channels just as well
        ids = neurons_of(spikes) + moved.astype(np.int64)
        times = spikes.spike_times + self.time * y
        kept = (ids >= 0) & (ids < number) & (times >= 0)
        return preprocess_spikes(times[kept], ids[kept], number)
