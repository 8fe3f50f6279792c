"""Data sets of Tonic, or anything that is indexed like one, as labelled spike trains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ml_genn.errors import DataError

from .event_checks import EventLimits, checked_events
from .events import EventDataset
from .spikes import neurons_of
from .tonic import SensorSize, preprocess_tonic_spikes


def tonic_events(
    dataset: Any,
    *,
    sensor_size: SensorSize | None = None,
    time_scale: float = 1.0 / 1000.0,
    indices: Iterable[int] | None = None,
    duration: float | None = None,
    late: str = "drop",
    allow_empty: bool = False,
) -> EventDataset:
    """The recordings of a data set whose examples are pairs (events, label), as in Tonic.

    Neurons are counted as by `preprocess_tonic_spikes`.

    Args:
        dataset: what has a length and examples by number; events are arrays with fields or dictionaries of arrays.
        sensor_size: width, height and number of polarities; None for the `sensor_size` of the data set.
        time_scale: milliseconds per unit of "t"; the default is for microseconds.
        indices: which examples to take, in this order, as numbers or as one boolean for each; None for all.
        duration: length of a trial [ms]; None for no limit.
        late: what becomes of events at or after `duration`: "drop" leaves them out, "error" refuses the example.
        allow_empty: whether an example may have no events.

    Raises:
        DataError: an example is no such pair, its events do not fit the sensor, or its label is no whole number from 0;
            the message names the example.
    """
    name = type(dataset).__name__
    size = getattr(dataset, "sensor_size", None) if sensor_size is None else sensor_size
    if size is None:
        raise DataError(f"{name} does not say how large its sensor is; give sensor_size, (width, height, polarities)")
    limits = EventLimits(duration=duration, late=late, allow_empty=allow_empty)
    chosen = _chosen(dataset, indices, name)
    x, y = [], []
    for index in chosen:
        where = f"{name}, example {index}"
        events, label = _pair(_example(dataset, index, where), where)
        try:
            spikes = preprocess_tonic_spikes(events, _fields(events), size, time_scale)
        except DataError as error:
            raise DataError(f"{where}: {error}") from error
        x.append(checked_events(spikes.spike_times, neurons_of(spikes), len(spikes.end_spikes), limits, where))
        y.append(_label(label, where))
    channels = len(x[0].end_spikes)
    return EventDataset(x=x, y=np.array(y), groups=None, num_channels=channels, name=name, source=name, split="all")


def _chosen(dataset: Any, indices: Iterable[int] | None, name: str) -> list[int]:
    """Numbers of the examples to take."""
    if indices is None and not hasattr(dataset, "__len__"):
        raise DataError(f"{name} does not say how many examples it has; give indices")
    found = np.arange(len(dataset)) if indices is None else np.asarray(list(indices))
    if not found.size:
        raise DataError(f"{name}: there are no examples to take")
    if found.dtype == bool and found.shape == (len(dataset),):
        found = np.flatnonzero(found)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise DataError(
            f"{name}: indices must be whole numbers, or one boolean for each example, got dtype {found.dtype} and "
            f"shape {found.shape}"
        )
    numbers: list[int] = found.tolist()
    return numbers


def _example(dataset: Any, index: int, where: str) -> Any:
    try:
        return dataset[index]
    except IndexError as error:
        raise DataError(f"{where} does not exist: {error}") from error


def _pair(example: Any, where: str) -> tuple[Any, Any]:
    if not isinstance(example, tuple | list) or len(example) != 2:
        raise DataError(f"{where} must be a pair (events, label), got a {type(example).__name__}")
    return example[0], example[1]


def _fields(events: Any) -> tuple[str, ...]:
    names = events.dtype.names if isinstance(events, np.ndarray) else events
    return tuple(names or ())


def _label(label: Any, where: str) -> int:
    found = np.asarray(label)
    if found.ndim or found.dtype.kind not in "iu" or found < 0:
        raise DataError(f"{where} has the label {label!r}; labels must be whole numbers from 0")
    return int(found)
