"""The smallest network around a neuron, for each compiler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Dense, MaxPool2D
from ml_genn.neurons import FewSpikeRelu, FewSpikeReluInput, Input, LeakyIntegrate, PoissonInput

IMAGE = (2, 2, 1)


@dataclass(frozen=True)
class Company:
    """What a compiler's networks begin and end with, and the compiler."""

    source: Callable[[], Any]
    output: Callable[[], Any]
    compiler: Callable[[], Any]


COMPANY: Mapping[str, Company] = {
    "few_spike_compiler": Company(
        FewSpikeReluInput, lambda: FewSpikeRelu(readout="var"), lambda: FewSpikeCompiler(engine="reference")
    ),
    "inference_compiler": Company(
        PoissonInput, lambda: LeakyIntegrate(readout="var"), lambda: InferenceCompiler(2, engine="reference")
    ),
}
"""By the compiler's registered name."""


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
        output = Population(company.output(), 2, name="output")
        Connection(middle, output, Dense(np.ones((4, 2))))
        if not is_input(neuron):
            _feed(company, middle)
    return company.compiler().compile(network)


def _feed(company: Company, population: Population) -> None:
    if population.neuron.takes_maximum:
        source = Population(company.source(), (4, 4, 1), name="input")
        Connection(source, population, MaxPool2D(2))
    else:
        source = Population(company.source(), IMAGE, name="input")
        Connection(source, population, Dense(1.0))
