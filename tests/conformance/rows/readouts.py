"""Rows of readouts: a summary of the trace of a leaky integrate-and-fire neuron, before its reset in each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrateFire
from ml_genn.readouts import (
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    FirstSpikeTime,
    MaxVar,
    SpikeCount,
    SumVar,
    Var,
)
from tests.conformance.table import Net, NetworkRow
from tests.references.neurons import delivered

STEPS, DT, TAU, THRESHOLD = 12, 0.5, 10.0, 0.9
RNG = np.random.default_rng(8)
SPIKES = RNG.integers(0, 2, (3, STEPS, 5))
WEIGHTS = RNG.integers(-4, 9, (5, 4)) / 16
ROUNDING = 1e-5
"""12 steps in single precision, each with some roundings of 6e-8."""
LOWEST = -3.4028235e38
"""The time of no spike."""


def read(readout: Any) -> Net:
    with Network() as network:
        source = Population(BinarySpikeInput(input_frames=STEPS), 5)
        target = Population(LeakyIntegrateFire(THRESHOLD, tau_mem=TAU, readout=readout), 4)
        Connection(source, target, Dense(WEIGHTS))
    return Net(network, source, target, InferenceCompiler(STEPS, dt=DT))


def trace(spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voltage before the reset, whether it spiked, and voltage after it: [timestep][example][neuron]."""
    v, found = np.zeros((3, 4)), []
    for current in delivered(spikes, WEIGHTS).swapaxes(0, 1):
        before = np.exp(-DT / TAU) * v + current
        v = np.where(before >= THRESHOLD, before - THRESHOLD, before)
        found.append((before, before >= THRESHOLD, v))
    before, spiked, after = map(np.array, zip(*found, strict=True))
    return before, spiked, after


def row(make: Any, summary: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray], label: str = "") -> NetworkRow:
    return NetworkRow(
        make=make,
        build=read,
        examples=SPIKES,
        reference=lambda x: summary(*trace(x)),
        tolerance=ROUNDING,
        label=label,
    )


def input_activity() -> np.ndarray:
    """What AvgVarInputWeight(3) weighs timesteps by: [timestep][example][1]."""
    arriving = np.concatenate([np.zeros((3, 1)), SPIKES.mean(axis=2)[:, :-1]], axis=1).T
    activity = [np.zeros(3)]
    for now in arriving:
        activity.append(np.exp(-DT / 3.0) * activity[-1] + now)
    return np.array(activity[1:])[:, :, np.newaxis]


TIMES = DT * np.arange(STEPS)[:, np.newaxis, np.newaxis]

PART = TIMES / (STEPS * DT)
WINDOW = 1.4, 4.5
INSIDE = slice(3, 9)
"""The timesteps in the window."""

ROWS = (
    row(AvgVar, lambda v, spiked, after: v.mean(axis=0)),
    row(AvgVarExpWeight, lambda v, spiked, after: (np.exp(-TIMES / (STEPS * DT)) * v).mean(axis=0)),
    row(AvgVarLinWeight, lambda v, spiked, after: ((1.0 - PART) * v).mean(axis=0)),
    row(AvgVarSigmoidWeight, lambda v, spiked, after: (v / (1.0 + np.exp((PART - 0.5) / 0.2))).mean(axis=0)),
    row(lambda: AvgVarInputWeight(3.0), lambda v, spiked, after: (input_activity() * v).mean(axis=0)),
    row(SumVar, lambda v, spiked, after: v.sum(axis=0)),
    row(MaxVar, lambda v, spiked, after: v.max(axis=0)),
    row(Var, lambda v, spiked, after: after[-1]),
    row(SpikeCount, lambda v, spiked, after: spiked.sum(axis=0)),
    row(FirstSpikeTime, lambda v, spiked, after: np.where(spiked, -TIMES, LOWEST).max(axis=0)),
    row(lambda: AvgVar(*WINDOW), lambda v, spiked, after: v[INSIDE].mean(axis=0), "window"),
    row(
        lambda: AvgVarExpWeight(*WINDOW),
        lambda v, spiked, after: (np.exp(-(TIMES[INSIDE] - TIMES[3]) / (6 * DT)) * v[INSIDE]).mean(axis=0),
        "window",
    ),
    row(
        lambda: AvgVarLinWeight(*WINDOW),
        lambda v, spiked, after: ((1.0 - (TIMES[INSIDE] - TIMES[3]) / (6 * DT)) * v[INSIDE]).mean(axis=0),
        "window",
    ),
    row(
        lambda: AvgVarInputWeight(3.0, *WINDOW),
        lambda v, spiked, after: (input_activity() * v)[INSIDE].mean(axis=0),
        "window",
    ),
    row(lambda: SumVar(window_start=1.5), lambda v, spiked, after: v[3:].sum(axis=0), "window"),
    row(lambda: MaxVar(window_end=4.5), lambda v, spiked, after: v[:9].max(axis=0), "window"),
    row(lambda: SpikeCount(*WINDOW), lambda v, spiked, after: spiked[INSIDE].sum(axis=0), "window"),
    row(
        lambda: FirstSpikeTime(*WINDOW),
        lambda v, spiked, after: np.where(spiked, -TIMES, LOWEST)[INSIDE].max(axis=0),
        "window",
    ),
)
