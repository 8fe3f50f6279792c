"""A network description from stages and a method: one population for each stage, one connection for each path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ml_genn import Connection, Network, Population

from .connect import connectivity_of
from .methods.method import Method
from .methods.scales import Scales
from .stages import StageGraph


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class SpikingModel:
    """The network, its populations by stage name, and what their spikes stand for."""

    network: Network
    populations: Mapping[str, Population]
    stages: StageGraph
    scales: Scales

    @property
    def inputs(self) -> list[Population]:
        """Input populations in the model's order."""
        return [self.populations[name] for name in self.stages.inputs]

    @property
    def outputs(self) -> list[Population]:
        """Output populations in the model's order."""
        return [self.populations[name] for name in self.stages.outputs]


def build_network(stages: StageGraph, method: Method, scales: Scales) -> SpikingModel:
    """The spiking network of the stages; populations carry the stages' names.

    Raises UnsupportedError and UnsupportedModelError for what the method or the connectivity cannot do.
    """
    network = Network()
    built = scales.stages or stages
    populations: dict[str, Population] = {}
    with network:
        for stage in built.stages:
            population = Population(method.neuron(stage, scales), stage.shape, name=stage.name)
            for path in stage.paths:
                source = populations[path.source]
                factor = method.path_factor(scales.of(path.source))
                connectivity = connectivity_of(path, stage, stages[path.source].shape, factor)
                Connection(source, population, connectivity, method.synapse(stages[path.source]))
            populations[stage.name] = population
    return SpikingModel(network=network, populations=populations, stages=stages, scales=scales)
