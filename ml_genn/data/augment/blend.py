"""Two examples of a class as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import DataError

from ..checks import one_array
from ..spikes import PreprocessedSpikes, neurons_of, preprocess_spikes
from .augmentation import Augmentation


@final
class Blend(Augmentation):
    """With some probability, half of the spikes come from another example of the same class.

    Both are moved to the mean of their centres, which are the mean channel (shifted by whole channels) and the mean
    time of their spikes; then each spike of either stays with probability 1/2. Spikes that leave the channels, or
    would be before 0, are left out. An example that is the only one of its class, or that meets one without spikes,
    stays as it is.

    Args:
        examples: spikes of the examples that are trained, in their order.
        labels: class of each.
        probability: of being blended, 0 to 1.

    Raises:
        DataError: there is not one label for each example, or no such probability; later, an example's number is
            beyond the labels, or the two have different numbers of channels.

    Source: Nowotny, Turner, Knight 2025, as for Shift.
    """

    def __init__(self, examples: Sequence[PreprocessedSpikes], labels: ArrayLike, probability: float = 0.5) -> None:
        classes = one_array(labels, "labels to blend by")
        if classes.shape != (len(examples),):
            raise DataError(f"Blend needs a label for each of {len(examples)} examples, got shape {classes.shape}")
        if not 0 <= probability <= 1:
            raise DataError(f"Blend needs a probability from 0 to 1, got {probability}")
        self._examples = examples
        self._labels = classes
        self._members = {label: np.flatnonzero(classes == label) for label in np.unique(classes)}
        self.probability = probability

    def __call__(self, spikes: PreprocessedSpikes, index: int, generator: np.random.Generator) -> PreprocessedSpikes:
        if not 0 <= index < len(self._labels):
            raise DataError(f"Blend has labels of {len(self._labels)} examples, but example {index} is to be blended")
        members = self._members[self._labels[index]]
        others = members[members != index]
        if generator.random() >= self.probability or not len(others):
            return spikes
        other = self._examples[generator.choice(others)]
        if len(other.end_spikes) != len(spikes.end_spikes):
            raise DataError(
                f"Blend has examples of {len(other.end_spikes)} channels, but one of {len(spikes.end_spikes)} is to be "
                "blended; put DelayLine after Blend"
            )
        if not (len(spikes.spike_times) and len(other.spike_times)):
            return spikes
        return _blended(spikes, other, generator)


def _blended(
    first: PreprocessedSpikes, second: PreprocessedSpikes, generator: np.random.Generator
) -> PreprocessedSpikes:
    num_neurons = len(first.end_spikes)
    ids, times = [neurons_of(first), neurons_of(second)], [first.spike_times, second.spike_times]
    channel = np.mean([part.mean() for part in ids])
    time = np.mean([part.mean() for part in times])
    moved = np.concatenate([part + int(np.rint(channel - part.mean())) for part in ids])
    late = np.concatenate([part + (time - part.mean()) for part in times])
    kept = (generator.random(len(late)) < 0.5) & (moved >= 0) & (moved < num_neurons) & (late >= 0)
    return preprocess_spikes(late[kept], moved[kept], num_neurons)
