"""A folder of IDX files, the format of MNIST: magic number, sizes (32 bit, big-endian), values.

The third byte of the magic number names the type, the fourth the number of axes.
Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File formats".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .arrays import RawData

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PREFIX = {"train": "train", "test": "t10k"}


def read_idx_folder(folder: Path, split: str) -> RawData:
    """Images and labels of one split, under MNIST's file names, plain or with .gz.

    Raises:
        DataError: a file is missing or damaged.
    """
    prefix = _PREFIX[split]
    images = _find(folder, f"{prefix}-images", "idx3-ubyte")
    labels = _find(folder, f"{prefix}-labels", "idx1-ubyte")
    x, y = read_idx(images), read_idx(labels)
    scale = Fraction(1, 255) if x.dtype == np.uint8 else Fraction(1)
    return RawData(x=x, y=y, name=folder.name, split=split, scale=scale, images=True)


def read_idx(path: Path) -> NDArray[Any]:
    """One IDX file as an array.

    Raises:
        DataError: not an IDX file, truncated, or longer than its header says.
    """
    content = _read_bytes(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES or content[3] == 0:
        raise DataError(
            f"{path} is no IDX file: it starts with {content[:4].hex(' ') or 'nothing'}, expected 00 00, "
            "a type and a number of axes (00 00 08 03 for images)"
        )
    dtype, axes = np.dtype(_TYPES[content[2]]), content[3]
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError(f"{path} is truncated inside its header; copy or download it again")
    shape = struct.unpack(f">{axes}I", content[4:start])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise DataError(
            f"{path} is damaged: its header announces shape {shape}, {expected} bytes in all, "
            f"but it has {len(content)}; copy or download it again"
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.suffix != ".gz":
            return path.read_bytes()
        with gzip.open(path) as stream:
            return stream.read()
    except EOFError as error:
        raise DataError(f"{path} is truncated: the gzip stream has no end; copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}; copy or download it again") from error


def _find(folder: Path, stem: str, kind: str) -> Path:
    names = [f"{stem}{separator}{kind}{end}" for end in (".gz", "") for separator in ("-", ".")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(
        f"the folder {folder} has no {stem}-{kind} or {stem}-{kind}.gz; give a folder of MNIST-style IDX files"
    )
