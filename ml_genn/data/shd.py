"""HDF5 files of the Spiking Heidelberg Digits and Spiking Speech Commands, and others of that form.

`spikes/times` and `spikes/units` hold one list per example, times in seconds; `labels` one class number per example,
`extra/speaker`, which need not be there, one speaker, a number or a name. Source: Cramer, Stradmann, Schemmel, Zenke
2022, "The Heidelberg spiking data sets for the systematic evaluation of spiking neural networks".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError
from ml_genn.hdf5_heap import has_damaged_heap

from .checks import check_labels
from .event_checks import EventLimits, checked_events
from .events import EventDataset
from .hdf5_place import own_object, require_own_values
from .spikes import PreprocessedSpikes

CHANNELS = 700
_SECONDS = 1000.0  # [ms]
_CHUNK = 256
"""Examples that are read at a time, so that a file of millions of events is not held twice."""
_SETS = ("shd", "ssc")


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
    with _damage(found), h5py.File(found, "r") as file:
        times, units = _lists(file, "spikes/times", found), _lists(file, "spikes/units", found)
        if not len(times) or len(times) != len(units):
            raise DataError(
                f"{found}: spikes/times and spikes/units must hold one list for each example, at least one; "
                f"got {len(times)} and {len(units)}"
            )
        labels = check_labels(np.asarray(_dataset(file, "labels", found)[()]), len(times), str(found))
        groups = _groups(file, len(labels), found)
        channels = limits.num_channels or CHANNELS
        x = list(_examples(times, units, channels, limits, found))
    return EventDataset(
        x=x,
        y=labels,
        groups=groups,
        num_channels=channels,
        name=found.stem,
        source=str(found),
        split="all" if path.is_file() else split,
    )


def _examples(times: Any, units: Any, channels: int, limits: EventLimits, path: Path) -> Iterator[PreprocessedSpikes]:
    for start in range(0, len(times), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        for index, (seconds, ids) in enumerate(zip(times[chunk], units[chunk], strict=True), start):
            yield checked_events(
                np.asarray(seconds, np.float64) * _SECONDS, ids, channels, limits, f"{path}: example {index}"
            )


def _groups(file: Any, num_examples: int, path: Path) -> NDArray[np.int64] | None:
    """The number of each example's speaker, None where the file does not say; names are numbered in their order."""
    if own_object(file, "extra/speaker", f"{path}: extra/speaker") is None:
        return None
    speaker = np.asarray(_dataset(file, "extra/speaker", path)[()])
    if speaker.shape != (num_examples,) or speaker.dtype.kind not in "iuSO":
        raise DataError(
            f"{path}: extra/speaker must hold one whole number for each of {num_examples} examples, or a name, "
            f"got dtype {speaker.dtype} and shape {speaker.shape}"
        )
    return speaker.astype(np.int64) if speaker.dtype.kind in "iu" else np.unique(speaker, return_inverse=True)[1]


def _find(path: Path, split: str) -> Path:
    if not path.is_dir():
        return path
    there = {one: path / f"{one}_{split}.h5" for one in _SETS if any(path.glob(f"{one}_*.h5"))}
    if len(there) > 1:
        raise DataError(
            f"{path} holds files of {' and '.join(there)}; name one file, or put each set into its own folder"
        )
    for found in there.values():
        if found.is_file():
            return found
    names = " nor ".join(f"{one}_{split}.h5" for one in _SETS)
    raise DataError(f"{path} holds neither {names}; unpack the published files there, or name one of them")


def _dataset(file: Any, name: str, path: Path) -> Any:
    """A dataset with one entry for each example, no part of whose path leads out of the file."""
    import h5py

    found = own_object(file, name, f"{path}: {name}")
    if found is None:
        raise DataError(f"{path} has no dataset {name}; files of this form hold spikes/times, spikes/units and labels")
    if not isinstance(found, h5py.Dataset) or found.shape is None or found.ndim != 1:
        raise DataError(f"{path}: {name} must be a dataset with one entry for each example")
    require_own_values(found, f"{path}: {name}")
    return found


def _lists(file: Any, name: str, path: Path) -> Any:
    """A dataset of lists of numbers."""
    import h5py

    found = _dataset(file, name, path)
    kind = h5py.check_vlen_dtype(found.dtype)
    if kind is None or np.dtype(kind).kind not in "iuf":
        raise DataError(
            f"{path}: {name} must hold a list of numbers for each example (h5py.vlen_dtype), got dtype "
            f"{found.dtype if kind is None else kind}"
        )
    return found


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """What the HDF5 library says of damaged files, as an error that says what to do."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception as error:  # of damaged files h5py says KeyError, RuntimeError, TypeError, ValueError ...
        raise DataError(f"{path} is damaged: {error}; get it again from where it is published") from error
