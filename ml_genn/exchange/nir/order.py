"""The order of neurons: ours is rows, columns, channels; NIR's is channels, rows, columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

Shape = tuple[int, ...]


@final
@dataclass(frozen=True)
class Order:
    """How the neurons of a population lie in a NIR graph.

    Args:
        shape: (channels, rows, columns) of an image; any other number of axes lies as ours.
    """

    shape: Shape

    @property
    def is_image(self) -> bool:
        """Whether there are rows and columns."""
        return len(self.shape) == 3

    @property
    def size(self) -> int:
        """Number of neurons."""
        return math.prod(self.shape)

    @property
    def ours(self) -> np.ndarray:
        """For each neuron in NIR's order its index in ours."""
        if not self.is_image:
            return np.arange(self.size)
        channels, rows, columns = self.shape
        return np.arange(self.size).reshape(rows, columns, channels).transpose(2, 0, 1).ravel()

    @property
    def own_shape(self) -> Shape:
        """Our shape of such a population."""
        return (*self.shape[1:], self.shape[0]) if self.is_image else self.shape

    def to_nir(self, values: Any) -> np.ndarray:
        """A number, or one value per neuron in our order, as an array of NIR's shape."""
        array = np.asarray(values)
        if array.size == 1 and self.size != 1:
            return np.full(self.shape, array.reshape(()))
        ordered: np.ndarray = array.ravel()[self.ours].reshape(self.shape)
        return ordered

    def from_nir(self, values: Any) -> Any:
        """A number where all values are equal, else one value per neuron in our order, flat."""
        array = np.asarray(values)
        if (array == array.flat[0]).all():
            return float(array.flat[0])
        flat = np.empty(self.size, array.dtype)
        flat[self.ours] = array.ravel()
        return flat


def image_order(rows: int, columns: int, channels: int) -> Order:
    """The order of an image."""
    return Order((channels, rows, columns))
