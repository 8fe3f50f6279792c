"""A network as a table, for people."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .values import declared_values, is_initializer, is_number

if TYPE_CHECKING:
    from .connection import Connection
    from .network import Network
    from .population import Population

POPULATION_TITLES = ("population", "shape", "neurons", "model", "parameters", "readout")
CONNECTION_TITLES = ("connection", "from", "to", "connectivity", "weights", "synapses", "delay", "synapse")
RIGHT = frozenset(("neurons", "weights", "synapses"))
"""Columns of numbers, which are set flush right."""


def summarise(network: Network) -> str:
    """Populations, connections and totals of a network, as text in columns.

    Weights are the numbers that the network holds, synapses what they are used for; "~" marks a mean where the engine
    draws synapses at random, "?" what depends on a shape that is still open. Parameters are those that differ from
    their defaults.
    """
    populations, connections = network.populations, network.connections
    neurons = sum(population.num_neurons for population in populations if population.shape)
    complete = [item for item in connections if _is_complete(item)]
    weights = sum(_num_weights(connection) or 0 for connection in complete)
    synapses = sum(_num_synapses(connection) for connection in complete)
    parts = [
        f"{type(network).__name__}: {_count(populations, 'population')}, {_count(connections, 'connection')}",
        _table(POPULATION_TITLES, map(_population_row, populations)),
        _table(CONNECTION_TITLES, map(_connection_row, connections)) if connections else "",
        f"in all {neurons:,} neurons, {weights:,} weights, {synapses:,} synapses",
    ]
    return "\n\n".join(filter(None, parts))


def _population_row(population: Population) -> tuple[str, ...]:
    neuron = population.neuron
    return (
        population.name,
        "?" if population.shape is None else str(population.shape),
        "?" if population.shape is None else f"{population.num_neurons:,}",
        type(neuron).__name__,
        ", ".join(_changed_parameters(neuron)) or "-",
        "-" if neuron.readout is None else type(neuron.readout).__name__,
    )


def _connection_row(connection: Connection) -> tuple[str, ...]:
    source, target = connection.ends
    weights, synapses = "?", "?"
    if _is_complete(connection):
        count, drawn = _num_weights(connection), _is_drawn(connection)
        weights = "-" if count is None else f"{count:,}"
        synapses = f"{'~' if drawn else ''}{_num_synapses(connection):,}"
    connectivity = connection.connectivity
    synapse = ", ".join([type(connection.synapse).__name__, *_changed_parameters(connection.synapse)])
    kind = type(connectivity).__name__
    return connection.name, source.name, target.name, kind, weights, synapses, _short(connectivity.delay), synapse


def _is_complete(connection: Connection) -> bool:
    return all(population.shape is not None for population in connection.ends)


def _is_drawn(connection: Connection) -> bool:
    return connection.connectivity.weight_shape(*connection.ends) is None


def _num_synapses(connection: Connection) -> int:
    return round(float(np.sum(connection.connectivity.fan_out(connection))))


def _num_weights(connection: Connection) -> int | None:
    """How many numbers the weights are; None where they are the connectivity's own and not the user's."""
    connectivity = connection.connectivity
    if not connectivity.trainable:
        return None
    if not is_initializer(connectivity.weight):
        return int(np.size(connectivity.weight))
    shape = connectivity.weight_shape(*connection.ends)
    return _num_synapses(connection) if shape is None else math.prod(shape)


def _changed_parameters(obj: Any) -> list[str]:
    """Declared values that are not the constructor's defaults, as "tau_mem=10"."""
    defaults = {name: item.default for name, item in inspect.signature(type(obj)).parameters.items()}
    values = [(value.name, getattr(obj, value.name)) for value in declared_values(type(obj)) if value.name in defaults]
    return [f"{name}={_short(value)}" for name, value in values if not _is_default(value, defaults[name])]


def _is_default(value: Any, default: Any) -> bool:
    return value is None if default is None else is_number(value) and value == default


def _short(value: Any) -> str:
    if value is None or is_number(value):
        return "-" if value is None else f"{value:g}"
    if is_initializer(value):
        return type(value).__name__
    low, high = value.min(initial=np.inf), value.max(initial=-np.inf)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _count(items: Sequence[Any], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Text in columns as wide as their longest entry, with a line below the titles."""
    lines = [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(
            word.rjust(width) if title in RIGHT else word.ljust(width)
            for title, word, width in zip(titles, line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([texts[0], "-" * (sum(widths) + 2 * len(widths) - 2), *texts[1:]])
