"""What a network learns, from what was chosen and from the engine's groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from ...connection import Connection
from ...engines.api import Engine
from .delays import GRADIENT, room_for_delays
from .learning import Learnable
from .trainable import DELAY, WEIGHT, Choices


def weights(choices: Choices, groups: Mapping[Connection, Any], engine: Engine) -> Iterator[Learnable]:
    """The weights of connections."""
    for connection, group in groups.items():
        choice = choices.find(connection, WEIGHT)
        if choice is None:
            continue
        low, high = choice.bounds(-inf, inf)
        yield Learnable(
            owner=connection,
            name=WEIGHT,
            group=group,
            variable="g",
            gradient="Gradient",
            reference=engine.create_wu_var_ref,
            shape=connection.connectivity.weight_shape(*connection.ends) or (-1,),
            optimiser=choice.optimiser,
            low=low,
            high=high,
        )


def delays(choices: Choices, groups: Mapping[Connection, Any], engine: Engine) -> Iterator[Learnable]:
    """The delays of connections [timesteps], from 0 to the longest that there is room for."""
    for connection, group in groups.items():
        choice = choices.find(connection, DELAY)
        if choice is None:
            continue
        low, high = choice.bounds(0.0, float(room_for_delays(connection)))
        yield Learnable(
            owner=connection,
            name=DELAY,
            group=group,
            variable="d",
            gradient=GRADIENT,
            reference=engine.create_wu_var_ref,
            shape=connection.connectivity.weight_shape(*connection.ends) or (-1,),
            optimiser=choice.optimiser,
            low=low,
            high=high,
        )
