"""Lanes: what a kernel runs its code on, one per (example, neuron) or (spike, synapse), and subsets of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import Axis

Values = NDArray[Any] | np.generic
"""One value per active lane, or a scalar where all lanes agree; never written in place."""

Indices = NDArray[np.intp]


@final
@dataclass(frozen=True)
class Space:
    """All lanes of one run of a kernel.

    `example` [size] is the index of the running example within the batch; `axes` [size] the running indices that pick
    elements of arrays; `element` [size] what keys the random draws of a lane.
    """

    size: int
    example: Indices
    axes: Mapping[Axis, Indices]
    element: Indices
    batched: bool

    @property
    def all(self) -> Indices:
        """Every lane, ascending."""
        return np.arange(self.size)


def grid(examples: int, elements: int, *, batched: bool) -> Space:
    """The lanes [examples][elements] of a kernel that updates neurons, or elements of another kind."""
    return part_of_grid(0, examples * elements, elements, batched=batched)


def part_of_grid(first: int, last: int, elements: int, *, batched: bool) -> Space:
    """The lanes from `first` up to `last` of such a grid."""
    example, index = np.divmod(np.arange(first, last), max(elements, 1))
    axes = {Axis.NEURON: index, Axis.SYNAPSE: index}
    return Space(index.size, example, axes, index, batched)


def narrow(lanes: Indices, truth: Values) -> Indices:
    """Those of the active lanes for which `truth` holds."""
    if np.ndim(truth) == 0:
        return lanes if truth else lanes[:0]
    chosen: Indices = lanes[np.asarray(truth)]
    return chosen


def pick(values: Values, lanes: Indices, size: int) -> Values:
    """Values of the active lanes out of those of all `size` lanes."""
    if np.ndim(values) == 0 or lanes.size == size:
        return values
    return np.asarray(values)[lanes]


def placed(old: Values | None, lanes: Indices, values: Values, size: int) -> Values:
    """Values of all `size` lanes: the new ones where active, the old ones (zero without any) elsewhere."""
    if lanes.size == size:
        return values
    dtype = np.asarray(values).dtype
    result = np.zeros(size, dtype) if old is None else np.array(np.broadcast_to(old, size), dtype)
    result[lanes] = values
    return result


def kept_delay(delay: Values, slots: int) -> Indices:
    """Delays in a ring of so many slots: those for which there is no room count as the longest."""
    kept: Indices = np.minimum(np.asarray(delay).astype(np.uint32), slots - 1).astype(np.intp)
    return kept
