"""Folders of binary recordings, one folder for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ml_genn.errors import DataError

from .aer import read_aer, sensor_of
from .event_checks import EventLimits, checked_events
from .events import EventDataset
from .spikes import neurons_of
from .tonic import preprocess_tonic_spikes

SPLIT_FOLDERS = {"train": ("Train", "train"), "test": ("Test", "test")}


def read_event_folder(path: Path, split: str, kind: str, limits: EventLimits) -> EventDataset:
    """Recordings in PLACE/CLASS/FILE, or in PLACE/Train/CLASS/FILE and PLACE/Test/CLASS/FILE.

    Classes are numbered in the order of their names, numbers in that of their values; Train and Test count together, so
    that a class has the same number in both, and folders without recordings do not count. Files are taken in the order
    of their names. Pixel (x, y) with polarity p is neuron p + P x + P W y of a sensor of width W with P polarities.

    Args:
        path: the folder.
        split: "train" or "test", where there are such folders.
        kind: of recordings, as for `read_aer`.
        limits: what events must keep to; `num_channels`, where given, is that of the sensor.

    Raises:
        DataError: no such folder or files, another number of channels, or a recording cannot be used.
    """
    sensor = sensor_of(kind)
    width, height, polarities = sensor.shape
    num_channels = width * height * polarities
    if limits.num_channels not in (None, num_channels):
        raise DataError(
            f"recordings of kind {kind} have {num_channels} channels, not {limits.num_channels}; "
            "leave num_channels out, which is for HDF5 files"
        )
    place, chosen = _split(path, split)
    classes = _classes(path, sensor.suffix)
    files = [
        (label, file) for label, name in enumerate(classes) for file in sorted((place / name).glob(f"*{sensor.suffix}"))
    ]
    if not files:
        raise DataError(
            f"{place} has no folders of {sensor.suffix} files, one folder for each class; name one that has"
        )
    x = []
    for _, file in files:
        try:
            spikes = preprocess_tonic_spikes(
                read_aer(file, kind, allow_empty=limits.allow_empty), ("x", "y", "t", "p"), sensor.shape
            )
        except DataError as error:
            raise DataError(f"{file}: {error}" if str(file) not in str(error) else str(error)) from error
        x.append(checked_events(spikes.spike_times, neurons_of(spikes), num_channels, limits, str(file)))
    labels = np.array([label for label, _ in files], np.int64)
    return EventDataset(
        x=x, y=labels, groups=None, num_channels=num_channels, name=path.name, source=str(path), split=chosen
    )


def _classes(path: Path, suffix: str) -> list[str]:
    """Names of the folders with recordings, in `path` or in all that it has of Train and Test."""
    places = [path / name for names in SPLIT_FOLDERS.values() for name in names if (path / name).is_dir()] or [path]
    folders = [one for place in places if place.is_dir() for one in place.iterdir() if one.is_dir()]
    return sorted({one.name for one in folders if any(one.glob(f"*{suffix}"))}, key=_order)


def _order(name: str) -> tuple[bool, int, str]:
    """Numbers by their value, then other names."""
    return (False, int(name), name) if name.isdecimal() else (True, 0, name)


def _split(path: Path, split: str) -> tuple[Path, str]:
    for name in SPLIT_FOLDERS.get(split, ()):
        if (path / name).is_dir():
            return path / name, split
    return path, "all"
