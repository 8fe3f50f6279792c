"""Rows of synapses: the current that spikes make, added up by a target that does not leak."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrate
from ml_genn.synapses import Delta, Exponential
from tests.conformance.table import Net, NetworkRow

STEPS = 10
RNG = np.random.default_rng(2)
SPIKES = RNG.integers(0, 2, (3, STEPS, 4))
WEIGHTS = RNG.integers(-8, 9, (4, 3)) / 16
ROUNDING = 1e-5
"""10 steps in single precision, each with some roundings of 6e-8."""


def summed(synapse: Any) -> Net:
    with Network() as network:
        source = Population(BinarySpikeInput(input_frames=STEPS), 4)
        target = Population(LeakyIntegrate(tau_mem=np.inf), 3)
        Connection(source, target, Dense(WEIGHTS), synapse)
    return Net(network, source, target, InferenceCompiler(STEPS), ("V",))


def currents(spikes: np.ndarray, left: float, scale: float) -> np.ndarray:
    """S <- S + weights of the spikes one step before; I <- scale S; S <- left S. The sum of I so far."""
    s = np.zeros((3, 3))
    injected = np.zeros((3, STEPS, 3))
    for step in range(1, STEPS):
        s = s + spikes[:, step - 1] @ WEIGHTS
        injected[:, step] = scale * s
        s = left * s
    return np.cumsum(injected, axis=1)[:, np.newaxis]


ROWS = (
    NetworkRow(make=Delta, build=summed, examples=SPIKES, reference=lambda x: currents(x, 0.0, 1.0)),
    NetworkRow(
        make=lambda: Exponential(3.0),
        build=summed,
        examples=SPIKES,
        reference=lambda x: currents(x, np.exp(-1 / 3), 1.0),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        label="scaled",
        make=lambda: Exponential(np.array([3.0, 5.0, 7.0]), True),
        build=summed,
        examples=SPIKES,
        reference=lambda x: currents(
            x, np.exp(-1 / np.array([3.0, 5.0, 7.0])), np.array([3, 5, 7]) * (1 - np.exp(-1 / np.array([3, 5, 7])))
        ),
        tolerance=ROUNDING,
    ),
)
