"""The spikes of one batch, however they were recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np

from ..errors import DescriptionError

Train = tuple[np.ndarray, np.ndarray]
"""(times [ms], neuron ids), ordered by time, then id."""

POSITIVE_COUNT, NEGATIVE_COUNT = "NumSpikes", "NumNegativeSpikes"
"""Variables of neurons that count their own spikes."""

NOT_RECORDED = "spikes were counted but not recorded; give their population record_spikes=True"


class BatchSpikes(ABC):
    """Spikes of one population in one batch; in counts and trains negative spikes are like positive ones."""

    @abstractmethod
    def counts(self) -> np.ndarray:
        """Spikes of each neuron, whole numbers of shape (batch size, neurons)."""

    @abstractmethod
    def train(self, example: int) -> Train:
        """Spikes of one example."""

    @abstractmethod
    def codes(self, k: int) -> np.ndarray:
        """Numbers with sign whose k bits, the most significant first, the spikes are; shape as for `counts`."""


@final
class RecordedSpikes(BatchSpikes):
    """Spikes from the engine's recording.

    Args:
        positive, negative: one train per example; one of them may be None for no spikes of that sign.
        num_neurons: size of the population.
        dt: timestep [ms].
    """

    def __init__(
        self, positive: Sequence[Train] | None, negative: Sequence[Train] | None, num_neurons: int, dt: float
    ) -> None:
        self._signed = [(sign, trains) for sign, trains in ((1, positive), (-1, negative)) if trains is not None]
        self._num_neurons = num_neurons
        self._dt = dt

    def before(self, timesteps: np.ndarray) -> RecordedSpikes:
        """Those spikes that came in the first timesteps, as many as each example has; none of further examples."""
        counts = [*timesteps, *[0] * (self._num_examples - len(timesteps))]
        cut = {
            sign: [self._first(train, count) for train, count in zip(trains, counts, strict=True)]
            for sign, trains in self._signed
        }
        return RecordedSpikes(cut.get(1), cut.get(-1), self._num_neurons, self._dt)

    def _first(self, train: Train, timesteps: int) -> Train:
        times, ids = np.asarray(train[0], np.float64), np.asarray(train[1], np.int64)
        kept = np.rint(times / self._dt) < timesteps
        return times[kept], ids[kept]

    @property
    def _num_examples(self) -> int:
        return len(self._signed[0][1])

    def counts(self) -> np.ndarray:
        counts = (np.bincount(self.train(i)[1], minlength=self._num_neurons) for i in range(self._num_examples))
        return np.stack(list(counts))

    def train(self, example: int) -> Train:
        times = np.concatenate([np.asarray(trains[example][0], np.float64) for _, trains in self._signed])
        ids = np.concatenate([np.asarray(trains[example][1], np.int64) for _, trains in self._signed])
        order = np.lexsort((ids, times))
        return times[order], ids[order]

    def codes(self, k: int) -> np.ndarray:
        codes = np.zeros((self._num_examples, self._num_neurons), np.int64)
        for sign, trains in self._signed:
            for example, (times, ids) in enumerate(trains):
                steps = np.rint(np.asarray(times, np.float64) / self._dt).astype(np.int64)
                np.add.at(codes[example], np.asarray(ids, np.int64), sign * (1 << (k - 1 - steps)))
        return codes


@final
class CountedSpikes(BatchSpikes):
    """How often each neuron spiked, counted by the neurons themselves; when it spiked is not known.

    Args:
        positive, negative: spikes of either sign, of shape (batch size, neurons).
    """

    def __init__(self, positive: np.ndarray, negative: np.ndarray) -> None:
        self._positive = positive
        self._negative = negative

    def counts(self) -> np.ndarray:
        return np.asarray(self._positive + self._negative, np.int64)

    def net_counts(self) -> np.ndarray:
        """Spikes of each neuron, negative ones subtracted; int64 of shape (batch size, neurons)."""
        return np.asarray(self._positive - self._negative, np.int64)

    def train(self, example: int) -> Train:
        raise DescriptionError(NOT_RECORDED)

    def codes(self, k: int) -> np.ndarray:
        raise DescriptionError(NOT_RECORDED)


@final
class DecodedSpikes(BatchSpikes):
    """Spikes that few-spike codes stand for: the bits of a magnitude, the most significant first.

    Args:
        codes: whole numbers with sign, of magnitudes below 2^31 and shape (batch size, neurons); copied.
        k: bits per code.
        dt: timestep [ms].
    """

    def __init__(self, codes: np.ndarray, k: int, dt: float) -> None:
        self._codes = codes.astype(np.int32)
        self._k = k
        self._dt = dt

    def counts(self) -> np.ndarray:
        counts: np.ndarray = count_bits(self._codes)
        return counts

    def train(self, example: int) -> Train:
        shifts = np.arange(self._k - 1, -1, -1)[:, np.newaxis]
        steps, ids = np.nonzero((np.abs(self._codes[example]) >> shifts) & 1)
        return steps * self._dt, ids

    def codes(self, k: int) -> np.ndarray:
        return self._codes


def count_bits_in_pairs(codes: np.ndarray) -> np.ndarray:
    """Number of bits that are 1 in the magnitude of each int32, added up in pairs, fours and eights."""
    bits: np.ndarray = np.abs(codes).astype(np.uint32)
    bits = bits - ((bits >> 1) & 0x55555555)
    bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333)
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F
    return ((bits * np.uint32(0x01010101)) >> 24).astype(np.uint8)


count_bits = getattr(np, "bitwise_count", count_bits_in_pairs)
"""Number of bits that are 1 in the magnitude of each int32; numpy 2 has a function for it."""
