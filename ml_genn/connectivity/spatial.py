"""What connectivity over images (height, width, channels) shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ShapeError
from .connectivity import known_shape
from .geometry import Pair

if TYPE_CHECKING:
    from ..population import Population


def image_shape(source: Population, target: Population, kind: str) -> tuple[int, int, int]:
    """Height, width and channels of the source; an image without channel axis has one channel.

    Raises:
        ShapeError: the source is no image.
    """
    shape = known_shape(source, target, kind)
    if len(shape) not in (2, 3):
        raise ShapeError(
            f"{source}->{target}: {kind} connectivity needs a source population of shape (height, width, channels), "
            f"{source} has {shape}"
        )
    return (shape[0], shape[1], 1) if len(shape) == 2 else (shape[0], shape[1], shape[2])


def fit_target(source: Population, target: Population, kind: str, output: tuple[int, int, int], flatten: bool) -> None:
    """Give the target the output's shape, flattened if so chosen, or check the one it has.

    Raises:
        ShapeError: the output is empty or the target has another shape.
    """
    if min(output) < 1:
        raise ShapeError(
            f"{source}->{target}: {kind} connectivity: the window is larger than the image of {source}, {source.shape}"
        )
    size = output[0] * output[1] * output[2]
    expected: tuple[int, ...] = (size,) if flatten else output
    if target.shape is None:
        target.shape = expected
    elif target.shape != expected and not (target.shape == output[:2] and output[2] == 1):
        raise ShapeError(
            f"{source}->{target}: target population shape {target.shape} does not match "
            f"{'flattened ' if flatten else ''}{kind} output shape {expected}"
        )


def channel_shape(windows: Pair, channels: int) -> tuple[int, int, int]:
    """(rows, columns, channels)"""
    return windows[0], windows[1], channels
