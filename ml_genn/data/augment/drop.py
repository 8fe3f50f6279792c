"""Spikes that are missing."""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes, chosen_spikes
from .augmentation import Augmentation


@final
class Drop(Augmentation):
    """Leaves out each spike with the same probability, independently of the others.

    Args:
        probability: 0 to 1.

    Raises:
        DataError: it is no probability.
    """

    def __init__(self, probability: float) -> None:
        if not 0 <= probability <= 1:
            raise DataError(f"Drop needs a probability from 0 to 1, got {probability}")
        self.probability = probability

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        return chosen_spikes(spikes, generator.random(len(spikes.spike_times)) >= self.probability)
