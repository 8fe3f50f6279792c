"""Arrays as one .npy file each."""

from __future__ import annotations

import glob
import io
from pathlib import Path
from typing import Any, final

import numpy as np

from ..atomic import write_bytes_atomic
from ..errors import DataError
from .serialiser import Keys, Serialiser, is_there, make_folder, numbers, words


@final
class Numpy(Serialiser):
    """The file of keys (3, "Conn_Pop0_Pop1", "g") is 3-Conn_Pop0_Pop1-g.npy; pickled objects are never loaded.

    Args:
        path: folder of the files, made when the first is written; by default the present one.
    """

    def __init__(self, path: Path | str = "") -> None:
        self.path = str(path)

    def serialise(self, keys: Keys, data: Any) -> None:
        values = numbers(keys, data)
        path = self._path(keys)
        make_folder(path.parent)
        content = io.BytesIO()
        np.save(content, values, allow_pickle=False)
        write_bytes_atomic(path, content.getvalue())

    def deserialise(self, keys: Keys) -> np.ndarray:
        return _read(self._path(keys))

    def deserialise_all(self, keys: Keys) -> dict[str, np.ndarray]:
        prefix = "".join(f"{word}-" for word in words(keys))
        found = sorted(Path(self.path).glob(f"{glob.escape(prefix)}*.npy"))
        # a further "-" belongs to the name of something else that begins with the same words
        names = {path.name.removeprefix(prefix).removesuffix(".npy"): path for path in found}
        return {name: _read(path) for name, path in names.items() if "-" not in name}

    def _path(self, keys: Keys) -> Path:
        return Path(self.path) / f"{'-'.join(words(keys))}.npy"


def _read(path: Path) -> np.ndarray:
    if not is_there(path):
        raise DataError(f"{path} does not exist; give the keys that the array was stored under, and the folder")
    try:
        # as a map, so that a header which promises more than the file holds allocates nothing
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
            return np.array(values)
    except Exception as error:  # of damaged files numpy says EOFError, OSError, SyntaxError, ValueError ...
        raise DataError(f"{path} is damaged or no .npy file of numbers: {error}") from error
    raise DataError(f"{path} holds no array of numbers")
