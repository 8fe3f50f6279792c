"""Which neurons fell silent in an epoch, and the synapses that could wake them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..connection import Connection
from ..errors import DescriptionError
from ..layer import underlying_population
from ..population import Population
from .callback import Callback
from .conn_var_recorder import synapses

Incoming = list[tuple[Connection, Any]]
"""Connections with the engine's groups."""


def incoming(callback: Callback, network: Any, chosen: Iterable[Any] | None) -> dict[Population, Incoming]:
    """The connections into populations that keep a weight for each synapse.

    Args:
        callback: who asks, for messages.
        network: the network that is trained.
        chosen: populations or layers; None for all that send spikes to others.

    Raises:
        DescriptionError: a population has no such connections.
    """
    groups = network.connection_populations
    if chosen is None:
        everywhere = {pop: list(_weighted(pop, groups)) for pop in network.neuron_populations}
        return {pop: connections for pop, connections in everywhere.items() if connections and pop.outgoing_connections}
    found = {underlying_population(item): list(_weighted(underlying_population(item), groups)) for item in chosen}
    for population, connections in found.items():
        if not connections:
            raise DescriptionError(
                f"{type(callback).__name__}: no connection into {population} has weights of its own for each synapse, "
                "which could be changed for silent neurons only"
            )
    return found


def synapses_of_silent(network: Any, connections: dict[Population, Incoming]) -> Iterator[tuple[Connection, Any, Any]]:
    """Connections with the engine's variables of their weights and which of these lead to silent neurons."""
    activity = network.history[-1].activity
    for population, found in connections.items():
        if population not in activity or not activity[population].silent:
            continue
        silent = activity[population].is_silent
        for connection, group in found:
            variable = group.vars["g"]
            variable.pull_from_device()
            yield connection, variable, silent[synapses(connection, group)[1]]


def write(variable: Any, chosen: np.ndarray, numbers: Any) -> None:
    """Give the chosen synapses these weights."""
    values = variable.values
    values.reshape(-1)[chosen] = numbers
    variable.values = values
    variable.push_to_device()


def _weighted(population: Population, groups: Any) -> Iterator[tuple[Connection, Any]]:
    for reference in population.incoming_connections:
        connection = reference()
        if connection is not None and connection in groups:
            group, kind = groups[connection], connection.connectivity
            if "g" in group.vars and kind.trainable and not kind.shares_weights:
                yield connection, group
