"""A variable of the engine, recorded step by step for the chosen examples of a run."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..population import Population
from .filters import example_filter
from .running_network import RunningNetwork


@final
class VariableTape:
    """Records a variable inside the engine and cuts the recording into examples.

    Args:
        compiled_network: the network that runs.
        population: the population whose batch counts; in few-spike networks each works on another.
        variable: the engine's variable.
        elements: indices of the neurons or synapses to record.
        examples: which examples, in order of presentation, as for `example_filter`.

    Attributes:
        data: an array (timesteps, elements) per chosen example.
    """

    def __init__(
        self,
        compiled_network: RunningNetwork,
        population: Population,
        variable: Any,
        elements: np.ndarray,
        examples: Any,
    ) -> None:
        self._network = compiled_network
        self._population = population
        self._chosen = example_filter(examples)
        self._timesteps = compiled_network.timesteps_per_batch
        self._recording = compiled_network.genn_model.record_variable(variable, self._timesteps, elements)
        self._begun = 0
        self._batches: dict[int, np.ndarray] = {}
        self.data: list[np.ndarray] = []

    def before_batch(self) -> None:
        """Count timesteps from here: what ran since the last batch may have had any number of them."""
        self._begun = self._recording.num_steps

    def after_step(self) -> None:
        """Keep the recording where a batch is complete."""
        batch = self._network.batch_in(self._population)
        if batch is not None and (self._recording.num_steps - self._begun) % self._timesteps == 0:
            self._batches[batch] = self._recording.values

    def after_batch(self, batch: int) -> None:
        """Take the chosen examples of a batch; a variable that all examples share is the same for each."""
        steps = self._batches.pop(batch)
        first = batch * self._network.batch_size
        chosen = [i for i in range(self._network.num_examples) if self._chosen(first + i)]
        self.data += [steps[i if len(steps) > 1 else 0] for i in chosen]

    def stop(self) -> None:
        """End the recording."""
        self._recording.stop()
