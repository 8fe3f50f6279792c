"""Which parameters are learnt, by what optimiser and within which bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any, final

from ...connection import Connection
from ...errors import DescriptionError
from ...layer import Layer, underlying_connection
from ...network import Network
from ...population import Population
from ...registry import OPTIMISERS

WEIGHT, DELAY, TAU = "weight", "delay", "tau"

Owner = Connection | Population


@final
@dataclass(frozen=True)
class Trainable:
    """How a parameter is learnt, where the optimiser alone does not say it.

    Args:
        optimiser: Optimiser or its name.
        low, high: bounds that the parameter is put back to after each update, in its own unit; None for those that it
            needs to make sense.
        shared: neurons of a population, or of the population that a connection leads to, share one number, which learns
            from the sum of their gradients. For constants of neurons and of synapses; it has to begin as one number.

    Raises:
        DescriptionError: the bounds are no numbers, or `low` is above `high`.
    """

    optimiser: Any = "adam"
    low: float | None = None
    high: float | None = None
    shared: bool = False

    def __post_init__(self) -> None:
        low, high = self.bounds(-inf, inf)
        if isnan(low) or isnan(high) or low > high:
            raise DescriptionError(
                f"Trainable needs bounds low <= high, numbers or None, got low={self.low!r}, high={self.high!r}"
            )

    def bounds(self, low: float, high: float) -> tuple[float, float]:
        """The bounds, with those given here in place of None."""
        return low if self.low is None else self.low, high if self.high is None else self.high


@final
class Choices:
    """What is learnt of a network, and how.

    Args:
        network: the network.
        optimiser: of weights that nothing else is said of; None does not learn them.
        optimisers: by population, connection or layer, dictionaries of Optimiser, name of one, Trainable, or None for
            what is not learnt, by name of the parameter. "weight" is that of a connection or of a layer's connection.

    Raises:
        DescriptionError: a key or an optimiser is none.
    """

    def __init__(
        self, network: Network, optimiser: Any, optimisers: Mapping[Any, Mapping[str, Any]] | None = None
    ) -> None:
        default = None if optimiser is None else Trainable(OPTIMISERS.resolve(optimiser))
        self._chosen: dict[tuple[Owner, str], Trainable | None] = {
            (connection, WEIGHT): default for connection in network.connections if connection.connectivity.trainable
        }
        for key, named in (optimisers or {}).items():
            if not isinstance(named, Mapping):
                raise DescriptionError(
                    f"optimisers[{key}] must be a dictionary of optimisers by name of the parameter, as "
                    f'{{"weight": "adam"}}, got {named!r}'
                )
            for name, choice in named.items():
                self._chosen[_owner(network, key, name), name] = _trainable(choice)

    def find(self, owner: Owner, name: str) -> Trainable | None:
        """How a parameter is learnt; None if it is not."""
        return self._chosen.get((owner, name))

    def of(self, owner: Owner) -> Iterator[tuple[str, Trainable]]:
        """The parameters of a population or connection that are learnt."""
        for (other, name), choice in self._chosen.items():
            if other is owner and choice is not None:
                yield name, choice

    def connections(self, name: str) -> list[Connection]:
        """The connections of which a parameter is learnt."""
        chosen = ((owner, other) for (owner, other), choice in self._chosen.items() if choice is not None)
        return [owner for owner, other in chosen if other == name and isinstance(owner, Connection)]


def _trainable(choice: Any) -> Trainable | None:
    if choice is None:
        return None
    given = choice if isinstance(choice, Trainable) else Trainable(choice)
    return replace(given, optimiser=OPTIMISERS.resolve(given.optimiser))


def _owner(network: Network, key: Any, name: str) -> Owner:
    """The population or connection that a key stands for; layers stand for both."""
    owners: list[Owner] = [*network.populations, *network.connections]
    if isinstance(key, Layer):
        owner: Any = underlying_connection(key) if name in CONNECTION_PARAMETERS else key.population()
    else:
        owner = getattr(key, "population", lambda: key)()
    if not any(owner is other for other in owners):
        known = ", ".join(map(str, owners))
        raise DescriptionError(
            f"optimisers has the key {key}, which is no population, connection or layer of the network; it has {known}"
        )
    return owner  # type: ignore[no-any-return]


CONNECTION_PARAMETERS = frozenset((WEIGHT, DELAY, TAU))
"""Of a layer, what belongs to the connection to it."""


def learnt_delays(connections: Any) -> tuple[Any, ...]:
    """The connections or layers whose delays are learnt, as a user gave them.

    Raises:
        DescriptionError: they are no list.
    """
    if not isinstance(connections, Iterable):
        raise DescriptionError(f"delay_learn_conns must be a list of connections or layers, got {connections!r}")
    return tuple(connections)


def with_delays(
    optimisers: Mapping[Any, Mapping[str, Any]] | None, connections: Sequence[Any], delay_optimiser: Any, optimiser: Any
) -> Mapping[Any, Mapping[str, Any]]:
    """`optimisers` with the delays of connections or layers, by `delay_optimiser`, by default as `optimiser`.

    Raises:
        DescriptionError: neither is given, or `optimisers` is no dictionary.
    """
    if optimisers is not None and not isinstance(optimisers, Mapping):
        raise DescriptionError(
            "optimisers must be a dictionary by population, connection or layer of what else is learnt, got a "
            f"{type(optimisers).__name__}; one optimiser for all weights is the argument optimiser"
        )
    chosen = optimiser if delay_optimiser is None else delay_optimiser
    if connections and chosen is None:
        raise DescriptionError("delay_learn_conns needs a delay_optimiser where optimiser is None")
    given = dict(optimisers or {})
    for connection in connections:
        given[connection] = {DELAY: chosen, **given.get(connection, {})}
    return given
