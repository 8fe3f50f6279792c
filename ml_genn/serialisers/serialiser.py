"""Base class of serialisers: arrays by keys, in files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, OutputError

Keys = Sequence[Any]
"""What an array is found by, as (3, connection, "g"): the epoch, whose it is, the name of the variable."""

ESCAPED = str.maketrans({character: f"%{ord(character):02X}" for character in "%/\\\0"})
"""How characters are written that cannot stand in the name of a file or of an HDF5 group."""


class Serialiser(ABC):
    """Stores arrays of numbers under keys; `str` makes keys text. What is written is there completely or not at all.

    Nothing that is read is ever executed: files hold numbers only.
    """

    @abstractmethod
    def serialise(self, keys: Keys, data: Any) -> None:
        """Store an array, in place of an earlier one with the same keys.

        Raises:
            DataError: `data` are no numbers, or there are no keys.
            OutputError: it cannot be written.
        """

    @abstractmethod
    def deserialise(self, keys: Keys) -> np.ndarray:
        """The array stored under exactly these keys.

        Raises:
            DataError: there is none, or its file is damaged.
        """

    @abstractmethod
    def deserialise_all(self, keys: Keys) -> dict[str, np.ndarray]:
        """The arrays stored under these keys and one more, by that one; empty where there are none.

        Raises:
            DataError: a file is damaged.
        """


def words(keys: Keys) -> list[str]:
    """Keys as text that may stand in a file name.

    Raises:
        DataError: there are none.
    """
    if len(keys) == 0:
        raise DataError("an array is stored under keys; give at least one, as serialise((3, connection, 'g'), values)")
    return [str(key).translate(ESCAPED) for key in keys]


def numbers(keys: Keys, data: Any) -> np.ndarray:
    """Data as an array of real numbers.

    Raises:
        DataError: they are none.
    """
    values = np.asarray(data)
    if values.dtype.kind not in "biuf":
        raise DataError(f"{'-'.join(map(str, keys))}: only real numbers can be stored, got dtype {values.dtype}")
    return values


def make_folder(folder: Path) -> None:
    """Create a folder where there is none yet.

    Raises:
        OutputError: that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot create the folder {folder}: {error.strerror}") from error


def is_there(path: Path) -> bool:
    """Whether there is a file of this name, which may be one that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False
