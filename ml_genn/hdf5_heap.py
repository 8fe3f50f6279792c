"""Finds damage in the heaps of an HDF5 file over which the HDF5 library would stay for ever.

Texts of any length lie in a global heap: "GCOL", version 1, three zeros, the heap's size in 8 bytes, then objects. An
object has a header (number in 2 bytes, 6 bytes of no matter here, size in 8) and its data, filled up to whole 8 bytes;
number 0 is the free rest, whose size includes the header. Where such a size is 0, as in a stretch of zeros that a
broken copy left, the library does not come a step further. Source: HDF5 File Format Specification 3.0, III.E.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

_SIGNATURE = b"GCOL\x01\x00\x00\x00"
_HEADER = struct.Struct("<H6xQ")


def has_damaged_heap(path: Path) -> bool:
    """Whether a heap of the file, which is not empty, has an object that does not fit into it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(not _is_whole(content, start) for start in _heaps(content))


def _heaps(content: mmap.mmap) -> Iterator[int]:
    start = content.find(_SIGNATURE)
    while start >= 0:
        yield start
        start = content.find(_SIGNATURE, start + 1)


def _is_whole(content: mmap.mmap, start: int) -> bool:
    """Whether one object follows the other up to the end of the heap."""
    if start + 16 > len(content):
        return False
    end = start + int.from_bytes(content[start + 8 : start + 16], "little")
    at = start + 16
    while at + _HEADER.size <= end <= len(content):
        number, size = _HEADER.unpack_from(content, at)
        step = size if number == 0 else _HEADER.size + -(-size // 8) * 8
        if step < _HEADER.size:
            return False
        at += step
    return at <= end <= len(content)
