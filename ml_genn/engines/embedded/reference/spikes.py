"""Spike queues and recordings: pushing who spiked, reading it back."""

from __future__ import annotations

import numpy as np

from ml_genn.engines.embedded.plan.plan import Axis, Recording, SpikeQueue
from ml_genn.engines.embedded.reference.frame import Surroundings
from ml_genn.engines.embedded.reference.lanes import Indices, Space


def push(queue: SpikeQueue, space: Space, lanes: Indices, surroundings: Surroundings) -> None:
    """Fills this step's slot with the neurons of the spiking lanes, ascending, example by example."""
    slot = surroundings.clock.ring % queue.counts.slots
    counts = surroundings.storage[queue.counts.name][slot, :, 0]
    ids = surroundings.storage[queue.ids.name][slot]
    example, neuron = space.example[lanes], space.axes[Axis.NEURON][lanes]
    counts[:] = np.bincount(example, minlength=counts.size)
    first = np.cumsum(counts, dtype=np.intp) - counts
    ids[example, np.arange(lanes.size) - first[example]] = neuron


def spikes(queue: SpikeQueue, steps_ago: int, surroundings: Surroundings) -> tuple[Indices, Indices]:
    """Example and neuron of each spike of an earlier step, ascending."""
    slot = (surroundings.clock.ring - steps_ago) % queue.counts.slots
    counts = surroundings.storage[queue.counts.name][slot]
    ids = surroundings.storage[queue.ids.name][slot]
    example, place = np.nonzero(np.arange(ids.shape[1]) < counts)
    return example, ids[example, place].astype(np.intp)


def record(recording: Recording, space: Space, lanes: Indices, surroundings: Surroundings) -> None:
    """Writes this step's row of the bit mask: neuron i is bit i % 32 of word i // 32."""
    words = surroundings.storage[recording.words.name]
    row = words[surroundings.clock.timestep % recording.words.slots]
    row[:] = 0
    example, neuron = space.example[lanes], space.axes[Axis.NEURON][lanes]
    bits = np.left_shift(np.uint32(1), (neuron % 32).astype(np.uint32))
    np.bitwise_or.at(row, (example, neuron // 32), bits)
