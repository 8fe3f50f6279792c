"""Examples with as many spikes as others."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes, chosen_spikes
from .augmentation import Augmentation


@final
class LimitSpikes(Augmentation):
    """Normalises the number of spikes: of more than `number`, that many stay, each set of them equally likely.

    Examples with fewer spikes stay as they are.

    Args:
        number: spikes of an example, from 1.

    Raises:
        DataError: it is no such number.
    """

    def __init__(self, number: int) -> None:
        if not float(number).is_integer() or number < 1:
            raise DataError(f"LimitSpikes needs a whole number from 1, got {number}")
        self.number = int(number)

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        kept = np.zeros(len(spikes.spike_times), bool)
        kept[generator.permutation(len(kept))[: self.number]] = True
        return chosen_spikes(spikes, kept)
