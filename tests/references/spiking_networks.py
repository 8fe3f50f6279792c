"""Spiking networks of a stage graph in plain numpy, one timestep and one spike at a time.

The independent truth for conversion: weights are written out as matrices, nothing is shared with the engine, and the
time loops follow the papers. Small networks only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_genn_tf.execute_stages import run_path
from ml_genn_tf.ir import size
from ml_genn_tf.stages import Path, Stage, StageGraph

Array = NDArray[np.float64]
Spikes = NDArray[np.int8]


def matrix(path: Path, shape: tuple[int, ...]) -> Array:
    """The path as a matrix (source neurons, target neurons): its images of the unit vectors."""
    units = np.eye(size(shape)).reshape(-1, *shape)
    return run_path(path, units).reshape(size(shape), -1)


def windows(stage: Stage) -> NDArray[np.bool_]:
    """Which source neurons (rows) lie in which pooling window (columns)."""
    assert stage.pool is not None
    source = size(stage.pool_shape)
    inside = np.zeros((source, size(stage.shape)), bool)
    rows, cols, channels = stage.shape
    (top, _), (left, _) = stage.pool.padding
    ids = np.arange(source).reshape(stage.pool_shape)
    for row in range(rows):
        for col in range(cols):
            first_row, first_col = row * stage.pool.strides[0] - top, col * stage.pool.strides[1] - left
            cells = ids[
                max(first_row, 0) : first_row + stage.pool.pool[0], max(first_col, 0) : first_col + stage.pool.pool[1]
            ]
            for channel in range(channels):
                inside[cells[:, :, channel].ravel(), (row * cols + col) * channels + channel] = True
    return inside


@dataclass
class FewSpikeRun:
    """Spikes of each stage, (examples, neurons, K), and values of the outputs, (examples, neurons)."""

    spikes: dict[str, Spikes]
    outputs: dict[str, Array]

    def codes(self, name: str) -> NDArray[np.int64]:
        """The integers that the spikes spell, most significant bit first."""
        k = self.spikes[name].shape[-1]
        return self.spikes[name].astype(np.int64) @ (1 << np.arange(k - 1, -1, -1))


def few_spike(stages: StageGraph, alphas: Mapping[str, float], k: int, x: Mapping[str, Array]) -> FewSpikeRun:
    """Every stage encodes its drive in K spikes by h_t = alpha 2^-(1+t), after a shift of half the last bit.

    A signed input sends spikes of its value's sign. Source: Stöckl and Maass, Nature Machine Intelligence 3 (2021).
    """
    run = FewSpikeRun({}, {})
    for stage in stages.stages:
        if stage.kind == "input":
            flat = np.asarray(x[stage.name], float).reshape(len(x[stage.name]), -1)
            signs = np.where(flat < 0, -1, 1).astype(np.int8)
            run.spikes[stage.name] = _encode(np.abs(flat), alphas[stage.name], k) * signs[..., None]
        elif stage.kind == "max_pool":
            run.spikes[stage.name] = _leading(run.spikes[stage.paths[0].source], windows(stage))
        else:
            drive = _few_spike_drive(stages, stage, alphas, k, run)
            if stage.kind == "output":
                run.outputs[stage.name] = drive
            else:
                run.spikes[stage.name] = _encode(drive, alphas[stage.name], k)
    return run


def _few_spike_drive(stages: StageGraph, stage: Stage, alphas: Mapping[str, float], k: int, run: FewSpikeRun) -> Array:
    drive: Array = stage.bias.reshape(1, -1)
    for path in stage.paths:
        weight = matrix(path, stages[path.source].shape)
        for t in range(k):
            drive = drive + (run.spikes[path.source][..., t] @ weight) * (alphas[path.source] * 2.0 ** -(1 + t))
    return drive


def _encode(value: Array, alpha: float, k: int) -> Spikes:
    left = value + 0.5 * alpha * 2.0**-k
    spikes = np.zeros((*value.shape, k), np.int8)
    for t in range(k):
        height = alpha * 2.0 ** -(1 + t)
        spikes[..., t] = left >= height
        left = left - height * spikes[..., t]
    return spikes


def _leading(spikes: Spikes, inside: NDArray[np.bool_]) -> Spikes:
    """Bit by bit: a window spikes if a candidate still in the lead does, and then drops those that did not."""
    pooled = np.zeros((len(spikes), inside.shape[1], spikes.shape[-1]), np.int8)
    alive = np.repeat(inside[None], len(spikes), axis=0)
    for t in range(spikes.shape[-1]):
        fires = alive & (spikes[..., t] == 1)[:, :, None]
        pooled[..., t] = fires.any(axis=1)
        alive = np.where(pooled[:, None, :, t] == 1, fires, alive)
    return pooled


@dataclass
class RateRun:
    """Spikes of each stage, (timesteps, examples, neurons), and the outputs' membranes after every step.

    `charges`: the most that a neuron of each integrating stage was given in one step, synapses and bias together.
    """

    spikes: dict[str, Spikes]
    membranes: dict[str, Array]
    charges: dict[str, float]


def rate(
    stages: StageGraph,
    scales: Mapping[str, float],
    timesteps: int,
    inputs: Callable[[str, int], NDArray[np.integer]],
) -> RateRun:
    """Integrate-and-fire neurons, threshold `scales[stage]`, reset to zero; a spike is worth the scale of its sender.

    `inputs(name, step)` gives the input's spikes, (examples, neurons). Each spike arrives one step later; biases act
    in every step. A pooling neuron spikes with the input of its window that has spiked most often, whenever the
    number of its leader's spikes rises.
    """
    populations = [_RatePopulation(stages, stage, scales) for stage in stages.stages if stage.kind != "input"]
    spikes: dict[str, list[Spikes]] = {stage.name: [] for stage in stages.stages}
    traces: dict[str, list[Array]] = {name: [] for name in stages.outputs}
    for step in range(timesteps):
        before = {name: trace[-1] for name, trace in spikes.items() if trace}
        for name in stages.inputs:
            spikes[name].append(np.asarray(inputs(name, step), np.int8))
        for population in populations:
            fired = population.step(before, len(spikes[stages.inputs[0]][0]))
            spikes[population.stage.name].append(fired)
            if population.stage.kind == "output":
                traces[population.stage.name].append(population.state.copy())
    return RateRun(
        {name: np.array(trace) for name, trace in spikes.items()},
        {name: np.array(trace) for name, trace in traces.items()},
        {population.stage.name: population.largest for population in populations},
    )


def spike_norm(
    stages: StageGraph,
    input_scales: Mapping[str, float],
    timesteps: int,
    inputs: Callable[[str, int], NDArray[np.integer]],
) -> dict[str, float]:
    """Scales of all spiking stages: layer after layer, the largest charge of one step while the layer does not fire.

    Source: Sengupta et al., Frontiers in Neuroscience 13 (2019), algorithm 1.
    """
    scales = dict(input_scales)
    for at, stage in enumerate(stages.stages):
        if stage.kind == "max_pool":
            scales[stage.name] = scales[stage.paths[0].source]
        elif stage.kind == "relu":
            earlier = StageGraph(stages.stages[: at + 1], stages.inputs, ())
            silent = {**scales, stage.name: np.inf}
            scales[stage.name] = rate(earlier, silent, timesteps, inputs).charges[stage.name]
    return scales


LARGEST_MATRIX = 2**22
"""Weights that are written out; a path with more of them is run as the ANN runs it."""


def _weights(path: Path, shape: tuple[int, ...], scale: float) -> Callable[[Spikes], Array]:
    """What the spikes of one step, (examples, neurons), add to each target."""
    outputs = run_path(path, np.zeros((1, *shape))).size
    if size(shape) * outputs > LARGEST_MATRIX:
        return lambda spikes: scale * run_path(path, spikes.astype(float).reshape(-1, *shape)).reshape(len(spikes), -1)
    written_out = matrix(path, shape) * scale
    return lambda spikes: spikes @ written_out


def _cells(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The source neurons of each window in a row, filled up with one after the last."""
    rows = [np.flatnonzero(column) for column in inside.T]
    longest = max(map(len, rows))
    return np.array([np.pad(row, (0, longest - len(row)), constant_values=len(inside)) for row in rows])


class _RatePopulation:
    """State: the membrane, or for pooling the spikes that each source neuron has sent."""

    def __init__(self, stages: StageGraph, stage: Stage, scales: Mapping[str, float]) -> None:
        self.stage = stage
        self.threshold = scales.get(stage.name, np.inf) if stage.kind != "output" else np.inf
        self.sources = [path.source for path in stage.paths]
        self.state = np.zeros((1, size(stage.pool_shape if stage.pool else stage.shape)))
        self.largest = -np.inf
        if stage.pool:
            self.cells = _cells(windows(stage))
        else:
            self.weights = [_weights(path, stages[path.source].shape, scales[path.source]) for path in stage.paths]

    def step(self, before: Mapping[str, Spikes], examples: int) -> Spikes:
        if len(self.state) != examples:
            self.state = np.repeat(self.state, examples, axis=0)
        return self._pool(before) if self.stage.pool else self._integrate(before)

    def _pool(self, before: Mapping[str, Spikes]) -> Spikes:
        highest = self._highest()
        self.state += before.get(self.sources[0], 0)
        return (self._highest() > highest).astype(np.int8)

    def _highest(self) -> Array:
        return np.pad(self.state, ((0, 0), (0, 1)))[:, self.cells].max(axis=2)

    def _integrate(self, before: Mapping[str, Spikes]) -> Spikes:
        charge = np.repeat(self.stage.bias.reshape(1, -1), len(self.state), axis=0)
        for source, weight in zip(self.sources, self.weights, strict=True):
            if source in before:
                charge += weight(before[source])
        self.largest = max(self.largest, float(charge.max()))
        self.state += charge
        fired = self.state >= self.threshold
        self.state[fired] = 0.0
        return fired.astype(np.int8)
