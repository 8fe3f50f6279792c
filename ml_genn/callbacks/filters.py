"""Choice of examples and neurons to record."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from ..errors import DescriptionError


def example_filter(spec: Any) -> Callable[[int], bool]:
    """Whether the example with an index, in order of presentation, is chosen.

    Args:
        spec: None for all, an index, a sequence of indices, or a boolean per example (False beyond its end).

    Raises:
        DescriptionError: anything else.
    """
    if spec is None:
        return lambda index: True
    chosen = np.atleast_1d(np.asarray(spec))
    if chosen.ndim == 1 and chosen.dtype == np.bool_:
        return lambda index: index < len(chosen) and bool(chosen[index])
    if chosen.ndim == 1 and (chosen.dtype.kind in "iu" or chosen.size == 0):
        indices = frozenset(chosen.tolist())
        return lambda index: index in indices
    raise DescriptionError(f"an example filter must be an index, indices or a boolean per example, got {spec!r}")


def neuron_filter(spec: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Flat boolean mask of the chosen neurons of a population.

    Args:
        spec: None for all; a slice, an index or indices for a population of one dimension; a boolean array of the
            population's shape; or a tuple of indices and slices, as np.index_exp makes it.
        shape: shape of the population.

    Raises:
        DescriptionError: anything else, or an index outside the population.
    """
    mask = np.zeros(shape, bool)
    try:
        mask[_selection(spec, shape)] = True
    except IndexError as error:
        raise DescriptionError(f"the neuron filter does not fit the population of shape {shape}: {error}") from error
    return mask.ravel()


def _selection(spec: Any, shape: tuple[int, ...]) -> Any:
    if spec is None or isinstance(spec, tuple):
        return ... if spec is None else spec
    if isinstance(spec, slice):
        if len(shape) != 1:
            raise DescriptionError(f"Neuron filters can only be specified as a slice if their shape is 1D, not {shape}")
        return spec
    chosen = np.asarray([spec] if isinstance(spec, Integral) else spec)
    if chosen.dtype == np.bool_:
        if chosen.shape != shape:
            raise DescriptionError(f"Neuron filters specified as arrays of booleans must have a shape of {shape}")
        return chosen
    if chosen.dtype.kind in "iu" and chosen.ndim == 1 and len(shape) == 1:
        return chosen
    raise DescriptionError(
        f"Unsupported neuron filter {spec!r} for a population of shape {shape}; give indices or a slice "
        "(one dimension), booleans of that shape, or np.index_exp[...]"
    )
