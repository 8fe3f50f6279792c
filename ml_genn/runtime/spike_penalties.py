"""Penalties on numbers of spikes, which keep hidden neurons from falling silent and from spiking all the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..population import Population
from .tapes import Tapes

PENALTY = "Penalty"
"""Variable of penalised neurons: what each of their spikes adds to LambdaV, for each example."""


@final
@dataclass(frozen=True)
class PopulationPenalty:
    """What one population pays: of each neuron c (n - nu)^2, c = scale lambda Vthresh / 2.

    Args:
        upper: lambda of neurons that spike more often than nu.
        lower: lambda of neurons that spike less often.
        nu: how many spikes of a neuron in a trial cost nothing.
        scale: of all neurons or of each: tau_mem^2 [ms^2].
    """

    upper: float
    lower: float
    nu: float
    scale: np.ndarray


@final
@dataclass(frozen=True)
class GlobalPenalty:
    """What all hidden neurons pay together: c (N - nu)^2 / neurons where they sent N > nu spikes, c as above.

    Args:
        upper: lambda.
        nu: how many spikes in a trial cost nothing.
    """

    upper: float = 0.0
    nu: float = 0.0


@final
class SpikePenalties:
    """Gives each spike its share in dL/dV of the penalties on spike counts.

    A count has no derivative; the penalties take n = sum_k V(t_k) / Vthresh for it, with the times t_k of the spikes
    held, so that each own spike adds 2 c (n - nu) / Vthresh = scale lambda (n - nu) to LambdaV, and the rest of the
    backward phase does what it does with any dL/dV.

    Args:
        populations: what each penalised population pays.
        together: what all of them pay together.
        per_example: whether n and N are those of each example, and penalties means over examples; else n and N are
            means over the examples of the batch.
    """

    def __init__(
        self, populations: Mapping[Population, PopulationPenalty], together: GlobalPenalty, *, per_example: bool
    ) -> None:
        self._populations = populations
        self._together = together
        self._per_example = per_example

    def pays(self, population: Population) -> bool:
        """Whether there is a penalty on the spikes of a population."""
        return population in self._populations

    def write(self, tapes: Tapes, groups: Mapping[Population, Any], num_examples: int) -> None:
        """Tell neurons, between the two phases of a batch, what their spikes add to LambdaV."""
        if not self._populations:
            return
        counts = {population: self._counts(tapes, population, num_examples) for population in self._populations}
        common = self._common(counts)
        for population, penalty in self._populations.items():
            number = counts[population]
            strength = np.where(number > penalty.nu, penalty.upper, penalty.lower)
            share = penalty.scale * (strength * (number - penalty.nu) + common) / num_examples
            variable = groups[population].vars[PENALTY]
            view = variable.view.reshape(-1, population.num_neurons)
            view[:num_examples] = share
            view[num_examples:] = 0.0  # neurons with a bias spike also where the batch holds no example
            variable.push_to_device()

    def _counts(self, tapes: Tapes, population: Population, num_examples: int) -> np.ndarray:
        """[example or 1][neuron]."""
        counts = tapes.counts(population, num_examples).astype(np.float64)
        return counts if self._per_example else counts.mean(axis=0, keepdims=True)

    def _common(self, counts: Mapping[Population, np.ndarray]) -> Any:
        """lambda (N - nu) / neurons of the penalty that all pay together, [example or 1][1]."""
        if not self._together.upper:
            return 0.0
        total = sum(number.sum(axis=1, keepdims=True) for number in counts.values())
        neurons = sum(number.shape[1] for number in counts.values())
        return self._together.upper * np.maximum(total - self._together.nu, 0.0) / neurons
