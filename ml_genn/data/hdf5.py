"""FILE.h5 with datasets x and y."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .arrays import RawData
from .hdf5_place import own_object, require_own_values


def read_hdf5(path: Path) -> RawData:
    """The datasets x and y at the root of an HDF5 file; links to other files are not followed.

    Raises:
        DataError: damaged or no HDF5 file, missing dataset, a group or an external link in its place, or values in
            other files.
    """
    import h5py

    if not h5py.is_hdf5(path):
        raise DataError(f"{path} is damaged or no HDF5 file; write one with h5py, datasets x and y at its root")
    try:
        with h5py.File(path, "r") as file:
            return RawData(x=_read(file, "x", path), y=_read(file, "y", path), name=path.stem, split="all")
    except DataError:
        raise
    except Exception as error:  # of damaged files h5py says KeyError, RuntimeError, TypeError, ValueError ...
        raise DataError(f"{path} is damaged: {error}; copy or write it again") from error


def _read(file: Any, name: str, path: Path) -> NDArray[Any]:
    import h5py

    dataset = own_object(file, name, f"{path}: {name!r}")
    if dataset is None:
        there = ", ".join(file) or "nothing"
        raise DataError(f"{path} has no dataset {name!r}, it holds {there}; write datasets x and y at its root")
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise DataError(f"{path}: {name!r} is no dataset with values; write datasets x and y at its root")
    require_own_values(dataset, f"{path}: {name!r}")
    return np.asarray(dataset[()])
