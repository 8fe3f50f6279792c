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

    Classes are numbered in the order of their names, files taken in the order of theirs. Pixel (x, y) with polarity p
    is neuron p + P x + P W y of a sensor of width W with P polarities.

    Args:
        path: the folder.
        split: "train" or "test", where there are such folders.
        kind: of recordings, as for `read_aer`.
        limits: what events must keep to; `num_channels` is that of the sensor.

    Raises:
        DataError: no such folder or files, or a recording cannot be used.
    """
    sensor = sensor_of(kind)
    place, chosen = _split(path, split)
    classes = sorted(one for one in place.iterdir() if one.is_dir()) if place.is_dir() else []
    files = [(label, file) for label, folder in enumerate(classes) for file in sorted(folder.glob(f"*{sensor.suffix}"))]
    if not files:
        raise DataError(
            f"{place} has no folders of {sensor.suffix} files, one folder for each class; name one that has"
        )
    width, height, polarities = sensor.shape
    num_channels = width * height * polarities
    x = []
    for _, file in files:
        try:
            spikes = preprocess_tonic_spikes(read_aer(file, kind), ("x", "y", "t", "p"), sensor.shape)
        except DataError as error:
            raise DataError(f"{file}: {error}" if str(file) not in str(error) else str(error)) from error
        x.append(checked_events(spikes.spike_times, neurons_of(spikes), num_channels, limits, str(file)))
    labels = np.array([label for label, _ in files], np.int64)
    return EventDataset(
        x=x, y=labels, groups=None, num_channels=num_channels, name=path.name, source=str(path), split=chosen
    )


def _split(path: Path, split: str) -> tuple[Path, str]:
    for name in SPLIT_FOLDERS.get(split, ()):
        if (path / name).is_dir():
            return path / name, split
    return path, "all"
