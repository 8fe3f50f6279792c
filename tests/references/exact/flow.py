"""What happens between events: linear dynamics in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .net import Array, Net


def psp(t: Any, tau_m: Any, tau_s: Any) -> Array:
    """Voltage at time t of a current that was 1 at time 0: tau_s / (tau_m - tau_s) (e^(-t / tau_m) - e^(-t / tau_s)).

    Written as t / tau_m e^(-t / tau_m) (1 - e^-x) / x with x = t / tau_s - t / tau_m, which is exact at and near equal
    time constants.
    """
    x = np.asarray(t * (1.0 / np.asarray(tau_s, np.float64) - 1.0 / np.asarray(tau_m, np.float64)))
    close = np.abs(x) < 1e-300
    ratio = np.where(close, 1.0, -np.expm1(-x) / np.where(close, 1.0, x))
    return np.asarray(t / tau_m * np.exp(-t / tau_m) * ratio)


@dataclass(frozen=True)
class State:
    """Voltages (cells), currents (projections, cells) and adaptations (cells)."""

    v: Array
    i: Array
    b: Array


@dataclass(frozen=True)
class Flow:
    """The dynamics of a network between events.

    Args:
        tau_mem, tau_adapt, bias: of each neuron.
        tau_syn: (projections, cells); 1 where there is no current.
    """

    tau_mem: Array
    tau_adapt: Array
    bias: Array
    tau_syn: Array

    @staticmethod
    def of(net: Net) -> Flow:
        """That of a network."""
        joined = net.joined()
        taus = np.ones((len(net.projections), net.num_cells))
        for row, projection in zip(taus, net.projections.values(), strict=True):
            if projection.tau is not None:
                row[net.place(projection.target)] = projection.tau
        return Flow(joined.tau_mem, joined.tau_adapt, joined.bias, taus)

    def start(self) -> State:
        """The state at the begin of a trial."""
        return State(np.zeros_like(self.tau_mem), np.zeros_like(self.tau_syn), np.zeros_like(self.tau_mem))

    def after(self, state: State, t: Any, held: Array) -> State:
        """The state `t` ms later, with the voltages of `held` neurons as they are.

        Args:
            state: the state now.
            t: a number or numbers; the result has their axes before those of neurons and currents.
            held: whether V stays, of each neuron.
        """
        t = np.asarray(t, np.float64)
        one = t[..., np.newaxis]
        many = one[..., np.newaxis]
        left = np.exp(-one / self.tau_mem)
        v = state.v * left - self.bias * np.expm1(-one / self.tau_mem)
        v = v + np.sum(state.i * psp(many, self.tau_mem, self.tau_syn), axis=-2)
        v = np.where(held, state.v, v)
        return State(v, state.i * np.exp(-many / self.tau_syn), state.b * np.exp(-one / self.tau_adapt))

    def slope(self, state: State, held: Array) -> Array:
        """dV/dt of each neuron."""
        return np.where(held, 0.0, (self.bias + state.i.sum(axis=-2) - state.v) / self.tau_mem)

    @cached_property
    def peak_time(self) -> Array:
        """When the response of the voltage to a current is largest, (projections, cells)."""
        gap = 1.0 / self.tau_syn - 1.0 / self.tau_mem
        close = np.abs(gap) < 1e-9
        ratio = np.log(self.tau_mem / self.tau_syn) / np.where(close, 1.0, gap)
        return np.where(close, np.broadcast_to(self.tau_mem, gap.shape), ratio)
