"""The tapes of a network that learns: how often each neuron spiked in the trial that ran last, and room for more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np

from ..errors import TrainingError, UnsupportedError
from ..population import Population

SPIKES, CLAMPED = "TapeSpikes", "ClampedSlopes"
"""Variables of neurons: spikes in the present trial, and those of them with too small a slope of V."""

CAPACITY = "TapeCapacity"
"""Dynamic parameter: the number of spikes of a neuron that there is room for."""

ARRAYS: Mapping[str, type[np.generic]] = {"TapeStep": np.int32, "TapePerSlope": np.float32, "TapeChange": np.float32}
"""What is on a tape, one number for each spike, example and neuron: steps, and of those with slopes more."""


@final
class Tapes:
    """Reads the counts of spikes that neurons keep beside their tapes, and makes tapes longer.

    Args:
        model: the engine's model.
        groups: its group of each population that spikes.
        capacity: spikes of a neuron in a trial that there is room for at first.
        timesteps: timesteps per trial, more than which no neuron can spike.
        can_grow: whether the engine can make arrays of a loaded model longer.
    """

    def __init__(
        self, model: Any, groups: Mapping[Population, Any], *, capacity: int, timesteps: int, can_grow: bool
    ) -> None:
        self._model = model
        self._groups = groups
        self._timesteps = timesteps
        self._can_grow = can_grow
        self._capacities = dict.fromkeys(groups, capacity)

    @property
    def firing(self) -> list[Population]:
        """The populations whose spikes depend on weights."""
        return [population for population, group in self._groups.items() if CLAMPED in group.vars]

    def on_load(self) -> None:
        """Tell a newly loaded model how long its tapes have become."""
        for population, group in self._groups.items():
            group.set_dynamic_param_value(CAPACITY, self._capacities[population])

    def counts(self, population: Population, num_examples: int) -> np.ndarray:
        """Spikes in the last trial, [example][neuron]; the engine may overwrite them with the next one."""
        return self._pulled(population, SPIKES, num_examples)

    def clamped(self, population: Population, num_examples: int) -> int:
        """Spikes of all examples of the last trial whose slope was too small."""
        return int(self._pulled(population, CLAMPED, num_examples).sum())

    def make_room(self) -> bool:
        """Double the tapes on which there was no room for all spikes of the last trial, until there is.

        Also for those where the batch holds no example: neurons with a bias spike there too, and the backward phase
        undoes all spikes.

        Returns:
            Whether there were any: then the trial has to be run again.

        Raises:
            TrainingError: the engine cannot do so.
            UnsupportedError: a tape would have more than 2^31 entries.
        """
        needed = dict(self._lacking())
        if not needed:
            return False
        for population, most in needed.items():
            capacity = self._capacities[population]
            if not self._can_grow:
                raise TrainingError(
                    f"{population}: a neuron sent {most} spikes in a trial, max_spikes={capacity} leaves no room for "
                    f"them, and the engine cannot make more; give EventPropCompiler max_spikes={most} or more"
                )
            while capacity < most:
                capacity = min(2 * capacity, self._timesteps)
            self._capacities[population] = capacity
            self._lengthen(population, capacity)
        self._model.reload()
        self.on_load()
        return True

    def _lacking(self) -> Iterator[tuple[Population, int]]:
        """Populations without room for the spikes of a neuron, and how many these are."""
        for population, capacity in self._capacities.items():
            if capacity < self._timesteps:
                most = int(np.max(self.counts(population, int(self._model.batch_size)), initial=0))
                if most > capacity:
                    yield population, most

    def _lengthen(self, population: Population, capacity: int) -> None:
        size = tape_size(capacity, population.num_neurons, int(self._model.batch_size))
        arrays = self._groups[population].extra_global_params
        for name in ARRAYS.keys() & arrays.keys():
            arrays[name].set_init_values(np.zeros(size, ARRAYS[name]))

    def _pulled(self, population: Population, name: str, num_examples: int) -> np.ndarray:
        variable = self._groups[population].vars[name]
        variable.pull_from_device()
        view: np.ndarray = variable.view
        return view.reshape(-1, population.num_neurons)[:num_examples]


def tape_size(capacity: int, num_neurons: int, batch_size: int) -> int:
    """Entries of a tape.

    Raises:
        UnsupportedError: they are more than 2^31.
    """
    size = capacity * batch_size * num_neurons
    if size >= 2**31:
        raise UnsupportedError(
            f"a tape of {capacity} spikes for each of {num_neurons} neurons and {batch_size} examples is too "
            "long; lower max_spikes or batch_size"
        )
    return size
