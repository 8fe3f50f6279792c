"""The tapes of a network that learns: how often each neuron spiked in the trial that ran last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..errors import TrainingError
from ..population import Population

SPIKES, CLAMPED = "TapeSpikes", "ClampedSlopes"
"""Variables of neurons: spikes in the present trial, and those of them with too small a slope of V."""


@final
class Tapes:
    """Reads the counts of spikes that neurons keep beside their tapes.

    Args:
        groups: the engine's group of each population that spikes.
        capacities: for each population that may send more spikes than there is room for, that room.
    """

    def __init__(self, groups: Mapping[Population, Any], capacities: Mapping[Population, int]) -> None:
        self._groups = groups
        self._capacities = capacities

    @property
    def firing(self) -> list[Population]:
        """The populations whose spikes depend on weights."""
        return [population for population, group in self._groups.items() if CLAMPED in group.vars]

    def counts(self, population: Population, num_examples: int) -> np.ndarray:
        """Spikes in the last trial, [example][neuron]; the engine may overwrite them with the next one."""
        return self._pulled(population, SPIKES, num_examples)

    def clamped(self, population: Population, num_examples: int) -> int:
        """Spikes of all examples of the last trial whose slope was too small."""
        return int(self._pulled(population, CLAMPED, num_examples).sum())

    def check(self, num_examples: int) -> None:
        """Check that there was room for all spikes of the last trial.

        Raises:
            TrainingError: there was not.
        """
        for population, capacity in self._capacities.items():
            most = int(np.max(self.counts(population, num_examples), initial=0))
            if most > capacity:
                raise TrainingError(
                    f"{population}: a neuron sent {most} spikes in a trial, max_spikes={capacity} leaves no room for "
                    f"them; give EventPropCompiler max_spikes={most} or more"
                )

    def _pulled(self, population: Population, name: str, num_examples: int) -> np.ndarray:
        variable = self._groups[population].vars[name]
        variable.pull_from_device()
        view: np.ndarray = variable.view
        return view.reshape(-1, population.num_neurons)[:num_examples]
