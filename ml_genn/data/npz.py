"""FILE.npz with arrays x and y."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .arrays import RawData


def read_npz(path: Path) -> RawData:
    """The arrays x and y of an npz file; pickled objects are refused, never loaded.

    Raises:
        DataError: missing or damaged file, no npz file, missing array, pickled objects.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is damaged or no npz file; write one with np.savez_compressed({path.name!r}, x=x, y=y)"
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            return RawData(x=_read(archive, "x", path), y=_read(archive, "y", path), name=path.stem, split="all")
    except DataError:
        raise
    except Exception as error:  # of damaged files numpy and zipfile say EOFError, TokenError, ValueError ...
        raise DataError(f"{path} is damaged: {error}; copy or write it again") from error


def _read(archive: Any, name: str, path: Path) -> NDArray[Any]:
    if name not in archive.files:
        there = ", ".join(archive.files) or "nothing"
        raise DataError(
            f"{path} has no array {name!r}, it holds {there}; write it with np.savez_compressed(path, x=x, y=y)"
        )
    try:
        array: NDArray[Any] = archive[name]
    except ValueError as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path}: array {name!r} holds pickled Python objects, which are never loaded "
                "because they can run code; store plain numbers"
            ) from error
        raise DataError(f"{path}: array {name!r} is damaged: {error}; copy or write it again") from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path}: {name!r} is damaged or no array; copy or write it again")
    return array
