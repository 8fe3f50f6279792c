"""Files of recordings that lie end to end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import DataError


def read_recordings(place: str, signal: str, *names: str) -> tuple[list[np.ndarray], tuple[np.ndarray, ...]]:
    """Recordings of an .npz file, and what it tells of them.

    Args:
        place: the file.
        signal: name of the array with all recordings end to end; `offsets` says where they begin, and where the last
            one ends.
        names: of the other arrays that are wanted.

    Raises:
        DataError: there is no such file, or it lacks an array.
    """
    if not Path(place).is_file():
        raise DataError(f"there are no recordings at {place}; name the .npz file by --set data=FILE")
    with np.load(place, allow_pickle=False) as file:
        missing = [name for name in (signal, "offsets", *names) if name not in file]
        if missing:
            raise DataError(f"{place} lacks {', '.join(missing)}; it holds {', '.join(file)}")
        whole = file[signal]
        return [whole[start:end] for start, end in pairwise(file["offsets"])], tuple(file[name] for name in names)
