"""Choice of examples and neurons, by the import path of earlier versions."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..callbacks.filters import example_filter, neuron_filter


@final
class ExampleFilter:
    """Examples, counted in order of presentation.

    Args:
        f: None for all, an index, a sequence of indices, or a boolean per example (False beyond its end).
    """

    def __init__(self, f: Any) -> None:
        self._chosen = example_filter(f)

    def get_batch_mask(self, batch: int, batch_size: int) -> np.ndarray:
        """Which examples of a batch are chosen, of shape (batch_size,)."""
        first = batch * batch_size
        return np.array([self._chosen(first + index) for index in range(batch_size)])


def get_neuron_filter_mask(f: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Which neurons of a population of this shape are chosen, as a flat mask.

    Args:
        f: None for all; a slice, an index or indices for one dimension; booleans of that shape; or np.index_exp[...].
        shape: shape of the population.
    """
    return neuron_filter(f, shape)
