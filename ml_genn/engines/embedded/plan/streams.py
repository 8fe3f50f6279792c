"""Numbers of random streams: one per kernel and per initialised variable, from its name."""

from __future__ import annotations

import zlib
from typing import final

_STREAMS = 1 << 16


@final
class Streams:
    """Hands out stream numbers that depend on the name alone, unless two names collide.

    So adding a population to a model leaves the random numbers of all others as they were.
    """

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def number(self, name: str) -> int:
        """A free 16-bit number for `name`; ask once per name."""
        number = zlib.crc32(name.encode()) % _STREAMS
        while number in self._taken:
            number = (number + 1) % _STREAMS
        self._taken.add(number)
        return number
