"""Recording of spikes."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DescriptionError
from ..layer import underlying_population
from .callback import Callback
from .filters import example_filter, neuron_filter


@final
class SpikeRecorder(Callback):
    """Records the spikes of a population, positive and negative ones.

    Data: ([times of each example], [neuron ids of each example]), times in ms from the beginning of the trial, of the
    stage in few-spike networks; or with `record_counts` a list with one array of spike counts per example.

    Args:
        pop: population or layer with record_spikes=True; with record_spike_events=True alone only its negative spikes.
        key: key of the data in what the run returns; by default the place in the list of callbacks.
        example_filter: which examples, in order of presentation: None for all, index, indices or booleans.
        neuron_filter: which neurons: None for all, index, indices, slice, booleans or np.index_exp[...].
        record_counts: record how often each neuron spiked instead of when.
    """

    def __init__(
        self,
        pop: Any,
        key: Any = None,
        example_filter: Any = None,
        neuron_filter: Any = None,
        record_counts: bool = False,
    ) -> None:
        self.pop = pop
        self.key = key
        self.example_filter = example_filter
        self.neuron_filter = neuron_filter
        self.record_counts = record_counts

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._population = underlying_population(self.pop)
        if not (self._population.record_spikes or self._population.record_spike_events):
            raise DescriptionError(
                f"{self._population}: SpikeRecorder callback can only be used to record spikes from "
                "Populations/Layers with record_spikes=True"
            )
        self._network = compiled_network
        self._chosen = example_filter(self.example_filter)
        self._mask = neuron_filter(self.neuron_filter, self._population.known_shape)
        self._counts: list[np.ndarray] = []
        self._times: list[np.ndarray] = []
        self._ids: list[np.ndarray] = []
        compiled_network.record(self._population)

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        spikes = self._network.spikes(self._population)
        first = batch * self._network.batch_size
        chosen = [i for i in range(self._network.num_examples) if self._chosen(first + i)]
        if self.record_counts:
            self._counts += list(spikes.counts()[chosen][:, self._mask])
            return
        for times, ids in map(spikes.train, chosen):
            wanted = self._mask[ids]
            self._times.append(times[wanted])
            self._ids.append(ids[wanted])

    def get_data(self) -> tuple[Any, Any]:
        return self.key, self._counts if self.record_counts else (self._times, self._ids)
