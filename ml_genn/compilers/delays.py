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
    if is_number(delay):
        return round(float(delay))
    found = 0 if is_initializer(delay) else int(np.round(delay).max(initial=0))
    if connection.max_delay_steps is not None:
        if found > connection.max_delay_steps:
            raise DescriptionError(
                f"{connection.describe()}: a delay of {found} timesteps is above "
                f"max_delay_steps={connection.max_delay_steps}; raise that, or leave it out"
            )
        return int(connection.max_delay_steps)
    if is_initializer(delay):
        raise DescriptionError(
            f"Maximum delay associated with Connection {connection.name} cannot be determined automatically, "
            "please set max_delay_steps"
        )
    return found
