"""What a network learns, from what was chosen and from the engine's groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any

from ...connection import Connection
from ...engines.api import Engine
from .delays import GRADIENT, room_for_delays
from .learning import Learnable
from .shared_weights import SharedWeights
from .trainable import DELAY, WEIGHT, Choices


def weights(
    choices: Choices, groups: Mapping[Connection, Any], engine: Engine, shared: Mapping[Connection, SharedWeights]
) -> Iterator[Learnable]:
    """The weights of connections; `shared` are those that synapses share while the engine holds one for each."""
    return _of_synapses(choices, groups, engine, WEIGHT, ("g", "Gradient"), lambda connection: (-inf, inf), shared)


def delays(choices: Choices, groups: Mapping[Connection, Any], engine: Engine) -> Iterator[Learnable]:
    """The delays of connections [timesteps], from 0 to the longest that there is room for."""
    return _of_synapses(
        choices,
        groups,
        engine,
        DELAY,
        ("d", GRADIENT),
        lambda connection: (0.0, float(room_for_delays(connection))),
        {},
    )


def _of_synapses(
    choices: Choices,
    groups: Mapping[Connection, Any],
    engine: Engine,
    name: str,
    variables: tuple[str, str],
    bounds: Callable[[Connection], tuple[float, float]],
    shared: Mapping[Connection, SharedWeights],
) -> Iterator[Learnable]:
    """What synapses have a number of, by the names of the variables that hold it and its gradient."""
    for connection, group in groups.items():
        choice = choices.find(connection, name)
        if choice is None:
            continue
        low, high = choice.bounds(*bounds(connection))
        yield Learnable(
            owner=connection,
            name=name,
            group=group,
            variable=variables[0],
            gradient=variables[1],
            reference=engine.create_wu_var_ref,
            shape=connection.connectivity.weight_shape(*connection.ends) or (-1,),
            optimiser=choice.optimiser,
            low=low,
            high=high,
            shared=shared.get(connection),
        )
