"""Files of recordings that lie end to end."""

from __future__ import annotations

import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import DataError, UsageError


def read_recordings(place: str, signal: str, *names: str) -> tuple[list[np.ndarray], tuple[np.ndarray, ...]]:
    """Recordings of an .npz file, and what it tells of them.

    Args:
        place: the file.
        signal: name of the array with all recordings end to end; `offsets` says where they begin, and where the last
            one ends.
        names: of the other arrays that are wanted.

    Raises:
        DataError: there is no such file, it is damaged, it lacks an array, or its arrays do not fit each other.
    """
    arrays = _read(place, (signal, "offsets", *names))
    whole, offsets = arrays[signal], arrays["offsets"]
    if (
        offsets.ndim != 1
        or not offsets.size
        or offsets.dtype.kind not in "iu"
        or (np.diff(offsets.astype(np.int64), prepend=-1) <= 0).any()
    ):
        raise DataError(
            f"{place}: offsets must be whole numbers that grow, where each recording begins and the last ends"
        )
    if offsets[-1] > len(whole):
        raise DataError(f"{place}: the last recording ends at {offsets[-1]}, but {signal} has a length of {len(whole)}")
    for name in names:
        if arrays[name].ndim and len(arrays[name]) != len(offsets) - 1:
            raise DataError(
                f"{place}: {name} has {len(arrays[name])} entries, offsets tell of {len(offsets) - 1} recordings"
            )
    return [whole[start:end] for start, end in pairwise(offsets)], tuple(arrays[name] for name in names)


def of_speaker(number: int, speakers: np.ndarray) -> np.ndarray:
    """Of each recording whether it is one of the speaker who is held out.

    Raises:
        UsageError: there is no such speaker.
    """
    found: np.ndarray = speakers == number
    if not found.any():
        known = ", ".join(map(str, np.unique(speakers)))
        raise UsageError(f"held_out={number} is no speaker of these recordings; there are {known}")
    return found


def _read(place: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """These arrays of the file."""
    if not Path(place).is_file():
        raise DataError(f"there are no recordings at {place}; name the .npz file by --set data=FILE")
    if not zipfile.is_zipfile(place):
        raise DataError(f"{place} holds no recordings; name an undamaged .npz file by --set data=FILE")
    try:
        with np.load(place, allow_pickle=False) as file:
            missing = [name for name in names if name not in file]
            if missing:
                raise DataError(f"{place} lacks {', '.join(missing)}; it holds {', '.join(file)}")
            return {name: file[name] for name in names}
    except DataError:
        raise
    except Exception as error:  # of damaged files numpy and zipfile say EOFError, BadZipFile, ValueError ...
        raise DataError(f"{place} is damaged: {error}; copy it again") from error
