"""The smallest network around a neuron, for each compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler, FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Dense, MaxPool2D
from ml_genn.neurons import FewSpikeRelu, FewSpikeReluInput, Input, LeakyIntegrate, PoissonInput
from ml_genn.synapses import Exponential

IMAGE = (2, 2, 1)


BITS = 10
"""Of few-spike networks around neurons that have no bits of their own."""


@dataclass(frozen=True)
class Company:
    """What a compiler's networks begin and end with, and the compiler; each made for a neuron."""

    source: Callable[[Any], Any]
    output: Callable[[Any], Any]
    compiler: Callable[[Any], Any]
    synapse: Any = "delta"


COMPANY: Mapping[str, Company] = {
    "event_prop_compiler": Company(
        lambda _: PoissonInput(),
        lambda _: LeakyIntegrate(readout="avg_var"),
        lambda _: EventPropCompiler(2, "sparse_categorical_crossentropy", engine="reference"),
        Exponential(),
    ),
    "few_spike_compiler": Company(
        lambda neuron: FewSpikeReluInput(_bits(neuron)),
        lambda neuron: FewSpikeRelu(_bits(neuron), readout="var"),
        lambda neuron: FewSpikeCompiler(_bits(neuron), engine="reference"),
    ),
    "inference_compiler": Company(
        lambda _: PoissonInput(),
        lambda _: LeakyIntegrate(readout="var"),
        lambda _: InferenceCompiler(2, engine="reference"),
    ),
}
"""By the compiler's registered name."""


def _bits(neuron: Any) -> int:
    return int(getattr(neuron, "k", BITS))


def is_input(neuron: type) -> bool:
    """Whether a population of these neurons takes data."""
    return issubclass(neuron, Input)


def compile_with(neuron: type, compiler: str) -> Any:
    """Compiles input -> neuron -> output, or neuron -> output where the neuron is an input itself.

    Raises:
        MlGennError: the compiler refuses the neuron.
    """
    company = COMPANY[compiler]
    with Network() as network:
        middle = Population(neuron(), IMAGE, name="neuron")
        output = Population(company.output(middle.neuron), 2, name="output")
        Connection(middle, output, Dense(np.ones((4, 2))), company.synapse)
        if not is_input(neuron):
            _feed(company, middle)
    return company.compiler(middle.neuron).compile(network)


def _feed(company: Company, population: Population) -> None:
    if population.neuron.takes_maximum:
        source = Population(company.source(population.neuron), (4, 4, 1), name="input")
        Connection(source, population, MaxPool2D(2))
    else:
        source = Population(company.source(population.neuron), IMAGE, name="input")
        Connection(source, population, Dense(1.0), company.synapse)
