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
        DescriptionError: delays are drawn at random and the connection does not say how long they may be.
    """
    if is_number(delay):
        return round(float(delay))
    if connection.max_delay_steps is not None:
        return int(connection.max_delay_steps)
    if is_initializer(delay):
        raise DescriptionError(
            f"Maximum delay associated with Connection {connection.name} cannot be determined automatically, "
            "please set max_delay_steps"
        )
    return int(np.round(delay).max(initial=0))
