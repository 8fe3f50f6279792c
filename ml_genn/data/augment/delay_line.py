"""A short memory of the input: copies of all channels, each later than the one before."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes
from .augmentation import Augmentation


@final
class DelayLine(Augmentation):
    """Copy k = 0 ... copies - 1 of channel c is neuron k channels + c and spikes k delay after it.

    Nothing is drawn: what is evaluated goes through it as well, `Augment([DelayLine(10, 30.0)]).all(examples)`.

    Args:
        copies: from 1; the input population has that many times more neurons.
        delay: between copies [ms].

    Raises:
        DataError: copies is no whole number from 1, or the delay is negative or not finite.

    Source: Nowotny, Turner, Knight 2025, as for Shift.
    """

    def __init__(self, copies: int, delay: float) -> None:
        if not float(copies).is_integer() or copies < 1 or not 0 <= delay < np.inf:
            raise DataError(f"DelayLine needs copies from 1 and a delay that is not negative, got {copies} and {delay}")
        self.copies = int(copies)
        self.delay = delay

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        count = len(spikes.spike_times)
        ends = np.concatenate([np.asarray(spikes.end_spikes) + k * count for k in range(self.copies)])
        return PreprocessedSpikes(
            ends, np.concatenate([spikes.spike_times + k * self.delay for k in range(self.copies)])
        )
