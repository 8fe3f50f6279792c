"""Binary recordings of event cameras, as arrays: N-MNIST (.bin), AEDAT 2 and 3.1 (.aedat) and Prophesee (.dat).

Each reader gives the fields "x", "y", "t" [us] and "p" that `preprocess_tonic_spikes` takes, events in the order of the
file, which is that of time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError

from . import aedat3

EVENT = np.dtype([("x", np.int32), ("y", np.int32), ("t", np.int64), ("p", np.int8)])
Bytes = NDArray[np.uint8]


@final
@dataclass(frozen=True)
class Sensor:
    """A kind of recording.

    Args:
        suffix: how names of its files end.
        shape: usual width, height and number of polarities.
        read: events from the bytes of a file; its second argument names the file in messages.
    """

    suffix: str
    shape: tuple[int, int, int]
    read: Callable[[Bytes, str], NDArray[Any]]


def read_aer(path: Path, kind: str, *, allow_empty: bool = False) -> NDArray[Any]:
    """The events of one recording, an array with fields "x", "y", "t" [us] and "p".

    Args:
        path: the file.
        kind: "nmnist", "ncars" or "aedat".
        allow_empty: whether it may have no events.

    Raises:
        DataError: the kind is unknown, the file is not there, damaged or empty, or its times run backwards.
    """
    sensor = sensor_of(kind)
    if not path.is_file():
        raise DataError(f"{path} does not exist or is no file; give a recording, which usually ends in {sensor.suffix}")
    events = sensor.read(np.fromfile(path, np.uint8), str(path))
    if not len(events) and not allow_empty:
        raise DataError(f"{path} holds no events; leave it out")
    backwards = np.flatnonzero(np.diff(events["t"]) < 0)
    if len(backwards):
        at = backwards[0] + 1
        raise DataError(
            f"{path}: time runs backwards at event {at}, from {events['t'][at - 1]} to {events['t'][at]} us; the file "
            "is damaged or of another kind"
        )
    return events


def sensor_of(kind: str) -> Sensor:
    """What is known of a kind of recordings.

    Raises:
        DataError: there is no such kind; the message lists them.
    """
    if kind not in SENSORS:
        raise DataError(f"recordings of kind {kind!r} are not known; known are {', '.join(SENSORS)}")
    return SENSORS[kind]


def _nmnist(content: Bytes, where: str) -> NDArray[Any]:
    """40 bits an event, most significant first: x (8), y (8), p (1), t (23).

    An event with y = 240 is none: it says that the clock has gone on by 2^13 us for all that follow. Source: the
    description of the data set, Orchard et al. 2015, "Converting static image datasets to spiking neuromorphic datasets
    using saccades", and the reader that its authors publish with it.
    """
    if len(content) % 5:
        raise DataError(f"{where} has {len(content)} bytes, no multiple of the 5 that an event takes; it is damaged")
    x, y, high, middle, low = content.reshape(-1, 5).T.astype(np.int64)
    overflow = y == 240
    time = ((high & 127) << 16) + (middle << 8) + low + (np.cumsum(overflow) << 13)
    kept = ~overflow
    return _events(x[kept], y[kept], time[kept], high[kept] >> 7)


def _aedat(content: Bytes, where: str) -> NDArray[Any]:
    """AEDAT 3.1, see `aedat3`, or AEDAT 2 of a DVS128.

    AEDAT 2: lines that begin with "#", then address and time, 32 bits each, most significant byte first.
    p is bit 0 of the address, x = 127 - bits 1 to 7, y = bits 8 to 14; times [us] begin again at 0 after 2^32.
    Addresses with bit 15 set are signals from outside, not events. Source: the format's description by its makers,
    "AEDAT file formats", version 2.0.
    """
    raw = content.tobytes()
    if raw.startswith(aedat3.VERSION):
        return _events(*aedat3.polarity_events(raw, where))
    if not raw.startswith(b"#!AER-DAT2.0"):
        raise DataError(
            f"{where} begins with neither #!AER-DAT2.0 nor {aedat3.VERSION.decode()}; convert it to AEDAT 2 or 3.1"
        )
    body = _after_lines(raw, b"#")
    if len(body) % 8:
        raise DataError(f"{where} has {len(body)} bytes of events, no multiple of 8; it is damaged")
    address, time = np.frombuffer(body, ">u4").reshape(-1, 2).T.astype(np.int64)
    if (address >> 16).any():
        raise DataError(
            f"{where} has addresses of more than 16 bits, so it is not of a DVS128; convert it to AEDAT 3.1"
        )
    time += np.cumsum(np.diff(time, prepend=time[:1]) < -(1 << 31)) << 32
    kept = address & 0x8000 == 0
    address, time = address[kept], time[kept]
    return _events(127 - (address >> 1 & 127), address >> 8 & 127, time, address & 1)


def _prophesee(content: Bytes, where: str) -> NDArray[Any]:
    """N-Cars: lines that begin with "%", a byte each for kind and size of events, then time and address.

    Both have 32 bits, least significant byte first: time [us]; x (bits 0 to 13), y (14 to 27), p (28). Source: the
    description that comes with the data set, Sironi et al. 2018, "HATS: histograms of averaged time surfaces".
    """
    body = _after_lines(content.tobytes(), b"%")
    if len(body) < 2 or body[1] != 8 or (len(body) - 2) % 8:
        raise DataError(f"{where} is no recording of events of 8 bytes, or is cut short; get it again")
    time, address = np.frombuffer(body, "<u4", offset=2).reshape(-1, 2).T.astype(np.int64)
    return _events(address & 0x3FFF, address >> 14 & 0x3FFF, time, address >> 28 & 1)


def _after_lines(raw: bytes, mark: bytes) -> bytes:
    """What follows the lines at the begin that start with `mark`."""
    at = 0
    while raw.startswith(mark, at) and (end := raw.find(b"\n", at)) >= 0:
        at = end + 1
    return raw[at:]


def _events(x: NDArray[Any], y: NDArray[Any], t: NDArray[Any], p: NDArray[Any]) -> NDArray[Any]:
    events = np.empty(len(x), EVENT)
    for name, values in (("x", x), ("y", y), ("t", t), ("p", p)):
        events[name] = values
    return events


SENSORS: Mapping[str, Sensor] = {
    "nmnist": Sensor(".bin", (34, 34, 2), _nmnist),
    "ncars": Sensor(".dat", (120, 100, 2), _prophesee),
    "aedat": Sensor(".aedat", (128, 128, 2), _aedat),
}
