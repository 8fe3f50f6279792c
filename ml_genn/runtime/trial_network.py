"""Networks that run each batch of examples for a fixed number of timesteps, in all populations at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..callbacks import CallbackList
from ..errors import DescriptionError
from ..population import Population
from .evaluation_network import BatchResult, CompiledEvaluationNetwork
from .examples import check_examples, named
from .spikes import NEGATIVE_COUNT, POSITIVE_COUNT, BatchSpikes, CountedSpikes, RecordedSpikes


class CompiledTrialNetwork(CompiledEvaluationNetwork):
    """A network in which each batch is run for a number of timesteps.

    Args:
        timesteps: timesteps per example.
        waiting_timesteps: further timesteps of a batch, in which some populations wait.
        resets: what to restore before each batch.
        reset_time_between_batches: each batch begins at time 0.
        reset_in_syn_between_batches: each batch begins without spikes or synaptic input on the way.
        others: as for CompiledNetwork.
    """

    def __init__(
        self,
        *args: Any,
        timesteps: int,
        resets: Any,
        reset_time_between_batches: bool = True,
        reset_in_syn_between_batches: bool = True,
        waiting_timesteps: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reset_time_between_batches = reset_time_between_batches
        self.reset_in_syn_between_batches = reset_in_syn_between_batches
        self._timesteps = timesteps
        self._waiting_timesteps = waiting_timesteps
        self._resets = resets
        self._batch = 0
        self._spikes: dict[Population, BatchSpikes] = {}

    @property
    def timesteps_per_batch(self) -> int:
        return self._timesteps + self._waiting_timesteps

    def on_load(self) -> None:
        self._resets.on_load()

    def run_batches(
        self, inputs: Iterable[Mapping[Any, Any]], outputs: Sequence[Population], callbacks: CallbackList
    ) -> Iterator[BatchResult]:
        examples_before = 0
        for index, batch in enumerate(inputs):
            yield self.run_trial(index, batch, outputs, callbacks, examples_before)
            examples_before += self.num_examples

    def run_trial(
        self,
        index: int,
        inputs: Mapping[Any, Any],
        outputs: Sequence[Population],
        callbacks: CallbackList,
        examples_before: int,
    ) -> BatchResult:
        """Run one batch from its beginning to its end.

        Args:
            index: number of the batch.
            inputs: examples by input population.
            outputs: populations whose readout is wanted.
            callbacks: told when the batch and its timesteps begin and timesteps end.
            examples_before: examples that this rank has run since random numbers began.
        """
        self.num_examples = check_examples(inputs, "input")
        self._batch = index
        self._spikes = {}
        self._begin_trial(examples_before)
        callbacks.call("on_batch_begin", index)
        with named(f"batch {index}"):
            self.set_input(inputs)
        self.step_time(callbacks, self.timesteps_per_batch)
        if self.num_recording_timesteps is not None:
            self.genn_model.pull_recording_buffers_from_device()
        return BatchResult(index, {pop: self.get_readout(pop)[: self.num_examples] for pop in outputs})

    def record(self, population: Population) -> None:
        group = self._group(population)
        if POSITIVE_COUNT in group.vars or group.spike_recording_enabled or group.spike_event_recording_enabled:
            return
        kind = "spike" if population.record_spikes else "send negative spikes"
        raise DescriptionError(f"{population}: {type(population.neuron).__name__} neurons do not {kind}")

    def spikes(self, population: Population) -> BatchSpikes:
        group = self.neuron_populations[population]
        if not population.record_spikes and POSITIVE_COUNT in group.vars:
            return counted_spikes(group, self.batch_size)
        if population not in self._spikes:
            self._spikes[population] = recorded_spikes(
                population, self.neuron_populations[population], self.connection_populations, self.genn_model.dt
            )
        return self._spikes[population]

    def batch_in(self, population: Population) -> int | None:
        return self._batch

    def _begin_trial(self, examples_before: int) -> None:
        if self.reset_time_between_batches:
            self.reset_time()
        if self.reset_in_syn_between_batches:
            self.genn_model.clear_in_flight()
        self.genn_model.example_offset = self.first_example(examples_before)
        self._resets.run()


def counted_spikes(group: Any, batch_size: int) -> CountedSpikes:
    """What the neurons have counted since the trial began."""
    positive = _pulled(group, POSITIVE_COUNT, batch_size)
    return CountedSpikes(
        positive,
        _pulled(group, NEGATIVE_COUNT, batch_size) if NEGATIVE_COUNT in group.vars else np.zeros_like(positive),
    )


def _pulled(group: Any, name: str, batch_size: int) -> np.ndarray:
    variable = group.vars[name]
    variable.pull_from_device()
    return np.array(variable.current_view).reshape(batch_size, -1)


def recorded_spikes(
    population: Population, group: Any, connection_groups: Mapping[Any, Any], dt: float
) -> RecordedSpikes:
    """What the engine recorded of a population: spikes, negative spikes where it sends them, or both."""
    positive = group.spike_recording_data if group.spike_recording_enabled else None
    negative = None
    if group.spike_event_recording_enabled:
        synapses = [connection_groups.get(reference()) for reference in population.outgoing_connections]
        negative = next((item.pre_spike_event_recording_data for item in synapses if item is not None), None)
    return RecordedSpikes(positive, negative, population.num_neurons, dt)
