"""Layers of a sequential network: a population together with the connection from the layer before."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any, final

from .connection import Connection
from .errors import DescriptionError
from .population import Population
from .sequential_network import SequentialNetwork


@final
class InputLayer:
    """First layer of a sequential network; the arguments are those of Population."""

    def __init__(
        self,
        neuron: Any,
        shape: int | Sequence[int] | None = None,
        record_spikes: bool = False,
        record_spike_events: bool = False,
        name: str | None = None,
        *,
        readout: Any = None,
    ) -> None:
        network = SequentialNetwork.current_sequential("InputLayer")
        self._population = Population(neuron, shape, record_spikes, record_spike_events, name, readout=readout)
        network.layers.append(self)

    def __str__(self) -> str:
        return self._population.name

    @property
    def population(self) -> weakref.ref[Population]:
        """The layer's neurons, as a weak reference: call it."""
        return weakref.ref(self._population)


@final
class Layer:
    """A layer of a sequential network, connected to the layer before it.

    Args:
        connectivity: how the previous layer connects to this one.
        synapse: time course of the input.
        max_delay_steps: longest delay in timesteps, needed where delays are given by an initializer.
        neuron, shape, record_spikes, record_spike_events, name, readout: as for Population.
    """

    def __init__(
        self,
        connectivity: Any,
        neuron: Any,
        shape: int | Sequence[int] | None = None,
        synapse: Any = "delta",
        record_spikes: bool = False,
        record_spike_events: bool = False,
        max_delay_steps: int | None = None,
        name: str | None = None,
        *,
        readout: Any = None,
    ) -> None:
        network = SequentialNetwork.current_sequential("Layer")
        previous = SequentialNetwork.get_prev_layer()
        if previous is None:
            raise DescriptionError("a Layer needs a layer before it; start the sequential network with an InputLayer")
        self._population = Population(neuron, shape, record_spikes, record_spike_events, name, readout=readout)
        source = underlying_population(previous)
        self._connection = Connection(source, self._population, connectivity, synapse, max_delay_steps=max_delay_steps)
        network.layers.append(self)

    def __str__(self) -> str:
        return self._population.name

    @property
    def population(self) -> weakref.ref[Population]:
        """The layer's neurons, as a weak reference: call it."""
        return weakref.ref(self._population)

    @property
    def connection(self) -> weakref.ref[Connection]:
        """The connection from the layer before, as a weak reference: call it."""
        return weakref.ref(self._connection)


def underlying_population(item: Any) -> Population:
    """The population itself, or that of a layer.

    Raises:
        DescriptionError: `item` is neither.
    """
    population = item if isinstance(item, Population) else getattr(item, "population", lambda: None)()
    if not isinstance(population, Population):
        raise DescriptionError(f"expected a Population or a Layer, got {item!r}")
    return population


def underlying_connection(item: Any) -> Connection:
    """The connection itself, or that of a layer.

    Raises:
        DescriptionError: `item` is neither.
    """
    connection = item if isinstance(item, Connection) else getattr(item, "connection", lambda: None)()
    if not isinstance(connection, Connection):
        raise DescriptionError(f"expected a Connection or a Layer, got {item!r}")
    return connection


def by_population(items: Any) -> Any:
    """A dictionary with populations in place of layers; other things as they are."""
    if not isinstance(items, Mapping):
        return items
    return {underlying_population(key): item for key, item in items.items()}
