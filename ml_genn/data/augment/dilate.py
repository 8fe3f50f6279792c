"""Examples played faster or slower."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes
from .augmentation import Augmentation


@final
class Dilate(Augmentation):
    """t <- t exp(u), with one u uniform between ln(lowest) and ln(highest).

    Args:
        lowest, highest: factors of time, 0 < lowest <= highest.

    Raises:
        DataError: they are no such factors.
    """

    def __init__(self, lowest: float, highest: float) -> None:
        if not 0 < lowest <= highest < np.inf:
            raise DataError(f"Dilate needs factors 0 < lowest <= highest, got {lowest} and {highest}")
        self._range = np.log([lowest, highest])

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        return spikes._replace(spike_times=spikes.spike_times * np.exp(generator.uniform(*self._range)))
