"""Rows of initializers: the weights that they draw, seen one input at a time, by their quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.initializers import Normal, Uniform, Wrapper
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrate
from tests.conformance.table import Net, NetworkRow

TARGETS = 4000
QUANTILES = np.linspace(0.05, 0.95, 10)
SPREAD = 0.1
"""Five standard deviations of a quantile of 4000 draws, relative to the largest quantile, are below this."""


def weights_of(initializer: Any) -> Net:
    with Network() as network:
        source = Population(BinarySpikeInput(), 3)
        target = Population(LeakyIntegrate(tau_mem=np.inf, readout="var"), TARGETS)
        Connection(source, target, Dense(initializer))
    return Net(network, source, target, InferenceCompiler(2, rng_seed=7))


def quantiles(distribution: Any) -> Any:
    return lambda _: np.tile(distribution.ppf(QUANTILES), (3, 1))


def row(make: Any, distribution: Any) -> NetworkRow:
    """Each example is one input alone, so that the target holds the weights of that input."""
    return NetworkRow(
        make=make,
        build=weights_of,
        examples=np.eye(3),
        reference=quantiles(distribution),
        measure=lambda weights: np.quantile(weights, QUANTILES, axis=1).T,
        tolerance=SPREAD,
    )


ROWS = (
    row(lambda: Normal(0.5, 2.0), stats.norm(0.5, 2.0)),
    row(lambda: Uniform(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    row(lambda: Wrapper("Exponential", {"lambda": 2.0}), stats.expon(scale=2.0)),  # GeNN multiplies by "lambda"
)
