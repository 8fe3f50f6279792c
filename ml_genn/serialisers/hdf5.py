"""Arrays as HDF5 files, one for each checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import h5py
import numpy as np

from ..atomic import atomic_hdf5
from ..errors import DataError, ModelFileError
from .hdf5_arrays import inside, read_array, store_array
from .serialiser import Keys, Serialiser, is_there, make_folder, numbers, words

ROOT = "/"


@final
class HDF5(Serialiser):
    """Keys (3, "Conn_Pop0_Pop1", "g") name the dataset Conn_Pop0_Pop1/g of the file 3.h5.

    All but the last two keys make the name of the file, "network" where there are none.

    Args:
        path: folder of the files, made when the first is written; by default the present one.
    """

    def __init__(self, path: Path | str = "") -> None:
        self.path = str(path)

    def serialise(self, keys: Keys, data: Any) -> None:
        values = numbers(keys, data)
        if values.dtype.kind == "b":
            values = values.astype(np.uint8)
        *first, name = words(keys)
        path, group = self._place(first)
        make_folder(path.parent)
        content = _read(path) if is_there(path) else {}
        content.setdefault(group, {})[name] = values
        with atomic_hdf5(path) as file:
            for place, arrays in content.items():
                for entry, array in arrays.items():
                    store_array(file.require_group(place), entry, array)

    def deserialise(self, keys: Keys) -> np.ndarray:
        *first, name = words(keys)
        arrays = self._arrays(first)
        if name not in arrays:
            path, group = self._place(first)
            raise DataError(f"{path} holds no array {name!r} in {group!r}; give the keys that it was stored under")
        return arrays[name]

    def deserialise_all(self, keys: Keys) -> dict[str, np.ndarray]:
        return self._arrays(words(keys))

    def _arrays(self, first: list[str]) -> dict[str, np.ndarray]:
        path, group = self._place(first)
        return _read(path, group).get(group, {}) if is_there(path) else {}

    def _place(self, first: list[str]) -> tuple[Path, str]:
        """File and group of the arrays under these words."""
        *prefix, group = first or [""]
        return Path(self.path) / f"{'-'.join(prefix) or 'network'}.h5", group or ROOT


def _read(path: Path, only: str | None = None) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of a file by group and name, those outside groups under "/"; of one group or of all."""
    arrays: dict[str, dict[str, np.ndarray]] = {}
    try:
        with h5py.File(path, "r") as file:
            for name in file:
                entry = file[inside(file, name)]
                if isinstance(entry, h5py.Group) and only in (None, name):
                    arrays[name] = {item: read_array(entry, item) for item in entry}
                elif isinstance(entry, h5py.Dataset) and only in (None, ROOT):
                    arrays.setdefault(ROOT, {})[name] = read_array(file, name)
    except ModelFileError as error:
        raise DataError(str(error)) from error
    except Exception as error:  # of damaged files h5py says OSError, KeyError, RuntimeError ...
        raise DataError(f"{path} is no HDF5 file of arrays or is damaged: {error}") from error
    return arrays
