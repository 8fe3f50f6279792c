"""Inputs made small enough to be shown: pictures of at most 32 by 32 pixels, lists of at most 256 numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .result import Sample

MOST_PIXELS = 32
MOST_NUMBERS = 256
COLOURS = 3
LEVELS = 255


def sample_inputs(inputs: NDArray[np.floating]) -> tuple[Sample, ...]:
    """Each of `inputs` (examples, *shape) for a report, all on one scale, so that they can be compared.

    (h, w), (h, w, 1) and (h, w, 3) are images; of other numbers of channels the mean is shown; any other shape is a
    list of numbers.
    """
    small = np.stack([_shrunk(_presentable(values)) for values in inputs]) if len(inputs) else np.zeros(0)
    low, high = float(small.min(initial=0.0)), float(small.max(initial=0.0))
    codes = np.rint((small - low) * (LEVELS / ((high - low) or 1.0))).astype(np.int64)
    return tuple(
        Sample(shape=tuple(code.shape), low=low, high=high, values=tuple(code.reshape(-1).tolist())) for code in codes
    )


def _presentable(values: NDArray[np.floating]) -> NDArray[np.float64]:
    numbers = np.asarray(values, np.float64)
    if numbers.ndim == 3 and numbers.shape[2] != COLOURS:
        return np.asarray(numbers.mean(axis=2))
    return numbers if numbers.ndim in (2, 3) else numbers.reshape(-1)


def _shrunk(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The means of blocks, so large that the longest side is within its limit."""
    sides = 2 if values.ndim > 1 else 1
    limit = MOST_PIXELS if sides == 2 else MOST_NUMBERS
    block = -(-max(values.shape[:sides]) // limit)
    for axis in range(sides):
        starts = np.arange(0, values.shape[axis], block)
        sizes = np.diff([*starts, values.shape[axis]]).reshape([-1 if at == axis else 1 for at in range(values.ndim)])
        values = np.add.reduceat(values, starts, axis=axis) / sizes
    return values
