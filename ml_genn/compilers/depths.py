"""Depths: how many connections lie between the inputs of a network and each of its populations."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DescriptionError
from ..network import Network
from ..population import Population


def stage_depths(network: Network, inputs: Sequence[Population], what: str) -> dict[Population, int]:
    """Stages after which a batch is in each population: 0 for inputs, else one more than the deepest source.

    `what` they are that must have depths, for the message.

    Raises:
        DescriptionError: a population receives nothing from the inputs, or the network has a loop.
    """
    depths = dict.fromkeys(inputs, 0)
    waiting = [population for population in network.populations if population not in depths]
    while waiting:
        ready = [pop for pop in waiting if (found := sources_of(pop)) and all(source in depths for source in found)]
        if not ready:
            names = ", ".join(population.name for population in waiting)
            raise DescriptionError(
                f"{what} must lead from their inputs forward, without loops; this does not hold for {names}"
            )
        for population in ready:
            depths[population] = 1 + max(depths[source] for source in sources_of(population))
        waiting = [population for population in waiting if population not in depths]
    return depths


def sources_of(population: Population) -> list[Population]:
    """The populations at the other ends of a population's incoming connections."""
    return [connection.ends[0] for reference in population.incoming_connections if (connection := reference())]
