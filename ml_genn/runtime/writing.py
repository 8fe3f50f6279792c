"""What a checkpoint of a loaded network holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..checkpoint import check_owners
from ..connection import Connection
from ..population import Population
from ..values import declared_values, is_number

Arrays = dict[tuple[str, str], np.ndarray]
"""Flat arrays by the name of their owner and of the variable."""

Reader = Callable[[], np.ndarray]
Readers = Mapping[tuple[Connection, str], Reader]
"""How to read weights or delays that the engine holds in another form than users give them."""


def flat_values(variable: Any) -> np.ndarray:
    """A copy of what the engine holds of a variable at present, flat."""
    variable.pull_from_device()
    return np.array(variable.values).ravel()


def stored_values(
    populations: Mapping[Population, Any], connections: Mapping[Connection, Any], weights: Readers
) -> Arrays:
    """Weights, delays and neuron parameters that the engine holds as arrays, as users give them.

    Raises:
        UnsupportedError: weights cannot be read.
        DescriptionError: a population has the name of a connection.
    """
    check_owners(populations, connections)
    found: Arrays = {}
    for connection, group in connections.items():
        for name, values in _held(connection.connectivity, group):
            own = weights.get((connection, name))
            found[str(connection), name] = values if own is None else own().ravel()
    for population, group in populations.items():
        for name, values in _held(population.neuron, group):
            found[str(population), name] = values
    return found


def stored_synapses(connections: Mapping[Connection, Any]) -> Arrays:
    """Source and target neuron of each synapse of connections that list them."""
    found: Arrays = {}
    for connection, group in connections.items():
        if connection.connectivity.lists_synapses:
            group.pull_connectivity_from_device()
            found[str(connection), "pre_ind"] = np.array(group.get_sparse_pre_inds())
            found[str(connection), "post_ind"] = np.array(group.get_sparse_post_inds())
    return found


def _held(described: Any, group: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Names and numbers of the parameters that are variables of the engine: given as arrays, drawn, or learnt."""
    for value in declared_values(type(described)):
        name, given = value.genn_name, getattr(described, value.name)
        if name is None or given is None or value.to_genn is not None or value.state:
            continue
        if is_number(given) and not getattr(described, "trainable", False):
            continue
        if name in group.vars:
            yield name, flat_values(group.vars[name])
