"""What each spiking layer did on the data, gathered batch by batch: memory does not grow with the examples."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from .comparison import Comparison
from .result import Histogram, LayerResult

BINS = 32


@final
class LayerStatistics:
    """Sums over the examples seen so far, for one population of `neurons` neurons."""

    def __init__(
        self,
        name: str,
        *,
        threshold: float | None,
        targets: NDArray[np.floating],
        most_spikes: int,
        threshold_note: str | None = None,
        comparison: Comparison | None = None,
        analog: bool = False,
    ) -> None:
        """`targets`: synapses of each neuron; `most_spikes` of a neuron at its limit, 0 for one that cannot spike;
        `threshold_note`: why there is no threshold; `comparison`: gathers what `compare` is given; `analog`: neurons
        send values, and what `add` counts are those other than 0."""
        self.name = name
        self.threshold = threshold
        self._threshold_note = threshold_note
        self._targets = targets.reshape(-1)
        self._most_spikes = most_spikes
        self._spikes = np.zeros(self._targets.size, np.int64)
        self._saturated = 0
        self._comparison = comparison or Comparison(targets.size)
        self._analog = analog
        self._examples = 0

    def add(self, spikes: NDArray[np.integer]) -> None:
        """One batch: spikes of each neuron, (examples, neurons)."""
        self._spikes += spikes.sum(axis=0, dtype=np.int64)
        self._saturated += int(np.count_nonzero(spikes >= self._most_spikes))
        self._examples += len(spikes)

    def add_silent(self, examples: int) -> None:
        """A batch of a population that cannot spike."""
        self._examples += examples

    def compare(self, decoded: NDArray[np.floating], expected: NDArray[np.floating]) -> None:
        """One batch: values that the spikes stand for and those of the ANN, both (examples, neurons)."""
        self._comparison.add(decoded, expected)

    @property
    def spikes(self) -> float:
        """Mean per example."""
        return float(self._spikes.sum()) / max(self._examples, 1)

    @property
    def mean_spikes(self) -> NDArray[np.float64]:
        """Of each neuron, mean per example."""
        return self._spikes / max(self._examples, 1)

    @property
    def synops(self) -> float:
        """Spikes times the targets each reaches, mean per example."""
        return float(self._spikes @ self._targets) / max(self._examples, 1)

    def result(self) -> LayerResult:
        """What was measured. A layer that cannot spike (an output that is read) is not counted as silent."""
        neurons, examples = self._spikes.size, max(self._examples, 1)
        spiking = self._most_spikes > 0 and not self._analog
        return LayerResult(
            name=self.name,
            neurons=neurons,
            threshold=self.threshold,
            spikes_per_neuron=self.spikes / neurons if spiking else 0.0,
            synops=self.synops,
            saturated=self._saturated / (neurons * examples) if spiking else 0.0,
            silent=float(np.mean(self._spikes == 0)) if spiking else 0.0,
            activation_error=self._comparison.error,
            spikes_histogram=self._histogram(self.mean_spikes) if spiking else None,
            threshold_note=self._threshold_note,
            correlation=self._comparison.correlation,
            activations=self._comparison.density,
            analog=self._analog,
        )

    def _histogram(self, spikes: NDArray[np.float64]) -> Histogram:
        limit = float(self._most_spikes)
        counts, _ = np.histogram(np.minimum(spikes, limit), bins=BINS, range=(0.0, limit))
        return Histogram(low=0.0, high=limit, counts=tuple(int(count) for count in counts))
