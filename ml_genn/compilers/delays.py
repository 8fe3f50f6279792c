"""Delays of a connection: how long they are, and what to do on engines that delay whole groups of synapses only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..connection import Connection
from ..connectivity import ConnectivitySnippet
from ..errors import DescriptionError, UnsupportedError
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


def split_by_delay(connection: Connection, snippet: ConnectivitySnippet) -> list[ConnectivitySnippet]:
    """The synapses of each delay apart, with that delay for all of them.

    Raises:
        UnsupportedError: delays are drawn at random, by the engine.
    """
    if is_number(snippet.delay):
        return [snippet]
    if is_initializer(snippet.delay):
        raise UnsupportedError(
            f"{connection.describe()}: this engine cannot draw a delay for each synapse; give the delays as an array"
        )
    delays = np.round(snippet.delay).ravel()
    pre, post = _indices(connection, snippet)
    parts = []
    for delay in np.unique(delays):
        chosen = delays == delay
        weight = snippet.weight.ravel()[chosen] if isinstance(snippet.weight, np.ndarray) else snippet.weight
        indices = (pre[chosen], post[chosen])
        parts.append(replace(snippet, matrix_type="SPARSE", weight=weight, delay=float(delay), indices=indices))
    return parts


def _indices(connection: Connection, snippet: ConnectivitySnippet) -> tuple[np.ndarray, np.ndarray]:
    if snippet.indices is not None:
        return snippet.indices
    if snippet.init is not None:
        raise UnsupportedError(
            f"{connection.describe()}: this engine cannot delay each synapse of connectivity that it draws itself"
        )
    source, target = connection.ends
    pre, post = np.indices((source.num_neurons, target.num_neurons))
    return pre.ravel(), post.ravel()
