"""HDF5 files of the Spiking Heidelberg Digits and Spiking Speech Commands, and others of that form.

`spikes/times` and `spikes/units` hold one list per example, times in seconds; `labels` one class number per example,
`extra/speaker`, which need not be there, one speaker. Source: Cramer, Stradmann, Schemmel, Zenke 2022, "The Heidelberg
spiking data sets for the systematic evaluation of spiking neural networks".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError
from ml_genn.hdf5_heap import has_damaged_heap

from .checks import check_labels
from .event_checks import EventLimits, checked_events
from .events import EventDataset

CHANNELS = 700
_SECONDS = 1000.0  # [ms]


def read_shd(path: Path, split: str, limits: EventLimits) -> EventDataset:
    """The examples of one file.

    Args:
        path: the file, or a folder that holds shd_SPLIT.h5 or ssc_SPLIT.h5.
        split: "train", "valid" or "test"; of a file "all" of it.
        limits: what events must keep to; `num_channels` None means 700.

    Raises:
        DataError: the file is damaged, has another form, links to other files, or holds events that cannot be.
    """
    import h5py

    found = _find(path, split)
    if not h5py.is_hdf5(found) or has_damaged_heap(found):
        raise DataError(f"{found} is damaged or no HDF5 file; get it again from where it is published")
    try:
        with h5py.File(found, "r") as file:
            parts = {name: _read(file, name, found) for name in ("spikes/times", "spikes/units", "labels")}
            speaker = _read(file, "extra/speaker", found) if "extra/speaker" in file else None
    except DataError:
        raise
    except Exception as error:  # of damaged files h5py says KeyError, RuntimeError, TypeError, ValueError ...
        raise DataError(f"{found} is damaged: {error}; get it again from where it is published") from error
    return _dataset(parts, speaker, found, "all" if path.is_file() else split, limits)


def _dataset(
    parts: dict[str, NDArray[Any]], speaker: NDArray[Any] | None, path: Path, split: str, limits: EventLimits
) -> EventDataset:
    times, units = parts["spikes/times"], parts["spikes/units"]
    if not len(times) or len(times) != len(units):
        raise DataError(
            f"{path}: spikes/times and spikes/units must hold one list for each example, at least one; "
            f"got {len(times)} and {len(units)}"
        )
    labels = check_labels(parts["labels"], len(times), str(path))
    if speaker is not None and (speaker.shape != labels.shape or speaker.dtype.kind not in "iu"):
        raise DataError(
            f"{path}: extra/speaker must hold one whole number for each of {len(labels)} examples, "
            f"got dtype {speaker.dtype} and shape {speaker.shape}"
        )
    channels = limits.num_channels or CHANNELS
    x = [
        checked_events(np.asarray(times[i], np.float64) * _SECONDS, units[i], channels, limits, f"{path}: example {i}")
        for i in range(len(times))
    ]
    groups = None if speaker is None else speaker.astype(np.int64)
    return EventDataset(
        x=x, y=labels, groups=groups, num_channels=channels, name=path.stem, source=str(path), split=split
    )


def _find(path: Path, split: str) -> Path:
    if not path.is_dir():
        return path
    names = [f"{stem}_{split}.h5" for stem in ("shd", "ssc")]
    for name in names:
        if (path / name).is_file():
            return path / name
    raise DataError(
        f"{path} holds neither {' nor '.join(names)}; unpack the published files there, or name one of them"
    )


def _read(file: Any, name: str, path: Path) -> NDArray[Any]:
    """A dataset, no part of whose path leads out of the file."""
    import h5py

    place = file
    for part in name.split("/"):
        if not isinstance(place, h5py.Group) or part not in place:
            raise DataError(
                f"{path} has no dataset {name}; files of this form hold spikes/times, spikes/units and labels"
            )
        if isinstance(place.get(part, getlink=True), h5py.ExternalLink):
            raise DataError(f"{path}: {name} is a link to another file, which is not followed; store the data itself")
        place = place[part]
    if not isinstance(place, h5py.Dataset) or place.shape is None or place.ndim != 1:
        raise DataError(f"{path}: {name} must be a dataset with one entry for each example")
    if place.external or place.is_virtual:
        raise DataError(f"{path}: {name} keeps its values in other files, which are not read; store the data itself")
    return np.asarray(place[()])
