"""Few-spike networks: a pipeline of stages, each working on another batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, final

import numpy as np

from ..callbacks import CallbackList
from ..errors import DescriptionError, UnsupportedError
from ..population import Population
from .evaluation_network import BatchResult, CompiledEvaluationNetwork
from .examples import check_examples
from .spikes import BatchSpikes, DecodedSpikes
from .trial_network import recorded_spikes

ACTIVE = "Active"
"""Parameter of graded models: 0 silences a population that holds no batch, which else would work on its biases."""


@final
class CompiledFewSpikeNetwork(CompiledEvaluationNetwork):
    """A network in which a batch moves one layer further in each stage, and a new batch enters.

    Batch b is in a population of depth d during stage b + d.

    Args:
        k: bits per code.
        lowering: "bits", k timesteps per stage, or "graded", one timestep per stage.
        depths: depth of each population, 0 for inputs.
        resets: what to restore before each run.
        others: as for CompiledNetwork.
    """

    def __init__(
        self, *args: Any, k: int, lowering: str, depths: Mapping[Population, int], resets: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.k = k
        self.lowering = lowering
        self.depths = dict(depths)
        self._resets = resets
        self._stage = 0
        self._entered = 0
        self._recorded: set[Population] = set()
        self._spikes: dict[tuple[Population, int], BatchSpikes] = {}
        self._given_out = 0
        self._active: dict[Population, bool] = {}
        self._is_running = False

    @property
    def timesteps_per_batch(self) -> int:
        return self.k if self.lowering == "bits" else 1

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._is_running:
            raise DescriptionError(
                "the pipeline of a few-spike network holds the batches of one run; let callbacks wait for its end with "
                "another one, or compile the network a second time"
            )
        self._is_running = True
        try:
            yield
        finally:
            self._is_running = False

    def on_load(self) -> None:
        self._resets.on_load()
        self._active = {}

    def run_batches(
        self,
        inputs: Iterable[Mapping[Any, Any]],
        outputs: Sequence[Population],
        callbacks: CallbackList,
        timesteps: Iterable[np.ndarray | None] = repeat(None),
    ) -> Iterator[BatchResult]:
        if self.lowering == "graded" and callbacks.watches_timesteps:
            raise UnsupportedError(
                "a callback looks inside a stage, but this network forms all bits of a stage in one timestep; "
                'compile it with FewSpikeCompiler(..., lowering="bits")'
            )
        recorded = tuple(self._recorded)
        latency = max((self.depths[population] for population in (*outputs, *recorded)), default=0)
        self._begin_run()
        readouts: dict[int, dict[Population, np.ndarray]] = {}
        sizes: list[int] = []
        for stage, batch in enumerate(self._then_nothing(inputs, latency, callbacks)):
            self._stage = stage
            if batch is not None:
                sizes.append(check_examples(batch, "input"))
            self._run_stage(batch, callbacks)
            for population in outputs:
                if (index := self.batch_in(population)) is not None:
                    readouts.setdefault(index, {})[population] = self.get_readout(population)[: sizes[index]]
            for population in recorded:
                if (index := self.batch_in(population)) is not None:
                    self._spikes[population, index] = self._capture(population)
            index = stage - latency
            if index >= 0:
                self.num_examples, self._given_out = sizes[index], index
                yield BatchResult(index, readouts.pop(index, {}))
                for population in recorded:
                    del self._spikes[population, index]
        self._recorded = set()

    def record(self, population: Population) -> None:
        self._group(population)
        self._recorded.add(population)

    def spikes(self, population: Population) -> BatchSpikes:
        return self._spikes[population, self._given_out]

    def batch_in(self, population: Population) -> int | None:
        index = self._stage - self.depths[population]
        return index if 0 <= index < self._entered else None

    def _begin_run(self) -> None:
        self._entered = 0
        self._spikes = {}
        self.genn_model.clear_in_flight()
        self._resets.run()

    def _then_nothing(
        self, inputs: Iterable[Mapping[Any, Any]], latency: int, callbacks: CallbackList
    ) -> Iterator[Mapping[Any, Any] | None]:
        """The batches, then None until the last has left the pipeline."""
        for batch in inputs:
            callbacks.call("on_batch_begin", self._entered)
            self._entered += 1
            yield batch
        for _ in range(latency if self._entered else 0):
            yield None

    def _run_stage(self, batch: Mapping[Any, Any] | None, callbacks: CallbackList) -> None:
        self.reset_time()
        if batch is not None:
            self.put_batch(batch)
        elif self.lowering == "bits":
            self.put_batch(self._silence())
        if self.lowering == "graded":
            self._activate()
        self.step_time(callbacks, self.timesteps_per_batch)

    def _activate(self) -> None:
        """Let those populations work that hold a batch: filling and draining the pipeline costs next to nothing."""
        for population, group in self.neuron_populations.items():
            active = self.batch_in(population) is not None
            if self._active.get(population) != active:
                group.set_dynamic_param_value(ACTIVE, float(active))
                self._active[population] = active

    def _silence(self) -> dict[Population, np.ndarray]:
        inputs = (population for population, depth in self.depths.items() if depth == 0)
        return {population: np.zeros((self.batch_size, *population.known_shape), np.float32) for population in inputs}

    def _capture(self, population: Population) -> BatchSpikes:
        group = self.neuron_populations[population]
        if self.lowering == "bits":
            self.genn_model.pull_recording_buffers_from_device()
            return recorded_spikes(population, group, self.connection_populations, self.genn_model.dt)
        codes = group.vars["Q"]
        codes.pull_from_device()
        values = codes.current_view.reshape(self.batch_size, population.num_neurons)
        if not population.record_spikes and population.record_spike_events:
            values = np.minimum(values, 0)  # negative spikes alone
        return DecodedSpikes(values, self.k, float(self.genn_model.dt))
