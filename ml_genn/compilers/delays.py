"""Delays of a connection: how long they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..connection import Connection
from ..errors import DescriptionError
from ..values import is_initializer, is_number


def longest_delay(connection: Connection, delay: Any) -> int:
    """Longest delay of a connection in timesteps.

    Raises:
        DescriptionError: delays are drawn at random and the connection does not say how long they may be, or they are
            longer than it says.
    """
    found = 0 if is_initializer(delay) else int(np.max(np.round(delay), initial=0))
    limit = connection.max_delay_steps
    if limit is not None and found > limit:
        raise DescriptionError(
            f"{connection.describe()}: a delay of {found} timesteps is above max_delay_steps={limit}; raise that, or "
            "leave it out"
        )
    if is_number(delay):
        return found
    if limit is not None:
        return int(limit)
    if is_initializer(delay):
        raise DescriptionError(
            f"Maximum delay associated with Connection {connection.name} cannot be determined automatically, "
            "please set max_delay_steps"
        )
    return found
