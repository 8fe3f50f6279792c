"""Networks of inputs, spiking neurons that may be recurrent, and outputs.

Neurons obey, per neuron and with time in ms,

    tau_mem dV/dt = bias + sum_p I_p - V;    tau_p dI_p/dt = -I_p;    tau_adapt dB/dt = -B.

I_p is the current of projection p: a spike of neuron n at t arrives at m at t + d_mn and adds w_mn to I_p of m, or to V
if the projection has no time constant ("delta"). V that reaches theta + B from below is a spike: B <- B + strength, and
V <- v_reset, or with `relative_reset` V <- V - (theta - v_reset). For `refractory` ms the neuron sends no other spike,
and V is held or, with `integrates`, goes on; a neuron whose V is above its threshold at the end spikes at once.
V = I = B = 0 at the begin of a trial.

In terms of the production code: LeakyIntegrateFire and LeakyIntegrate with scale_i=True, Exponential with scale_i=True
and equal weights; neurons without scale_i have weights (1 - Alpha) w. AdaptiveLeakyIntegrateFire spikes where
V >= v_thresh + beta A, with A <- A + 1 at a spike: B is beta A and strength is beta. On its grid input arrives one
timestep after it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
SILENT = np.inf
"""Threshold of neurons that never spike."""


@dataclass(frozen=True)
class Cells:
    """Constants of neurons, arrays with one entry each (switches: for all neurons); `cells` makes them of numbers."""

    tau_mem: Array
    theta: Array
    v_reset: Array
    bias: Array
    tau_adapt: Array
    strength: Array
    refractory: Array
    relative_reset: Array
    integrates: Array


def cells(
    number: int,
    *,
    tau_mem: Any = 20.0,
    theta: Any = 1.0,
    v_reset: Any = 0.0,
    bias: Any = 0.0,
    tau_adapt: Any = 100.0,
    strength: Any = 0.0,
    refractory: Any = 0.0,
    relative_reset: bool = False,
    integrates: bool = False,
) -> Cells:
    """`number` neurons; constants are numbers or arrays, theta=SILENT makes integrators that never spike."""
    real = (tau_mem, theta, v_reset, bias, tau_adapt, strength, refractory)
    switches = (relative_reset, integrates)
    return Cells(
        *(np.full(number, value, np.float64) for value in real), *(np.full(number, value, bool) for value in switches)
    )


@dataclass(frozen=True)
class Projection:
    """Synapses from inputs or hidden neurons to hidden neurons or outputs.

    Args:
        source: "input" or "hidden".
        target: "hidden" or "output".
        weight: of shape (sources, targets).
        tau: time constant of the current [ms], a number or one of each target; None for a delta synapse.
        delay: a number or one of each synapse [ms].
    """

    source: str
    target: str
    weight: Array
    tau: Any = 5.0
    delay: Any = 0.0

    @property
    def delays(self) -> Array:
        """One of each synapse."""
        return np.broadcast_to(np.asarray(self.delay, np.float64), self.weight.shape)


@dataclass(frozen=True)
class Net:
    """A network; neurons are numbered from the first hidden one to the last output.

    Args:
        hidden, output: the neurons.
        projections: by name.
        duration: of a trial [ms].
    """

    hidden: Cells
    output: Cells
    projections: Mapping[str, Projection]
    duration: float = 50.0

    @property
    def num_hidden(self) -> int:
        """Hidden neurons."""
        return len(self.hidden.tau_mem)

    @property
    def num_cells(self) -> int:
        """Hidden neurons and outputs."""
        return self.num_hidden + len(self.output.tau_mem)

    def joined(self) -> Cells:
        """All neurons."""
        pairs = ((getattr(self.hidden, name), getattr(self.output, name)) for name in Cells.__dataclass_fields__)
        return Cells(*(np.concatenate(pair) for pair in pairs))

    def place(self, population: str) -> slice:
        """Where the neurons of "hidden" or "output" are among all."""
        return slice(0, self.num_hidden) if population == "hidden" else slice(self.num_hidden, self.num_cells)
