"""Labelled recordings of events: what every event file gives, checked, and what becomes input of a SpikeInput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError

from .spikes import PreprocessedSpikes, chosen_spikes


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class EventDataset:
    """Examples that are spike trains, with their class numbers.

    Attributes:
        x: spikes of each example; times in ms.
        y: class of each example, from 0.
        groups: who or what each example comes from, as the number of a speaker; None where the file does not say. Names
            are numbered in their order.
        num_channels: neurons that the input needs.
        name: short name, as in "shd_train".
        source: what the user gave.
        split: "train", "test" or, where the file does not say, "all".
    """

    x: Sequence[PreprocessedSpikes]
    y: NDArray[np.int64]
    groups: NDArray[np.int64] | None
    num_channels: int
    name: str
    source: str
    split: str

    def __len__(self) -> int:
        return len(self.x)

    def part(self, where: Any) -> EventDataset:
        """Some of the examples: a slice, indices, or one boolean for each.

        Raises:
            DataError: there is no such part, or it is empty.
        """
        try:
            numbers = np.atleast_1d(np.arange(len(self))[where])
        except IndexError as error:
            raise DataError(f"{self.source} has {len(self)} examples: {error}") from error
        if numbers.ndim != 1:
            raise DataError(f"{self.source}: a part is chosen by one axis of examples, got {numbers.ndim} axes")
        if not len(numbers):
            raise DataError(f"{self.source} ({self.split}): no examples are chosen")
        groups = None if self.groups is None else self.groups[numbers]
        return replace(self, x=[self.x[number] for number in numbers], y=self.y[numbers], groups=groups)

    def within(self, duration: float) -> EventDataset:
        """The same examples without the events at or after `duration` [ms], the length of a trial.

        Raises:
            DataError: it is not positive.
        """
        if not 0 < duration < np.inf:
            raise DataError(f"the duration of a trial must be a positive number of milliseconds, got {duration}")
        return replace(self, x=[chosen_spikes(spikes, spikes.spike_times < duration) for spikes in self.x])
