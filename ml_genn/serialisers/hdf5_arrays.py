"""Arrays of numbers in HDF5 files, with checksums, and nothing that leads out of the file."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from ..errors import ModelFileError


def store_array(group: Any, name: str, values: np.ndarray) -> None:
    """Store an array with a checksum; the library has none for empty ones."""
    if values.size and values.ndim:
        group.create_dataset(name, data=values, chunks=True, fletcher32=True)
    else:
        group.create_dataset(name, data=values)


def inside(group: Any, name: str) -> str:
    """`name`, after checking that the entry lies in the file itself.

    Raises:
        ModelFileError: it is missing or points elsewhere.
    """
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ModelFileError(f"{group.file.filename}: the entry {name!r} is missing or points to another place")
    return name


def read_array(group: Any, name: str) -> np.ndarray:
    """An array that lies in the file itself.

    Raises:
        ModelFileError: it lies elsewhere, or is no array of numbers.
    """
    dataset = group[inside(group, name)]
    plain = isinstance(dataset, h5py.Dataset) and not dataset.is_virtual and not dataset.external
    if not plain or dataset.dtype.kind not in "iuf":
        raise ModelFileError(f"{group.file.filename}: the entry {name!r} is no array of numbers stored in the file")
    return np.asarray(dataset[()])
