"""What neurons did in an epoch of training: how often they spiked, which never did, and where slopes were clamped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from ..population import Population
from .tapes import Tapes


@final
@dataclass(frozen=True)
class PopulationActivity:
    """What a population with thresholds did in an epoch.

    Attributes:
        spikes: spikes of each neuron in all examples, shape (neurons,).
        examples: number of examples.
        clamped: spikes whose slope was less than `min_slope`.
    """

    spikes: np.ndarray
    examples: int
    clamped: int

    @property
    def rate(self) -> float:
        """Mean number of spikes of a neuron in an example."""
        return float(self.spikes.mean()) / self.examples

    @property
    def is_silent(self) -> np.ndarray:
        """Which neurons never spiked, shape (neurons,)."""
        silent: np.ndarray = self.spikes == 0
        return silent

    @property
    def silent(self) -> int:
        """Number of neurons that never spiked."""
        return int(self.is_silent.sum())


@final
class Activity:
    """Adds up what populations did, batch by batch.

    Args:
        tapes: counts of the trial that ran last.

    Attributes:
        examples: how many there were so far.
    """

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes
        self._spikes = {pop: np.zeros(pop.num_neurons, np.int64) for pop in tapes.firing}
        self._clamped = dict.fromkeys(self._spikes, 0)
        self.examples = 0

    def add(self, num_examples: int) -> None:
        """Take in the batch that ran last."""
        self.examples += num_examples
        for population, spikes in self._spikes.items():
            spikes += self._tapes.counts(population, num_examples).sum(axis=0)
            self._clamped[population] += self._tapes.clamped(population, num_examples)

    @property
    def populations(self) -> dict[Population, PopulationActivity]:
        """What each population did so far."""
        return {
            population: PopulationActivity(spikes.copy(), self.examples, self._clamped[population])
            for population, spikes in self._spikes.items()
        }

    def state(self) -> dict[str, np.ndarray]:
        """Numbers to go on from, by name."""
        found = {f"spikes {population}": spikes.copy() for population, spikes in self._spikes.items()}
        found |= {f"clamped {population}": np.array(count) for population, count in self._clamped.items()}
        return {**found, "examples": np.array(self.examples)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave."""
        self.examples = int(state["examples"])
        for population, spikes in self._spikes.items():
            spikes[:] = state[f"spikes {population}"]
            self._clamped[population] = int(state[f"clamped {population}"])
