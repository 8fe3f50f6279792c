"""Turning noise and dropout on for the batches that are learnt, and dropping spikes of inputs that play them back."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, final

import numpy as np

from ..layer import underlying_population
from ..population import Population

NOISE, DROPOUT = "NoiseScale", "DropoutShare"
"""Dynamic parameters of perturbed neurons; 0 turns them off."""


@final
class Perturbations:
    """Perturbs the network while a block runs; evaluation and prediction are never perturbed.

    Random numbers depend on the seed, the number of the example since training began, the population and the spike or
    neuron, not on batches or threads: an example that is run again meets the same.

    Args:
        values: engine groups with their parameters and the values that turn them on.
        listed: the share of spikes to be dropped of input populations that play them back.
        seed: seed of what is dropped there; 0 draws one.
    """

    def __init__(self, values: Sequence[tuple[Any, str, float]], listed: Mapping[Population, float], seed: int) -> None:
        self._values = values
        self._listed = listed
        self._bits = np.random.Philox(key=seed or secrets.randbits(63))
        self._begin: Any = self._bits.state
        self._generator = np.random.Generator(self._bits)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Perturb the engine's neurons in this block."""
        for group, name, value in self._values:
            group.set_dynamic_param_value(name, value)
        try:
            yield
        finally:
            for group, name, _ in self._values:
                group.set_dynamic_param_value(name, 0.0)

    def thinned(self, x: Mapping[Any, Any], examples_before: int) -> Mapping[Any, Any]:
        """The batch without the spikes that are dropped.

        Args:
            x: examples by input population or layer.
            examples_before: examples since training began, before these.
        """
        if not self._listed:
            return x
        return {key: self._thinned(underlying_population(key), data, examples_before) for key, data in x.items()}

    def _thinned(self, population: Population, data: Any, examples_before: int) -> Any:
        share = self._listed.get(population, 0.0)
        if not share or not isinstance(data, Sequence):
            return data
        name = zlib.crc32(population.name.encode())
        return [self._one(example, share, (examples_before + i, name)) for i, example in enumerate(data)]

    def _one(self, example: Any, share: float, place: tuple[int, int]) -> Any:
        if not hasattr(example, "end_spikes") or not hasattr(example, "spike_times"):
            return example  # which the neuron refuses
        self._begin["state"]["counter"][:] = (0, 0, *place)
        self._bits.state = self._begin  # the numbers of a new generator with this counter, in a seventh of its time
        kept = self._generator.random(len(example.spike_times)) >= share
        before = np.concatenate(([0], np.cumsum(kept)))
        times = np.asarray(example.spike_times)[kept]
        return type(example)(end_spikes=before[np.asarray(example.end_spikes)], spike_times=times)
