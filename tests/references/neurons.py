"""Neurons step by step in numpy: each class is a step function from its state and the input of one step.

A step function takes the state, a dictionary of arrays (examples, neurons), and the input of the step, changes the
state and returns which neurons spike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

State = dict[str, Any]
Step = Callable[[State, np.ndarray], np.ndarray]


def simulate(step: Step, currents: np.ndarray, state: State, record: str = "V") -> np.ndarray:
    """What a variable and the spikes are after each step, [example][variable, spikes][timestep][neuron].

    Args:
        step: the neurons' step function.
        currents: input, [example][timestep][neuron].
        state: initial state.
        record: the variable.
    """
    examples, steps, neurons = currents.shape
    state = {name: np.zeros((examples, neurons)) + value for name, value in state.items()}
    result = np.zeros((examples, 2, steps, neurons))
    for t in range(steps):
        result[:, 1, t] = step(state, currents[:, t])
        result[:, 0, t] = state[record]
    return result


def held(x: np.ndarray, steps: int) -> np.ndarray:
    """The same input in every step, [example][timestep][neuron]."""
    return np.repeat(np.asarray(x, float)[:, np.newaxis], steps, axis=1)


def delivered(spikes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The input that spikes make one step later, [example][timestep][target]."""
    sums = spikes @ weights
    return np.concatenate([np.zeros_like(sums[:, :1]), sums[:, :-1]], axis=1)


def integrate_fire(v_thresh: float, v_reset: float, bias: float, *, relative: bool) -> Step:
    """V <- V + I + bias; spike at V >= v_thresh; V <- V - (v_thresh - v_reset) or v_reset."""

    def step(state: State, current: np.ndarray) -> np.ndarray:
        v = state["V"] + current + bias
        spikes = v >= v_thresh
        state["V"] = np.where(spikes, v - (v_thresh - v_reset) if relative else v_reset, v)
        return spikes

    return step


def signed_integrate_fire(v_thresh: float, v: float, bias: float, currents: np.ndarray) -> np.ndarray:
    """V <- V + I + bias; +1 at V >= v_thresh, -1 at V < 0 while more was sent than taken back. [example][V, sent]."""
    voltage, sent = np.full(currents[:, 0].shape, v), np.zeros(currents[:, 0].shape)
    result = np.zeros((len(currents), 2, *currents.shape[1:]))
    for t in range(currents.shape[1]):
        voltage = voltage + currents[:, t] + bias
        sign = np.where(voltage >= v_thresh, 1, np.where((voltage < 0) & (sent > 0), -1, 0))
        voltage, sent = voltage - sign * v_thresh, sent + sign
        result[:, :, t] = np.stack([voltage, sent], axis=1)
    return result


def leaky_integrate(tau: float, bias: float | np.ndarray, *, scale: bool) -> Step:
    """V <- a V + s I + bias, a = exp(-dt / tau), s = 1 - a or 1; never a spike."""
    a = np.exp(-1.0 / tau)

    def step(state: State, current: np.ndarray) -> np.ndarray:
        state["V"] = a * state["V"] + (1 - a if scale else 1) * current + bias
        return np.zeros(current.shape, bool)

    return step


def leaky_integrate_fire(
    v_thresh: float | np.ndarray,
    v_reset: float,
    tau: float,
    refractory: float,
    *,
    relative: bool,
    during: bool,
    scale: bool = False,
    bias: float | np.ndarray = 0.0,
    beta: float = 0.0,
    tau_adapt: float = np.inf,
) -> Step:
    """V <- a V + s I + bias, while the timer runs only if `during`; spike at V >= v_thresh + beta A.

    A decays; a spike adds 1 to it.
    """
    a, rho = np.exp(-1.0 / tau), np.exp(-1.0 / tau_adapt)

    def step(state: State, current: np.ndarray) -> np.ndarray:
        waiting = state["timer"] > 0
        state["timer"] = state["timer"] - waiting
        v = a * state["V"] + (1 - a if scale else 1) * current + bias
        v = np.where(waiting & (not during), state["V"], v)
        adaptation = rho * state["A"]
        spikes = (v >= v_thresh + beta * adaptation) & (state["timer"] <= 0)
        state["V"] = np.where(spikes, v - (v_thresh - v_reset) if relative else v_reset, v)
        state["A"] = adaptation + spikes
        state["timer"] = np.where(spikes, refractory, state["timer"])
        return spikes

    return step


def follow_the_leader(windows: list[list[int]], spikes: np.ndarray) -> np.ndarray:
    """Running counts of the pooling neurons, [example][timestep][window]: the largest of a window, one step later."""
    counts = np.cumsum(spikes, axis=1)
    highest = np.stack([counts[:, :, window].max(axis=2) for window in windows], axis=2)
    return np.concatenate([np.zeros_like(highest[:, :1]), highest[:, :-1]], axis=1)


def played_back(trains: list[Any], steps: int, neurons: int) -> np.ndarray:
    """Spikes of (times, ids) for each example: each in the first step that is not before its time, one a step."""
    spikes = np.zeros((len(trains), steps, neurons))
    for example, (times, ids) in enumerate(trains):
        for neuron in range(neurons):
            free = 0
            for time in sorted(time for time, owner in zip(times, ids, strict=True) if owner == neuron):
                due = max(free, int(np.ceil(time)))
                if due < steps:
                    spikes[example, due, neuron] = 1
                free = due + 1
    return spikes
