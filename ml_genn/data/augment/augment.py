"""Augmentations one after the other, with random numbers that do not depend on the order of examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np

from ml_genn.errors import DataError

from ..spikes import PreprocessedSpikes
from .augmentation import Augmentation


@final
class Augment:
    """Augmentations in this order, for `CompiledTrainingNetwork.train(augment=...)`.

    The random numbers of an example are those of numpy's default generator with the seed (seed, epoch, index, place of
    the augmentation): in whatever order and batches examples come, each epoch changes each of them in the same way.

    Args:
        augmentations: applied from first to last; the last one decides how many neurons there are.
        seed: a whole number from 0.

    Raises:
        DataError: one of the augmentations is none, or the seed is no such number; later, an example is no spikes.
    """

    def __init__(self, augmentations: Sequence[Augmentation], seed: int = 0) -> None:
        if isinstance(augmentations, Augmentation):
            raise DataError(
                f"Augment takes a list of augmentations, [{type(augmentations).__name__}(...)], got one alone"
            )
        for place, augmentation in enumerate(augmentations):
            if isinstance(augmentation, type) or not callable(augmentation):
                raise DataError(
                    f"augmentation {place} is {augmentation!r}; give Augmentation objects, as Shift(2) or Drop(0.1)"
                )
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise DataError(f"the seed of augmentations must be a whole number from 0, got {seed!r}")
        self._augmentations = tuple(augmentations)
        self._seed = int(seed)

    def __call__(self, epoch: int, index: int, spikes: PreprocessedSpikes) -> PreprocessedSpikes:
        """Example `index` as it is in this epoch.

        Raises:
            DataError: it is no spikes, or one of the numbers is negative.
        """
        if not hasattr(spikes, "end_spikes"):
            raise DataError(
                f"example {index} is a {type(spikes).__name__}; augmentations change PreprocessedSpikes, which go to a "
                "SpikeInput"
            )
        if epoch < 0 or index < 0:
            raise DataError(f"epochs and examples are counted from 0, got epoch {epoch} and example {index}")
        for place, augmentation in enumerate(self._augmentations):
            spikes = augmentation(spikes, index, np.random.default_rng([self._seed, epoch, index, place]))
        return spikes

    def all(self, examples: Sequence[PreprocessedSpikes], epoch: int = 0) -> list[PreprocessedSpikes]:
        """All examples of an epoch, in their order."""
        return [self(epoch, index, spikes) for index, spikes in enumerate(examples)]
