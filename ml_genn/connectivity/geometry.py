"""Which cells a sliding window covers: the arithmetic behind convolutions and pooling, in numpy.

All of it rests on one relation in one dimension: window o, kernel place i and cell p belong together where
p = o * stride - padding_before + i and 0 <= p < size. A convolution or pooling goes from cells to windows, a transposed
convolution from windows to cells. In two dimensions rows and columns are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, final

import numpy as np

from ..errors import DescriptionError

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
"""((top, bottom), (left, right))"""


@final
@dataclass(frozen=True)
class Windows:
    """Windows over one dimension: sizes and the triplets that belong together, ordered by (cell, window)."""

    cells: int
    windows: int
    kernel: int
    stride: int
    before: int

    def triplets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arrays (cell, window, place in the kernel)."""
        window, place = np.indices((self.windows, self.kernel)).reshape(2, -1)
        cell = window * self.stride - self.before + place
        inside = (cell >= 0) & (cell < self.cells)
        cell, window, place = cell[inside], window[inside], place[inside]
        order = np.lexsort((window, cell))
        return cell[order], window[order], place[order]


@final
@dataclass(frozen=True)
class Windows2D:
    """Windows over rows and columns."""

    rows: Windows
    columns: Windows

    def triplets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arrays (cell, window, place), each the C-order index in its two-dimensional array."""
        row_cell, row_window, row_place = (values[:, np.newaxis] for values in self.rows.triplets())
        cell, window, place = self.columns.triplets()
        return (
            (row_cell * self.columns.cells + cell).ravel(),
            (row_window * self.columns.windows + window).ravel(),
            (row_place * self.columns.kernel + place).ravel(),
        )

    def windows_per_cell(self) -> np.ndarray:
        """How many windows cover each cell, flattened."""
        return np.outer(
            np.bincount(self.rows.triplets()[0], minlength=self.rows.cells),
            np.bincount(self.columns.triplets()[0], minlength=self.columns.cells),
        ).ravel()

    def cells_per_window(self) -> np.ndarray:
        """How many cells each window covers, flattened."""
        return np.outer(
            np.bincount(self.rows.triplets()[1], minlength=self.rows.windows),
            np.bincount(self.columns.triplets()[1], minlength=self.columns.windows),
        ).ravel()

    @property
    def window_shape(self) -> Pair:
        """Rows and columns of windows."""
        return self.rows.windows, self.columns.windows


def sliding_windows(size: Pair, kernel: Pair, strides: Pair, padding: str | Padding) -> Windows2D:
    """Windows over an array of `size`: padding "valid", "same" (as TensorFlow: smaller half first) or explicit."""
    return Windows2D(
        *(
            _windows(size[axis], kernel[axis], strides[axis], padding if isinstance(padding, str) else padding[axis])
            for axis in (0, 1)
        )
    )


def transposed_windows(size: Pair, kernel: Pair, strides: Pair, padding: str) -> Windows2D:
    """Windows of a transposed convolution, whose input of `size` are the windows and whose output are the cells."""
    axes = []
    for windows, kernel_size, stride in zip(size, kernel, strides, strict=True):
        overlap = max(kernel_size - stride, 0)
        if padding == "same":
            axes.append(Windows(windows * stride, windows, kernel_size, stride, overlap // 2))
        else:
            axes.append(Windows(windows * stride + overlap, windows, kernel_size, stride, 0))
    return Windows2D(*axes)


def as_pair(name: str, value: Any) -> Pair:
    """Two positive whole numbers from one or two.

    Raises:
        DescriptionError: anything else.
    """
    items = (value, value) if isinstance(value, Integral) else value
    regular = isinstance(items, Sequence | np.ndarray) and not isinstance(items, str) and len(items) == 2
    if not regular or not all(isinstance(item, Integral) and int(item) > 0 for item in items):
        raise DescriptionError(f"{name} must be a positive whole number or two of them, got {value!r}")
    return int(items[0]), int(items[1])


def as_padding(name: str, value: Any) -> str | Padding:
    """ "valid", "same" or ((top, bottom), (left, right)).

    Raises:
        DescriptionError: anything else.
    """
    if isinstance(value, str) and value.lower() in ("valid", "same"):
        return value.lower()
    array = np.asarray(value, dtype=object if isinstance(value, str) else None)
    if array.shape == (2, 2) and array.dtype.kind in "iu" and array.min() >= 0:
        (top, bottom), (left, right) = array.tolist()
        return (top, bottom), (left, right)
    raise DescriptionError(f'{name} must be "valid", "same" or ((top, bottom), (left, right)), got {value!r}')


def _windows(size: int, kernel: int, stride: int, padding: str | Pair) -> Windows:
    if padding == "same":
        excess = kernel - (stride if size % stride == 0 else size % stride)
        return Windows(size, -(-size // stride), kernel, stride, max(excess, 0) // 2)
    before, after = (0, 0) if isinstance(padding, str) else padding
    return Windows(size, max((size + before + after - kernel) // stride + 1, 0), kernel, stride, before)
