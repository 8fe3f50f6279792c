"""Networks of one hidden population, for EventProp's compiler and for the exact reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.references import exact
from tests.references.exact.net import SILENT

READOUTS = {"avg": "avg_var", "sum": "sum_var", "avg_exp": "avg_var_exp_weight", "max": "max_var"}
Arrivals = list[tuple[float, int]]


@dataclass(frozen=True)
class Net:
    """Inputs, hidden neurons that may be connected to each other, and outputs that never spike.

    Args:
        w_in, w_rec, w_out: weights.
        tau_mem, tau_mem_out: of hidden neurons and of outputs [ms].
        tau_in, tau_rec, tau_out: of the currents [ms].
        theta, v_reset: of hidden neurons.
        duration: of a trial [ms].
        readout: of the outputs, of `READOUTS`.
    """

    w_in: np.ndarray
    w_rec: np.ndarray
    w_out: np.ndarray
    tau_mem: Any = 20.0
    tau_in: float = 5.0
    tau_rec: float = 5.0
    tau_mem_out: float = 20.0
    tau_out: float = 5.0
    theta: float = 1.0
    v_reset: float = 0.0
    duration: float = 50.0
    readout: str = "avg"

    @property
    def leak(self) -> np.ndarray:
        """tau_mem of each hidden neuron."""
        return np.broadcast_to(np.asarray(self.tau_mem, np.float64), self.w_rec.shape[:1])

    def exact(self) -> exact.Net:
        """The network as the reference has it."""
        hidden = exact.cells(len(self.w_rec), tau_mem=self.tau_mem, theta=self.theta, v_reset=self.v_reset)
        output = exact.cells(self.w_out.shape[1], tau_mem=self.tau_mem_out, theta=SILENT)
        projections = {
            "w_in": exact.Projection("input", "hidden", self.w_in, self.tau_in),
            "w_rec": exact.Projection("hidden", "hidden", self.w_rec, self.tau_rec),
            "w_out": exact.Projection("hidden", "output", self.w_out, self.tau_out),
        }
        return exact.Net(hidden, output, projections, self.duration)

    def gradients(self, inputs: Arrivals, label: int, dt: float) -> dict[str, np.ndarray]:
        """The reference's derivatives of the crossentropy of a trial, "sum" being that of timesteps of this length."""
        loss = {
            "avg": exact.WeightedMean(),
            "sum": exact.WeightedMean(scale=self.duration / dt),
            "avg_exp": exact.WeightedMean("exp"),
            "max": exact.MaxVoltage(),
        }[self.readout]
        found = exact.gradients(exact.forward(self.exact(), inputs), loss, label)
        return {name: found[f"{name}.weight"] for name in ("w_in", "w_rec", "w_out")}


def variants() -> dict[str, Net]:
    """Networks of all kinds that `Net` describes."""
    rng = np.random.default_rng(1)
    plain = Net(rng.normal(2.0, 0.6, (6, 5)), np.zeros((5, 5)), rng.normal(0.5, 1.0, (5, 3)))
    recurrent = replace(plain, w_rec=np.random.default_rng(7).normal(0.0, 0.6, (5, 5)))
    return {
        "feed-forward": plain,
        "recurrent with autapses": recurrent,
        "two currents": replace(recurrent, tau_rec=9.0, tau_out=3.0),
        "equal time constants": replace(recurrent, tau_in=20.0, tau_rec=20.0, tau_out=20.0),
        "reset above zero": replace(recurrent, v_reset=0.3),
        "a tau_mem for each neuron": replace(
            recurrent, tau_mem=np.array([10.0, 12.0, 20.0, 15.0, 31.0]), w_rec=0.5 * recurrent.w_rec
        ),
    }


class Described:
    """A network, described for the compiler: its populations, and its connections by their weights."""

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
