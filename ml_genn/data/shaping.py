"""From the numbers of a file to the input of a model: scale, shape, and the comparison with what the model expects."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

Shape = tuple[int, ...]


def scaled(x: NDArray[np.float32], scale: Fraction, where: str) -> NDArray[np.float32]:
    """x * scale in single precision; 1/255 divides by 255, so that it gives the bits of `x / 255`."""
    if scale == 1:
        return x
    if scale.numerator == 1:
        return x / np.float32(scale.denominator)
    with np.errstate(over="ignore", invalid="ignore"):
        result = x * np.float32(float(scale))
    if not np.isfinite(result).all():
        raise DataError(f"{where}: x times the scale {scale} is too large for float32; choose a smaller scale")
    return result


def reshaped(x: NDArray[np.float32], shape: Shape, where: str) -> NDArray[np.float32]:
    """Every example in `shape`, C order.

    Raises:
        DataError: the examples have another number of values.
    """
    if math.prod(shape) != math.prod(x.shape[1:]):
        raise DataError(
            f"{where}: an example has shape {x.shape[1:]}, {math.prod(x.shape[1:])} values; "
            f"shape {shape} needs {math.prod(shape)}"
        )
    return x.reshape(len(x), *shape)


def fit_image(x: NDArray[np.float32], expected: Shape | None) -> NDArray[np.float32]:
    """Images in the layout that a model expects where only a channel axis or flattening differs; else unchanged."""
    if expected is None or x.shape[1:] == expected or math.prod(expected) != math.prod(x.shape[1:]):
        return x
    same_axes = _without_ones(expected) == _without_ones(x.shape[1:])
    return x.reshape(len(x), *expected) if same_axes or len(expected) == 1 else x


def check_shape(x: NDArray[np.float32], expected: Shape | None, where: str) -> None:
    """Compare with the input shape of the model.

    Raises:
        DataError: they differ; the message names both and the option that helps.
    """
    if expected is None or x.shape[1:] == expected:
        return
    message = f"{where}: an example has shape {x.shape[1:]}, but the model takes {expected}"
    if math.prod(expected) == math.prod(x.shape[1:]):
        raise DataError(f"{message}; --shape {','.join(map(str, expected))} reads it in that shape (C order)")
    raise DataError(f"{message}; give data of the model's input size")


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)
