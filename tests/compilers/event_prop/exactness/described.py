"""Networks of the exact reference as networks that EventProp's compiler takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import AdaptiveLeakyIntegrateFire, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Delta, Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.references.exact import Cells, Net
from tests.references.exact.trace import Inputs


class Described:
    """A network of the reference in timesteps of `dt` ms.

    Args:
        net: the network; delays, refractory periods and its duration are whole numbers of timesteps.
        dt: timestep [ms].
        readout: of the outputs.
    """

    def __init__(self, net: Net, dt: float, readout: Any) -> None:
        self.net, self.dt = net, dt
        num_inputs = next(one.weight.shape[0] for one in net.projections.values() if one.source == "input")
        with Network(default_params) as self.network:
            self.populations = {
                "input": Population(SpikeInput(), num_inputs, name="input"),
                "hidden": Population(spiking(net.hidden, dt), net.num_hidden, name="hidden", record_spikes=True),
                "output": Population(
                    output(net.output, dt, readout),
                    net.num_cells - net.num_hidden,
                    name="output",
                    record_spikes=bool(np.isfinite(net.output.theta).all()),
                ),
            }
            self.scales = {name: self.scale(one.target, one.tau is None) for name, one in net.projections.items()}
            self.connections = {name: self.connection(name) for name in net.projections}

    def connection(self, name: str) -> Connection:
        one = self.net.projections[name]
        steps = np.rint(np.asarray(one.delay) / self.dt).astype(int)
        weights = Dense(one.weight * self.scales[name], delay=steps if steps.ndim else int(steps))
        synapse = Delta() if one.tau is None else Exponential(one.tau)
        ends = (self.populations[one.source], self.populations[one.target])
        longest = {"max_delay_steps": int(steps.max())} if steps.ndim else {}
        return Connection(*ends, weights, synapse, name=f"{name}_connection", **longest)

    def scale(self, target: str, is_delta: bool) -> np.ndarray:
        """Weights here of weights there: V gains (1 - Alpha) I per timestep where input is scaled, else I."""
        constants = getattr(self.net, target)
        one_current = gain(constants, self.dt)
        is_scaled = getattr(self.populations[target].neuron, "scale_i", False)
        if is_delta:
            return np.asarray(1.0 / one_current if is_scaled else np.ones_like(one_current))
        return np.asarray(np.ones_like(one_current) if is_scaled else one_current)

    def compile(self, loss: Any, **kwargs: Any) -> Any:
        timesteps = round(self.net.duration / self.dt)
        delayed = [connection for connection in self.connections.values() if connection.max_delay_steps]
        learnt = {"delay_learn_conns": delayed, "delay_optimiser": "adam"}
        arguments = {"precision": "double", "num_threads": 1, "min_slope": 1e-6, "dt": self.dt, **learnt, **kwargs}
        return EventPropCompiler(timesteps, loss, **arguments).compile(self.network)

    def gradients(self, loss: Any, trials: list[Inputs], targets: Any, **kwargs: Any) -> dict[str, np.ndarray]:
        """Derivatives of the mean loss of the trials, named as the reference names them."""
        x = [self.spikes(trial) for trial in trials]
        compiled = self.compile(loss, batch_size=len(trials), **kwargs)
        with compiled:
            found = compiled.gradients({self.populations["input"]: x}, {self.populations["output"]: targets})
        return self.named(found)

    def run(self, loss: Any, trials: list[Inputs], **kwargs: Any) -> tuple[np.ndarray, np.ndarray]:
        """How often each neuron that may spike does, (trials, neurons), and what is read from the outputs."""
        output = self.populations["output"]
        counters = [
            SpikeRecorder(population, name, record_counts=True)
            for name, population in self.populations.items()
            if population.record_spikes
        ]
        compiled = self.compile(loss, batch_size=len(trials), **kwargs)
        with compiled:
            x = {self.populations["input"]: [self.spikes(trial) for trial in trials]}
            readouts, found = compiled.predict(x, output, callbacks=counters)
        return np.concatenate([np.array(found[counter.key]) for counter in counters], axis=1), readouts[output]

    def named(self, found: Mapping[Any, np.ndarray]) -> dict[str, np.ndarray]:
        """Derivatives by the reference's names, in its units."""
        weights = {
            f"{name}.weight": found[connection] * self.scales[name] for name, connection in self.connections.items()
        }
        delays = {
            f"{name}.delay": found[connection, "delay"] / self.dt
            for name, connection in self.connections.items()
            if (connection, "delay") in found
        }
        return weights | delays

    def constants(self) -> dict[Any, dict[str, str]]:
        """All constants that can be learnt, as the compiler wants them."""
        spiking = [name for name in ("hidden", "output") if np.isfinite(getattr(self.net, name).theta).all()]
        chosen: dict[Any, dict[str, str]] = {
            population: dict.fromkeys(
                ("tau_mem", "bias", *(("v_thresh", "v_reset") if name in spiking else ()), *self.adaptation(name)),
                "adam",
            )
            for name, population in self.populations.items()
            if name != "input"
        }
        return chosen | {
            self.connections[name]: {"tau": "adam"} for name, one in self.net.projections.items() if one.tau is not None
        }

    def adaptation(self, name: str) -> tuple[str, ...]:
        """The constants of adaptation that can be learnt of a population."""
        return ("tau_adapt", "beta") if getattr(self.net, name).strength.any() else ()

    def named_constants(self, found: Mapping[Any, np.ndarray]) -> dict[str, np.ndarray]:
        """Derivatives with respect to constants, by the reference's names; zeros for what is not learnt."""
        named = {
            f"{name}.tau": found[connection, "tau"]
            for name, connection in self.connections.items()
            if (connection, "tau") in found
        }
        kinds = {"tau_mem": "tau_mem", "bias": "bias", "theta": "v_thresh", "v_reset": "v_reset"}
        kinds |= {"strength" if name == "beta" else name: name for name in self.adaptation("hidden")}
        for theirs, ours in kinds.items():
            parts = [self.populations[name] for name in ("hidden", "output")]
            named[theirs] = np.concatenate([found.get((pop, ours), np.zeros(pop.num_neurons)) for pop in parts])
        joined = self.net.joined()
        named["tau_mem"] += self.by_scales(found) + named["bias"] * joined.bias * per_tau_mem(joined, self.dt)
        named["bias"] *= gain(joined, self.dt)
        return named

    def by_scales(self, found: Mapping[Any, np.ndarray]) -> np.ndarray:
        """What dL/dtau_mem has where the reference's weights stay as they are: those here may change with tau_mem."""
        more = {"hidden": np.zeros(self.net.num_hidden), "output": np.zeros(self.net.num_cells - self.net.num_hidden)}
        for name, one in self.net.projections.items():
            if one.tau is not None and not getattr(self.populations[one.target].neuron, "scale_i", False):
                per_tau = per_tau_mem(getattr(self.net, one.target), self.dt)
                more[one.target] += (found[self.connections[name]] * one.weight).sum(axis=0) * per_tau
        return np.concatenate([more["hidden"], more["output"]])

    def spikes(self, trial: Inputs) -> Any:
        """Arrivals as input of a SpikeInput, whose spikes arrive one timestep after they were sent."""
        times, ids = np.array(trial).reshape(-1, 2).T
        num_inputs = self.populations["input"].num_neurons
        sent = self.dt * (np.rint(times / self.dt) - 1.0)
        return preprocess_spikes(sent, ids.astype(int), num_inputs)


def gain(constants: Cells, dt: float) -> np.ndarray:
    """What V gains in a timestep from a constant current of one: 1 - Alpha."""
    return np.asarray(-np.expm1(-dt / constants.tau_mem))


def per_tau_mem(constants: Cells, dt: float) -> np.ndarray:
    """The derivative of `gain` with respect to tau_mem."""
    return np.asarray(-np.exp(-dt / constants.tau_mem) * dt / constants.tau_mem**2)


def spiking(constants: Cells, dt: float, readout: Any = None) -> Any:
    """The neuron with these constants; rounding adds no timestep to a refractory period half a timestep too short."""
    same: dict[str, Any] = {
        "v_thresh": one(constants.theta),
        "v_reset": one(constants.v_reset),
        "tau_mem": one(constants.tau_mem),
        "bias": one(constants.bias * gain(constants, dt)),
        "tau_refrac": one(constants.refractory - 0.5 * dt) if constants.refractory.any() else None,
        "relative_reset": bool(constants.relative_reset[0]),
        "integrate_during_refrac": bool(constants.integrates[0]),
        "readout": readout,
    }
    if constants.strength.any():
        return AdaptiveLeakyIntegrateFire(beta=one(constants.strength), tau_adapt=one(constants.tau_adapt), **same)
    return LeakyIntegrateFire(**same)


def output(constants: Cells, dt: float, readout: Any) -> Any:
    """The neuron of outputs with these constants."""
    if np.isfinite(constants.theta).all():
        return spiking(constants, dt, readout)
    return LeakyIntegrate(tau_mem=one(constants.tau_mem), readout=readout)


def one(values: np.ndarray) -> Any:
    """A number where all values are equal."""
    return float(values[0]) if (values == values[0]).all() else values
