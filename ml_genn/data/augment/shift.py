"""Examples moved as a whole, along channels and time."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes, neurons_of, preprocess_spikes
from .augmentation import Augmentation


@final
class Shift(Augmentation):
    """c <- c + k, t <- t + s, with one whole number k from -channels to channels and one s from -time to time [ms].

    All numbers of a range are equally likely. Spikes whose channel or time does not exist, which is one below 0, are
    left out.

    Args:
        channels: largest shift of neurons, which are in order of what they stand for, as frequencies.
        time: largest shift of time [ms].

    Raises:
        DataError: either is negative or not finite, or `channels` is not whole.

    Source: Nowotny, Turner, Knight 2025, "Loss shaping enhances exact gradient learning with Eventprop in spiking
    neural networks", section on augmentations (channels).
    """

    def __init__(self, channels: int = 0, time: float = 0.0) -> None:
        if not float(channels).is_integer() or channels < 0 or not 0 <= time < np.inf:
            raise DataError(
                f"Shift needs a whole number of channels and a time, neither negative, got {channels} and {time}"
            )
        self.channels = int(channels)
        self.time = time

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        ids = neurons_of(spikes) + generator.integers(-self.channels, self.channels, endpoint=True)
        times = spikes.spike_times + generator.uniform(-self.time, self.time)
        kept = (ids >= 0) & (ids < len(spikes.end_spikes)) & (times >= 0)
        return preprocess_spikes(times[kept], ids[kept], len(spikes.end_spikes))
