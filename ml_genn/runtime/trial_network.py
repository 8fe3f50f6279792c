"""Networks that run each batch of examples for a fixed number of timesteps, in all populations at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np

from ..callbacks import CallbackList
from ..errors import DescriptionError
from ..population import Population
from .evaluation_network import BatchResult, CompiledEvaluationNetwork
from .examples import check_examples, named
from .spikes import NEGATIVE_COUNT, POSITIVE_COUNT, BatchSpikes, CountedSpikes, RecordedSpikes
from .trial_lengths import TrialLengths


class CompiledTrialNetwork(CompiledEvaluationNetwork):
    """A network in which each batch is run for a number of timesteps.

    Args:
        timesteps: timesteps per example.
        waiting_timesteps: further timesteps of a batch, in which some populations wait.
        resets: what to restore before each batch.
        reset_time_between_batches: each batch begins at time 0.
        reset_in_syn_between_batches: each batch begins without spikes or synaptic input on the way.
        lengths: tells neurons how long the trial of each example is; None where all are of one length.
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
        lengths: TrialLengths | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reset_time_between_batches = reset_time_between_batches
        self.reset_in_syn_between_batches = reset_in_syn_between_batches
        self._timesteps = timesteps
        self._waiting_timesteps = waiting_timesteps
        self._lengths = lengths
        self._trial_timesteps = timesteps
        self._resets = resets
        self._batch = 0
        self._spikes: dict[Population, BatchSpikes] = {}
        self._recorded: set[Population] = set()
        self._runs = 0
        self._in_batch = False

    @property
    def timesteps_per_batch(self) -> int:
        return self._timesteps + self._waiting_timesteps

    def on_load(self) -> None:
        self._resets.on_load()
        if self._lengths is not None:
            self._lengths.on_load()

    def checked_timesteps(self, timesteps: Any, num_examples: int) -> np.ndarray | None:
        if timesteps is None or self._lengths is None:
            return super().checked_timesteps(timesteps, num_examples)
        return self._lengths.checked(timesteps, num_examples)

    @contextmanager
    def running(self) -> Iterator[None]:
        kept = None
        if self._runs:
            self._capture()
            kept = self._batch, self.num_examples, self._spikes
        self._runs += 1
        try:
            yield
        finally:
            self._runs -= 1
            if kept is not None:  # what recorders of the run around this one are about to look at
                self._batch, self.num_examples, self._spikes = kept

    def run_batches(
        self,
        inputs: Iterable[Mapping[Any, Any]],
        outputs: Sequence[Population],
        callbacks: CallbackList,
        timesteps: Iterable[np.ndarray | None] = repeat(None),
    ) -> Iterator[BatchResult]:
        examples_before = 0
        for index, (batch, lengths) in enumerate(zip(inputs, timesteps, strict=False)):
            yield self.run_trial(index, batch, outputs, callbacks, examples_before, lengths)
            examples_before += self.num_examples

    def run_trial(
        self,
        index: int,
        inputs: Mapping[Any, Any],
        outputs: Sequence[Population],
        callbacks: CallbackList,
        examples_before: int,
        timesteps: np.ndarray | None = None,
    ) -> BatchResult:
        """Run one batch from its beginning to its end.

        Args:
            index: number of the batch.
            inputs: examples by input population.
            outputs: populations whose readout is wanted.
            callbacks: told when the batch and its timesteps begin and timesteps end.
            examples_before: examples that this rank has run since random numbers began.
            timesteps: those of each example; None for as many as the network was compiled for.
        """
        with self._batch_alone():
            self.num_examples = check_examples(inputs, "input")
            self._batch = index
            self._spikes = {}
            self._begin_trial(examples_before)
            self._trial_timesteps = self._begin_lengths(timesteps, callbacks)
            callbacks.call("on_batch_begin", index)
            with named(f"batch {index}"):
                self.put_batch(inputs)
            self.step_time(callbacks, self._trial_timesteps + self._waiting_timesteps)
        if self.num_recording_timesteps is not None:
            self.genn_model.pull_recording_buffers_from_device()
        return BatchResult(index, {pop: self.get_readout(pop)[: self.num_examples] for pop in outputs})

    def record(self, population: Population) -> None:
        group = self._group(population)
        self._recorded.add(population)
        if POSITIVE_COUNT in group.vars or group.spike_recording_enabled or group.spike_event_recording_enabled:
            return
        kind = "spike" if population.record_spikes else "send negative spikes"
        raise DescriptionError(f"{population}: {type(population.neuron).__name__} neurons do not {kind}")

    def spikes(self, population: Population) -> BatchSpikes:
        group = self.neuron_populations[population]
        if not population.record_spikes and POSITIVE_COUNT in group.vars:
            return counted_spikes(group, self.batch_size)
        if population not in self._spikes:
            self._spikes[population] = self._recorded_spikes(population)
        return self._spikes[population]

    def batch_in(self, population: Population) -> int | None:
        return self._batch

    @contextmanager
    def _batch_alone(self) -> Iterator[None]:
        """No other batch may run in the midst of this one.

        Raises:
            DescriptionError: a callback of the batch that is running wants to run another.
        """
        if self._in_batch:
            raise DescriptionError(
                f"batch {self._batch} is running, so that nothing else can run; let callbacks do that in on_batch_end, "
                "on_epoch_begin or on_epoch_end"
            )
        self._in_batch = True
        try:
            yield
        finally:
            self._in_batch = False

    def _capture(self) -> None:
        """Keep the spikes to be recorded, before what runs next takes their place."""
        for population in self._recorded:
            self.spikes(population)

    def _recorded_spikes(self, population: Population) -> RecordedSpikes:
        group = self.neuron_populations[population]
        return recorded_spikes(population, group, self.connection_populations, self.genn_model.dt)

    def _begin_lengths(self, timesteps: np.ndarray | None, callbacks: CallbackList) -> int:
        """For how many timesteps the coming batch works in each population."""
        if self._lengths is None:
            return self._timesteps
        needed = self._lengths.begin(timesteps)
        return self._timesteps if callbacks.watches_timesteps else needed

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
