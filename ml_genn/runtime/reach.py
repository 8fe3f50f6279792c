"""How soon an input can make itself felt in a network, and how far a spike spreads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..population import Population


def steps_to_reach(inputs: Iterable[Population]) -> dict[Population, int]:
    """Fewest connections between the inputs and each population that they reach; a spike takes a timestep for each."""
    steps = dict.fromkeys(inputs, 0)
    latest = list(steps)
    while latest:
        targets = [
            connection.ends[1]
            for population in latest
            for reference in population.outgoing_connections
            if (connection := reference())
        ]
        distance = 1 + steps[latest[0]]
        latest = [target for target in dict.fromkeys(targets) if target not in steps]
        steps |= dict.fromkeys(latest, distance)
    return steps


def synaptic_targets(population: Population) -> np.ndarray:
    """Synapses that a spike of each neuron passes through, of shape (neurons,)."""
    connections = [connection for reference in population.outgoing_connections if (connection := reference())]
    fan_outs = [connection.connectivity.fan_out(connection) for connection in connections]
    targets: np.ndarray = np.sum([np.zeros(population.num_neurons), *fan_outs], axis=0)
    return targets


def arriving_synops(spikes: Mapping[Population, np.ndarray]) -> dict[Population, float]:
    """Synaptic operations that arrive at each population, given the spikes (neurons,) of the populations that spike."""
    arriving: dict[Population, float] = {}
    for population, counts in spikes.items():
        for reference in population.outgoing_connections:
            if connection := reference():
                target = connection.ends[1]
                synops = float(counts @ connection.connectivity.fan_out(connection).reshape(-1))
                arriving[target] = arriving.get(target, 0.0) + synops
    return arriving
