"""Weights that several synapses share where an engine holds one for each synapse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np


@final
@dataclass(frozen=True, eq=False)
class Sharing:
    """How the weights of synapses are made of fewer free ones, as those of a kernel or of pooled inputs: g = A w.

    Args:
        count: how many free weights there are.
        spread: A: turns free weights, one number for all or a flat array, into the weights of a ConnectivitySnippet.
        fold: the transpose of A: adds up numbers of synapses, as derivatives, in a fixed order and in double precision;
            a flat array in the order of what `spread` gives.
    """

    count: int
    spread: Callable[[Any], Any]
    fold: Callable[[np.ndarray], np.ndarray]


def by_place(place: np.ndarray, count: int) -> Sharing:
    """Each synapse has the free weight at its place.

    Args:
        place: of each synapse.
        count: free weights.
    """
    return Sharing(
        count,
        lambda free: free[place] if isinstance(free, np.ndarray) else free,
        lambda numbers: np.bincount(place, numbers, count),
    )
