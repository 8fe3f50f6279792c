"""FORMAT:PLACE, as functions and experiments take recordings of events, read into a checked EventDataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ml_genn.errors import DataError

from .aer import SENSORS
from .event_checks import EventLimits
from .event_folders import read_event_folder
from .events import EventDataset
from .shd import read_shd

SPLITS = ("train", "valid", "test")
Reader = Callable[[Path, str, EventLimits], EventDataset]


def load_events(
    spec: str | Path,
    *,
    split: str = "test",
    duration: float | None = None,
    late: str = "drop",
    num_channels: int | None = None,
    allow_empty: bool = False,
) -> EventDataset:
    """Read and check the recordings that `spec` names.

    Args:
        spec: "shd:PLACE", an HDF5 file in the form of SHD and SSC or the folder with the published ones;
            "nmnist:FOLDER", "ncars:FOLDER" or "aedat:FOLDER", a folder with a folder for each class.
        split: "train", "valid" or "test", where PLACE has several.
        duration: length of a trial [ms]; None for no limit.
        late: what becomes of events at or after `duration`: "drop" leaves them out, "error" refuses the recording.
        num_channels: channels of an HDF5 file; None for 700.
        allow_empty: whether recordings may have no events in the trial.

    Raises:
        DataError: anything that makes the recordings unusable; the message names file, example and what to do.
    """
    kind, separator, place = str(spec).partition(":")
    if not separator or kind not in _READERS:
        raise DataError(
            f"events are named FORMAT:PLACE with one of the formats {', '.join(_READERS)}, got {str(spec)!r}"
        )
    if split not in SPLITS:
        raise DataError(f"the split of events must be one of {', '.join(SPLITS)}, got {split!r}")
    if not Path(place).exists():
        raise DataError(f"there is nothing at {place}; name where the files are, as in {kind}:data/{kind}")
    limits = EventLimits(duration=duration, late=late, num_channels=num_channels, allow_empty=allow_empty)
    return _READERS[kind](Path(place), split, limits)


def _folder_reader(kind: str) -> Reader:
    def read(path: Path, split: str, limits: EventLimits) -> EventDataset:
        return read_event_folder(path, split, kind, limits)

    return read


_READERS: Mapping[str, Reader] = {"shd": read_shd, **{kind: _folder_reader(kind) for kind in SENSORS}}
