"""AEDAT 3.1, the packets in which recordings such as DVS128 Gesture come."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError

VERSION = b"#!AER-DAT3.1"
END = b"#!END-HEADER"
FORMAT, RAW = b"#Format:", b"RAW"
POLARITY, EVENT_BYTES = 1, 8
HEADER = struct.Struct("<hh6i")
"""Type, source, bytes of an event, place of its time, overflows of the clock, room for events, events, valid ones."""

Fields = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def polarity_events(raw: bytes, where: str) -> Fields:
    """x, y, t [us] and p of all polarity events; packets of other events are passed over.

    An event is data and time, 32 bits each, least significant byte first: bit 0 of the data says whether it is valid,
    bit 1 is p, y bits 2 to 16, x bits 17 to 31. Times go on by 2^31 us for each overflow of the packet's header.
    Source: the format's description by its makers, "AEDAT 3.1".

    Args:
        raw: the file.
        where: its name, for messages.

    Raises:
        DataError: it ends within a packet, packets are compressed, or a header says what cannot be.
    """
    at, data, times = _body(raw, where), [], []
    while at < len(raw):
        if at + HEADER.size > len(raw):
            raise DataError(f"{where} ends within the header of a packet at byte {at}; it is cut short")
        kind, _, size, _, overflows, capacity, number, _ = HEADER.unpack_from(raw, at)
        begin, at = at + HEADER.size, at + HEADER.size + size * max(capacity, number)
        if size <= 0 or number < 0 or at > len(raw):
            raise DataError(f"{where} ends within the packet of {number} events at byte {begin}; it is cut short")
        if overflows < 0:
            raise DataError(
                f"{where}: the clock of the packet at byte {begin} has {overflows} overflows; it is damaged"
            )
        if kind != POLARITY:
            continue
        if size != EVENT_BYTES:
            raise DataError(f"{where}: polarity events have {EVENT_BYTES} bytes, those at byte {begin} have {size}")
        words = np.frombuffer(raw, "<u4", 2 * number, begin).reshape(-1, 2).T.astype(np.int64)
        data.append(words[0])
        times.append(words[1] + (overflows << 31))
    return _fields(np.concatenate([np.empty(0, np.int64), *data]), np.concatenate([np.empty(0, np.int64), *times]))


def _fields(data: NDArray[Any], time: NDArray[Any]) -> Fields:
    valid = data & 1 == 1
    data, time = data[valid], time[valid]
    return data >> 17 & 0x7FFF, data >> 2 & 0x7FFF, time, data >> 1 & 1


def _body(raw: bytes, where: str) -> int:
    """Where the packets begin."""
    at = 0
    while raw.startswith(b"#", at) and (end := raw.find(b"\n", at)) >= 0:
        line, at = raw[at:end].strip(), end + 1
        if line.startswith(FORMAT) and line.removeprefix(FORMAT).strip() != RAW:
            raise DataError(
                f"{where} has compressed packets, {line.decode(errors='replace')}; write it with format RAW"
            )
        if line.startswith(END):
            break
    return at
