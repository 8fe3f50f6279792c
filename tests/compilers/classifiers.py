"""Small networks on the reference engine, their inputs and labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense, OneToOne
from ml_genn.neurons import IntegrateFire, IntegrateFireInput, LeakyIntegrate

ENGINE = "reference"
WEIGHTS = np.random.default_rng(1).normal(size=(6, 3))
X = np.random.default_rng(2).uniform(size=(7, 6))
Y = np.array([0, 1, 2, 0, 1, 2, 0])


def classifier(neuron: Any = None, source_neuron: Any = None, synapse: Any = "delta") -> Any:
    with Network() as network:
        source = Population(source_neuron or IntegrateFireInput(), 6, record_spikes=True, name="in")
        target = Population(neuron or IntegrateFire(readout="spike_count"), name="out", record_spikes=True)
        Connection(source, target, Dense(WEIGHTS), synapse)
    return network, source, target


def predict(network: Network, source: Any, target: Any, x: Any = X, **kwargs: Any) -> np.ndarray:
    arguments = {"batch_size": 3, "engine": ENGINE, **kwargs}
    with InferenceCompiler(20, **arguments).compile(network) as compiled:
        readouts, _ = compiled.predict({source: x}, target, callbacks=[])
    return readouts[target]


def two_ways() -> Any:
    with Network() as network:
        sources = [Population(IntegrateFireInput(), 6, name=name) for name in ("a", "b")]
        targets = [Population(LeakyIntegrate(readout="var", tau_mem=np.inf), 6, name=name) for name in ("c", "d")]
        for source, target, weight in zip(sources, targets, (1.0, 2.0), strict=True):
            Connection(source, target, OneToOne(weight))
    return network, sources, targets


def integrating_frames() -> Any:
    """An input neuron that only integrates, four frames of two timesteps."""
    return IntegrateFireInput(v_thresh=np.inf, input_frames=4, input_frame_timesteps=2)
