"""Inputs of a network to look at: pictures as PNG, lists of numbers as a line."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..result import Sample
from ..samples import LEVELS

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR = 0, 2


@final
@dataclass(frozen=True)
class Picture:
    """An image as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int


@final
@dataclass(frozen=True)
class Trace:
    """Numbers as an SVG path in a box of 100 by 100, and the numbers themselves."""

    path: str
    numbers: tuple[float, ...]
    low: float
    high: float


def picture(sample: Sample) -> Picture | None:
    """An input that is an image; None for a list of numbers."""
    if len(sample.shape) < 2:
        return None
    pixels = np.array(sample.values, np.uint8).reshape(sample.shape)
    uri = "data:image/png;base64," + base64.b64encode(png(pixels)).decode()
    return Picture(uri, width=sample.shape[1], height=sample.shape[0])


def trace(sample: Sample) -> Trace | None:
    """An input that is a list of numbers; None for an image."""
    if len(sample.shape) != 1:
        return None
    step = 100 / max(len(sample.values) - 1, 1)
    points = (f"{i * step:.2f},{100 - value / LEVELS * 100:.1f}" for i, value in enumerate(sample.values))
    scale = (sample.high - sample.low) / LEVELS
    numbers = tuple(sample.low + value * scale for value in sample.values)
    return Trace("M" + " L".join(points), numbers, min(numbers, default=0.0), max(numbers, default=0.0))


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of grey (h, w) or coloured (h, w, 3) pixels; equal pixels give equal bytes.

    Source: ISO/IEC 15948, Portable Network Graphics.
    """
    height, width = pixels.shape[:2]
    kind = COLOUR if pixels.ndim == 3 else GREY
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)  # 0: the line is stored without a filter
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
