"""Readouts that look at the input: what they need is brought to their neurons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DescriptionError, UnsupportedError
from ..model import Param, SynapseModel, WeightUpdateModel
from ..network import Network
from ..neurons import Input
from ..population import Population
from ..readouts.readout import INPUT_SPIKES
from .engine_groups import EngineGroups


def add_input_sums(
    groups: EngineGroups,
    network: Network,
    populations: Mapping[Population, Any],
    extra_delay: Callable[[Population, Population], int],
) -> None:
    """Let all input neurons' spikes, over their number, reach the neurons whose readout reads the input.

    Args:
        groups: where to add synapses.
        network: the network.
        populations: the engine's neuron groups.
        extra_delay: timesteps by which spikes from an input to a population are delayed.

    Raises:
        DescriptionError: a readout reads the input of a network that has none.
        UnsupportedError: an input sends values instead of spikes.
    """
    sources = [population for population in network.populations if isinstance(population.neuron, Input)]
    for target in readers_of_input(network):
        kind = type(target.neuron.readout).__name__
        if not sources:
            raise DescriptionError(f"{target}: {kind} reads the input of the network, which has no input population")
        total = sum(source.num_neurons for source in sources)
        for source in sources:
            if source.neuron.sends_values:
                raise UnsupportedError(
                    f"{target}: {kind} needs inputs that spike, {source} sends values; use another readout"
                )
            groups.add_plain_sum(
                f"{source.name}_{target.name}_Input",
                (populations[source], populations[target]),
                WeightUpdateModel(pre_spike_syn_code="addToPost(Share);", params=(Param("Share", 1.0 / total),)),
                SynapseModel(sim_code="injectCurrent(inSyn);\ninSyn = 0.0;"),
                INPUT_SPIKES,
                extra_delay(source, target),
            )


def readers_of_input(network: Network) -> list[Population]:
    """The populations whose readout reads the network's input."""
    return [
        population
        for population in network.populations
        if population.neuron.readout is not None and population.neuron.readout.reads_input
    ]
