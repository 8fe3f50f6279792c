"""The spikes of one batch, however they were recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np

Train = tuple[np.ndarray, np.ndarray]
"""(times [ms], neuron ids), ordered by time, then id."""


class BatchSpikes(ABC):
    """Spikes of one population in one batch; negative spikes count like positive ones."""

    @abstractmethod
    def counts(self) -> np.ndarray:
        """Spikes of each neuron, int64 of shape (batch size, neurons)."""

    @abstractmethod
    def train(self, example: int) -> Train:
        """Spikes of one example."""


@final
class RecordedSpikes(BatchSpikes):
    """Spikes from the engine's recording.

    Args:
        recordings: one list of trains per kind of spike, each with one train per example.
        num_neurons: size of the population.
    """

    def __init__(self, recordings: Sequence[Sequence[Train]], num_neurons: int) -> None:
        self._trains = [_merge(kinds) for kinds in zip(*recordings, strict=True)]
        self._num_neurons = num_neurons

    def counts(self) -> np.ndarray:
        return np.stack([np.bincount(ids, minlength=self._num_neurons) for _, ids in self._trains])

    def train(self, example: int) -> Train:
        return self._trains[example]


@final
class DecodedSpikes(BatchSpikes):
    """Spikes that few-spike codes stand for: the bits of a magnitude, the most significant first.

    Args:
        codes: whole numbers with sign, of shape (batch size, neurons).
        k: bits per code.
        dt: timestep [ms].
    """

    def __init__(self, codes: np.ndarray, k: int, dt: float) -> None:
        self._codes = np.abs(codes).astype(np.int64)
        self._k = k
        self._dt = dt

    def counts(self) -> np.ndarray:
        return count_bits(self._codes)

    def train(self, example: int) -> Train:
        shifts = np.arange(self._k - 1, -1, -1)[:, np.newaxis]
        steps, ids = np.nonzero((self._codes[example] >> shifts) & 1)
        return steps * self._dt, ids


def count_bits(codes: np.ndarray) -> np.ndarray:
    """Number of bits that are 1 in each whole number below 2^32, added up in pairs, fours and eights."""
    bits: np.ndarray = codes.astype(np.uint32)
    bits = bits - ((bits >> 1) & 0x55555555)
    bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333)
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F
    return ((bits * np.uint32(0x01010101)) >> 24).astype(np.int64)


def _merge(kinds: Sequence[Train]) -> Train:
    times = np.concatenate([np.asarray(times, np.float64) for times, _ in kinds])
    ids = np.concatenate([np.asarray(ids, np.int64) for _, ids in kinds])
    order = np.lexsort((ids, times))
    return times[order], ids[order]
