"""Where the parts of an HDF5 file lie: in the file itself, or they are not read."""

from __future__ import annotations

from typing import Any

from ml_genn.errors import DataError

_MOST_LINKS = 32
"""Links one after the other; more of them run in a circle."""


def own_object(file: Any, name: str, where: str) -> Any:
    """What `name` stands for, None where there is nothing; links within the file are followed, others not.

    Args:
        file: an open HDF5 file.
        name: path of the object in it.
        where: names of both, for messages.

    Raises:
        DataError: a link on the way leads out of the file.
    """
    import h5py

    place, ahead, links = file, name.split("/"), 0
    while ahead:
        part = ahead.pop(0)
        if part in ("", "."):
            continue
        if not isinstance(place, h5py.Group) or not place.id.links.exists(part.encode()):
            return None
        link = place.get(part, getlink=True)
        if isinstance(link, h5py.HardLink):
            place = place[part]
            continue
        links += 1
        if links > _MOST_LINKS:
            return None
        if not isinstance(link, h5py.SoftLink):
            raise DataError(f"{where} is a link to another file, which is not followed; store the data itself")
        place, ahead = (file if link.path.startswith("/") else place), link.path.split("/") + ahead
    return place


def require_own_values(dataset: Any, where: str) -> None:
    """Check that a dataset does not keep its values elsewhere.

    Raises:
        DataError: it does.
    """
    if dataset.external or dataset.is_virtual:
        raise DataError(f"{where} keeps its values in other files, which are not read; store the data itself")
