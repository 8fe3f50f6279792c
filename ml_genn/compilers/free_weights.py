"""Weights as users give them, of connections of which the engine holds something else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..connection import Connection
from ..connectivity import ConnectivitySnippet, Sharing
from ..errors import UnsupportedError
from ..runtime.writing import Reader, flat_values
from .weight_update import scaled


def readers(
    snippets: Mapping[Connection, ConnectivitySnippet], groups: Mapping[Connection, Any], *, are_scaled: bool = True
) -> dict[tuple[Connection, str], Reader]:
    """How to read the weights and delays of connections whose synapses share them or have scaled ones.

    Args:
        snippets: how connections are stored, with the free weights of those that share them.
        groups: the engine's synapse groups.
        are_scaled: weights that were given as arrays are held with the snippet's scale in them.
    """
    found: dict[tuple[Connection, str], Reader] = {}
    for connection, snippet in snippets.items():
        group = groups[connection]
        scale = snippet.scale if are_scaled and isinstance(snippet.weight, np.ndarray) else 1.0
        if snippet.sharing is not None:
            found[connection, "g"] = partial(_shared, connection, group, snippet.sharing, snippet.weight, scale)
            found[connection, "d"] = partial(np.ravel, connection.connectivity.delay)
        elif scale != 1.0:
            found[connection, "g"] = partial(_unscaled, group, scale)
    return found


def _shared(connection: Connection, group: Any, sharing: Sharing, free: Any, scale: float) -> np.ndarray:
    """The free weights that a network was compiled with.

    Raises:
        UnsupportedError: the weights of synapses are no longer made of these.
    """
    weights = scaled(np.asarray(sharing.spread(free)), scale).ravel()
    held = flat_values(group.vars["g"])
    if not np.array_equal(held, np.broadcast_to(weights.astype(held.dtype), held.shape)):
        kind = type(connection.connectivity).__name__
        raise UnsupportedError(
            f"{connection}: synapses of {kind} connectivity share weights, but the engine's have been changed one by "
            "one; no checkpoint can hold them, change the connection's own weights and compile again"
        )
    return np.broadcast_to(free, sharing.count)


def _unscaled(group: Any, scale: float) -> np.ndarray:
    held = flat_values(group.vars["g"])
    unscaled: np.ndarray = held / np.asarray(scale, held.dtype)
    return unscaled
