"""The conformance table: a list of features, and rows that show each of them on any engine.

A row builds a small model through `engines.api` and yields what the engine computed beside what a few lines of numpy
say it must be. Rows agree exactly unless they state a tolerance and its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_genn.engines.api import Engine, GeNNModel

FEATURES = (
    # neurons
    "sim code, threshold and reset",
    "built-in LIF",
    "built-in Izhikevich",
    "built-in Poisson",
    "built-in SpikeSourceArray",
    "automatic refractoriness",
    "derived parameters",
    "integer and bool variables",
    "variables shared by examples or neurons",
    "additional input variables",
    "time and indices",
    # postsynaptic models and current sources
    "delta synapse",
    "exponential synapse",
    "exponential conductance",
    "postsynaptic model with variables",
    "postsynaptic model that refers to neuron variables",
    "direct current",
    "gaussian noise",
    "current source with variables and references",
    # weight update models
    "weight parameter",
    "weights that synapses change",
    "references to presynaptic neurons",
    "references to postsynaptic neurons",
    "spike-like events",
    "spikes and events at once",
    "graded synapse",
    "maxToPost",
    # synapses that change
    "synapse dynamics",
    "code of postsynaptic spikes",
    "code of postsynaptic events",
    "order of dynamics, events and spikes",
    "variables at both ends",
    "neurons seen by code of their spikes",
    "delayed variables at both ends",
    "times of spikes and events",
    "feedback to presynaptic neurons",
    "feedback of dynamics and postsynaptic spikes",
    "feedback through a kernel",
    "spike-timing dependent plasticity",
    "sums over the batch",
    "sums over the batch of a kernel",
    # connectivity
    "dense",
    "sparse from lists",
    "sparse one to one",
    "sparse with fixed probability",
    "sparse from a snippet",
    "sparse from columns",
    "sparse from columns, with tables",
    "sparse with a kernel",
    "sparse convolution",
    "bit mask",
    "procedural weights",
    "procedural connectivity",
    "procedural kernel",
    "sparse with fixed numbers",
    "sparse without autapses",
    "convolution",
    "strided convolution",
    "average-pool convolution",
    "several populations and synapse groups",
    "recurrent connection",
    # delays
    "axonal delay",
    "reference with axonal delay",
    "dendritic delay",
    "dendritic delay of a kernel",
    "dendritic delay of dynamics",
    "delays of what synapses see",
    # custom updates
    "custom update",
    "custom update with own variables and parameters",
    "batch reduction",
    "neuron reduction",
    "reduction into a reference",
    "broadcast over delay slots",
    "custom update of synapse variables",
    "custom update of postsynaptic and current source variables",
    "custom update of kernel variables",
    "transpose",
    "reduction over batch and neurons at once",
    "batch and neuron reductions in one update",
    "custom update of a custom update's variables",
    "size of the batch in custom updates",
    "custom update of pre and post variables",
    "custom update of spike times",
    "custom update of times of the spike before",
    "custom update of inputs on their way",
    "softmax",
    "Adam",
    "extra global parameters",
    "references to extra global parameters",
    "references to extra global parameters of all groups",
    # initial values and parameters
    "constant, array and uninitialised values",
    "uniform and normal values",
    "gamma and binomial values",
    "extra global parameters of initial values",
    "custom initialisation snippet",
    "initialisation of synapses",
    "dynamic parameters",
    "phases",
    "a model that is loaded again begins in its first phase",
    "phases of variables with delay slots",
    "several phases",
    # running
    "spike recording",
    "event recording",
    "variable recording",
    "recording of variables of every kind",
    "many steps in one call",
    "exact trials",
    "unload and load",
    "random numbers independent of the batch size",
)

Comparison = tuple[str, Any, Any]

EXACT = {"float": 0.0, "double": 0.0}

# PyGeNN lists spikes in no defined order and uses its own exp, so sums differ in their last bits
PYGENN = {"float": 2e-5, "double": 1e-12}


@dataclass(frozen=True)
class Case:
    """One cell of the table."""

    engine: Engine
    batch: int
    threads: int
    precision: str

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """What `scalar` is."""
        return np.float32 if self.precision == "float" else np.float64

    def model(self, dt: float = 1.0, seed: int = 1234) -> GeNNModel:
        """An empty model."""
        model = self.engine.create_model(self.precision, "conformance", num_threads=self.threads)
        model.dt = dt
        model.batch_size = self.batch
        model.seed = seed
        return model

    def spread(self, values: Any) -> np.ndarray:
        """Values [batch][elements] as an initial value."""
        whole = np.asarray(values)
        return whole if self.batch > 1 else whole[0]

    def examples(self, variable: Any) -> np.ndarray:
        """What a variable holds now, as [batch][elements]."""
        variable.pull_from_device()
        current = np.array(variable.current_view)
        return current if current.ndim == 2 else np.tile(current, (self.batch, 1))

    def varied(self, elements: int, low: float = -1.0, high: float = 1.0, seed: int = 7) -> np.ndarray:
        """Numbers [batch][elements], different everywhere."""
        return np.random.default_rng(seed).uniform(low, high, (self.batch, elements)).astype(self.dtype)


@dataclass(frozen=True)
class Row:
    """Shows one feature."""

    feature: str
    check: Callable[[Case], Iterator[Comparison]]
    rtol: dict[str, float]
    reason: str
    needs: str | None


ROWS: list[Row] = []


def row(
    feature: str, *, rtol: dict[str, float] | None = None, reason: str = "", needs: str | None = None
) -> Callable[[Callable[[Case], Iterator[Comparison]]], Callable[[Case], Iterator[Comparison]]]:
    """Adds a row; `needs` names a capability without which it does not apply."""
    if (rtol is None) != (reason == ""):
        raise ValueError(f"{feature}: a tolerance needs a reason")

    def add(check: Callable[[Case], Iterator[Comparison]]) -> Callable[[Case], Iterator[Comparison]]:
        ROWS.append(Row(feature, check, rtol or EXACT, reason, needs))
        return check

    return add
