"""Base class of the changes that examples go through."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from ..spikes import PreprocessedSpikes


class Augmentation(ABC):
    """A random change of an example that keeps its class."""

    @abstractmethod
    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        """The changed example; `spikes` itself stays as it is.

        Args:
            spikes: spikes of one example.
            index: its number in the data set.
            generator: random numbers of this epoch and example, and of no other.
        """
