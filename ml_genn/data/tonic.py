"""Events of neuromorphic sensors, in the structured arrays of Tonic's data sets, as spikes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml_genn.errors import DataError

from .spikes import PreprocessedSpikes, check_spikes, preprocess_spikes

SensorSize = Sequence[int]
_MOST_BINS = 2.0**62


def preprocess_tonic_spikes(
    events: Any,
    ordering: Sequence[str],
    shape: SensorSize,
    time_scale: float = 1.0 / 1000.0,
    dt: float | None = None,
    histogram_thresh: int | None = None,
) -> PreprocessedSpikes:
    """The events of one recording as spikes of one neuron per pixel and polarity.

    Neurons are counted in C order over (height, width, polarities): id = p + x P + y W P. A sensor with one polarity
    has one neuron per pixel, whatever the polarity of its events; without "y" in `ordering` it is one-dimensional.

    Args:
        events: an array with fields, or a dictionary of arrays: "t", "p", "x" and perhaps "y".
        ordering: the fields that the data set has.
        shape: width W, height H and number of polarities P of the sensor, as Tonic's `sensor_size`.
        time_scale: milliseconds per unit of "t"; the default is for microseconds.
        dt: width of a bin of the histogram [ms].
        histogram_thresh: if given, each neuron spikes once at the start of each bin in which it has at least so many
            events, instead of once per event.

    Raises:
        DataError: the fields are others, or an event lies outside the sensor or has no proper time; the message names
            the first such event.
    """
    width, height, polarities = _checked_shape(shape)
    ids = _pixels(events, ordering, width, height)
    if polarities > 1:
        ids = ids * polarities + _coordinate(events, "p", polarities)
    return _as_spikes(_times(events, time_scale), ids, width * height * polarities, dt, histogram_thresh)


def preprocess_tonic_spikes_separate(
    events: Any,
    ordering: Sequence[str],
    shape: SensorSize,
    time_scale: float = 1.0 / 1000.0,
    dt: float | None = None,
    histogram_thresh: int | None = None,
) -> list[PreprocessedSpikes]:
    """As `preprocess_tonic_spikes`, with one result per polarity, each with one neuron per pixel: id = x + y W.

    Raises:
        DataError: as there, or the sensor has one polarity only.
    """
    width, height, polarities = _checked_shape(shape)
    if polarities == 1:
        raise DataError("Dataset with single polarity cannot be separated; use preprocess_tonic_spikes")
    pixels = _pixels(events, ordering, width, height)
    polarity = _coordinate(events, "p", polarities)
    times = _times(events, time_scale)
    return [
        _as_spikes(times[chosen], pixels[chosen], width * height, dt, histogram_thresh)
        for chosen in (polarity == wanted for wanted in range(polarities))
    ]


def _checked_shape(shape: SensorSize) -> tuple[int, int, int]:
    sizes = np.asarray(shape)
    if sizes.shape != (3,) or sizes.dtype.kind not in "iu" or sizes.min() < 1:
        raise DataError(f"the sensor's shape must be width, height and polarities, positive integers, got {shape!r}")
    return int(sizes[0]), int(sizes[1]), int(sizes[2])


def _pixels(events: Any, ordering: Sequence[str], width: int, height: int) -> np.ndarray:
    """x + y W of each event."""
    if "t" not in ordering or "p" not in ordering:
        raise DataError(
            "Only tonic datasets with time (t) and polarity (p) in ordering are supported, "
            f"got {', '.join(map(str, ordering))}"
        )
    if "x" not in ordering:
        raise DataError(f"Only 1D and 2D sensors supported, with x in ordering, got {', '.join(map(str, ordering))}")
    x = _coordinate(events, "x", width)
    return x + width * _coordinate(events, "y", height) if "y" in ordering else x


def _coordinate(events: Any, field: str, size: int) -> np.ndarray:
    """A field as int64, each value from 0 to size - 1."""
    values = _field(events, field)
    if values.dtype.kind not in "biu":
        raise DataError(f"field {field!r} of the events must hold whole numbers, got dtype {values.dtype}")
    if values.shape != _field(events, "t").shape:
        raise DataError(
            f"field {field!r} of the events has shape {values.shape}, 't' has {_field(events, 't').shape}; both need "
            "one entry for each event"
        )
    values = values.astype(np.int64)
    check_spikes((values < 0) | (values >= size), values, f"{field} from 0 to {size - 1} on this sensor")
    return values


def _times(events: Any, time_scale: float) -> np.ndarray:
    """The time of each event [ms]."""
    if not 0 < time_scale < np.inf:
        raise DataError(f"time_scale must be a positive number of milliseconds, got {time_scale}")
    times = _field(events, "t")
    if times.dtype.kind not in "iuf":
        raise DataError(f"field 't' of the events must hold real numbers, got dtype {times.dtype}")
    times = times.astype(np.float64) * time_scale
    check_spikes(~((times >= 0) & np.isfinite(times)), times, "times that are finite and not negative")
    return times


def _field(events: Any, field: str) -> np.ndarray:
    names = events.dtype.names if isinstance(events, np.ndarray) else events
    if names is None or field not in names:
        raise DataError(f"the events have no field {field!r}; they need those that ordering names")
    return np.asarray(events[field])


def _as_spikes(
    times: np.ndarray, ids: np.ndarray, num_neurons: int, dt: float | None, histogram_thresh: int | None
) -> PreprocessedSpikes:
    if histogram_thresh is None:
        return preprocess_spikes(times, ids, num_neurons)
    if dt is None or not 0 < dt < np.inf or not histogram_thresh >= 1:
        raise DataError(
            f"histogram_thresh needs at least one event and a bin width dt above 0 ms, got {histogram_thresh} and {dt}"
        )
    bins = np.floor(times / dt + 1e-9)  # a time on a border, as 0.3 / 0.1, begins its bin
    if bins.max(initial=0.0) * num_neurons >= _MOST_BINS:
        raise DataError(
            f"the last event, at {times.max():g} ms, is beyond what bins of {dt:g} ms can count; are times in us?"
        )
    bins = bins.astype(np.int64)
    last = int(bins.max(initial=0)) + 1
    occupied, counts = np.unique(ids * last + bins, return_counts=True)
    chosen = occupied[counts >= histogram_thresh]
    return preprocess_spikes((chosen % last) * dt, chosen // last, num_neurons)
