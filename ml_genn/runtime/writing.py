"""What a checkpoint of a loaded network holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..checkpoint import check_owners
from ..connection import Connection
from ..errors import UnsupportedError
from ..population import Population
from ..values import declared_values, is_number

Arrays = dict[tuple[str, str], np.ndarray]
"""Flat arrays by the name of their owner and of the variable."""


def stored_values(populations: Mapping[Population, Any], connections: Mapping[Connection, Any]) -> Arrays:
    """Weights, delays and neuron parameters that the engine holds as arrays.

    Raises:
        UnsupportedError: the engine stores a weight or delay more than once.
        DescriptionError: a population has the name of a connection.
    """
    check_owners(populations, connections)
    found: Arrays = {}
    for connection, group in connections.items():
        for name, values in _held(connection.connectivity, group):
            found[str(connection), name] = _as_given(connection, name, values)
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
            variable = group.vars[name]
            variable.pull_from_device()
            yield name, np.array(variable.values).ravel()


def _as_given(connection: Connection, name: str, values: np.ndarray) -> np.ndarray:
    """Weights or delays as the user gives them."""
    connectivity = connection.connectivity
    shape = connectivity.weight_shape(*connection.ends)
    if shape is not None and values.size != math.prod(shape):
        raise UnsupportedError(
            f"{connection}: {type(connectivity).__name__} has {math.prod(shape)} values of {name!r}, of which the "
            f"engine holds {values.size} copies; no checkpoint can hold them, write the network with save_network"
        )
    scale = connectivity.engine_scale if name == "g" else 1.0
    return values if scale == 1.0 else values / np.asarray(scale, values.dtype)
