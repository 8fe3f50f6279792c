"""Networks of the exact reference as networks that EventProp's compiler takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.references.event_prop import Net

READOUTS = {"avg": "avg_var", "sum": "sum_var", "avg_exp": "avg_var_exp_weight", "max": "max_var"}
Arrivals = list[tuple[float, int]]


class Described:
    """A network of the reference, described for the compiler: its populations, and its connections by their weights."""

    def __init__(self, net: Net, *, relative_reset: bool = False, readout: Any = None) -> None:
        with Network(default_params) as self.network:
            self.source = Population(SpikeInput(), net.w_in.shape[0], name="source")
            hidden_neuron = LeakyIntegrateFire(
                v_thresh=net.theta, v_reset=net.v_reset, tau_mem=net.tau_mem, relative_reset=relative_reset
            )
            self.hidden = Population(hidden_neuron, net.w_in.shape[1], name="hidden", record_spikes=True)
            output_neuron = LeakyIntegrate(tau_mem=net.tau_mem_out, readout=readout or READOUTS[net.readout])
            self.output = Population(output_neuron, net.w_out.shape[1], name="output")
            ends = {
                "w_in": (self.source, self.hidden, net.w_in, net.tau_in),
                "w_rec": (self.hidden, self.hidden, net.w_rec, net.tau_rec),
                "w_out": (self.hidden, self.output, net.w_out, net.tau_out),
            }
            self.connections = {
                name: Connection(source, target, Dense(weights.copy()), Exponential(tau), name=name)
                for name, (source, target, weights, tau) in ends.items()
            }

    def compile(self, timesteps: int, **kwargs: Any) -> Any:
        arguments = {"losses": "sparse_categorical_crossentropy", "precision": "double", "num_threads": 1, **kwargs}
        return EventPropCompiler(timesteps, **arguments).compile(self.network)

    def gradients(self, timesteps: int, x: Any, y: Any, **kwargs: Any) -> dict[str, np.ndarray]:
        """Derivatives of the mean loss of a batch by the names of the weights."""
        compiled = self.compile(timesteps, batch_size=len(x), **kwargs)
        with compiled:
            found = compiled.gradients({self.source: x}, {self.output: np.asarray(y)})
        return {name: found[connection] for name, connection in self.connections.items()}


def spikes(arrivals: Arrivals, num_inputs: int) -> Any:
    """Arrivals as input of a SpikeInput, whose spikes arrive one timestep after they were sent."""
    times, ids = np.array(arrivals).reshape(-1, 2).T
    return preprocess_spikes(times, ids.astype(int), num_inputs)
