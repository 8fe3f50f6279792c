"""Small data files, good and bad."""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """`array` in IDX format."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx_folder(folder: Path, *, compress: bool = True, train: int = 7, test: int = 5) -> Path:
    """A folder as MNIST's, of 4 x 3 images: image i of a split is filled with i, its label is i modulo 4."""
    folder.mkdir(exist_ok=True)
    for prefix, count in (("train", train), ("t10k", test)):
        ids = np.arange(count, dtype=np.uint8)
        images = np.broadcast_to(ids[:, None, None], (count, 4, 3))
        for stem, array in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", ids % 4)):
            content = idx_bytes(np.ascontiguousarray(array))
            if compress:
                (folder / f"{stem}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / stem).write_bytes(content)
    return folder


def good_arrays() -> dict[str, NDArray[Any]]:
    """Six examples of shape (2, 3), three classes."""
    return {"x": np.linspace(0, 1, 36, dtype=np.float64).reshape(6, 2, 3), "y": np.array([0, 1, 2, 0, 1, 2])}


def write_npz(path: Path, **changes: Any) -> Path:
    """The good arrays with changes; None leaves an array out."""
    arrays = {name: array for name, array in {**good_arrays(), **changes}.items() if array is not None}
    np.savez_compressed(path, **arrays)
    return path


def write_h5(path: Path, **changes: Any) -> Path:
    """As `write_npz`, as HDF5."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, array in {**good_arrays(), **changes}.items():
            if array is not None:
                file[name] = array
    return path


def damaged(content: bytes, number: int) -> Iterator[bytes]:
    """`content` with bytes replaced, zeroed, or cut off at the end; the same ones each time."""
    draw = random.Random(4)
    for _ in range(number):
        changed = bytearray(content)
        start = draw.randrange(len(content))
        match draw.randrange(3):
            case 0:
                changed[start] = draw.randrange(256)
            case 1:
                length = min(draw.randrange(1, 64), len(content) - start)
                changed[start : start + length] = bytes(length)
            case _:
                del changed[start:]
        yield bytes(changed)
