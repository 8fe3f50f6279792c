"""The rate method's network in plain numpy: soft reset, negative spikes, and spikes that arrive at once.

Layers without latency are what a layered compiler promises. Weights come as the paths of a stage graph; nothing is
shared with the engine.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml_genn_tf.execute_stages import run_path
from ml_genn_tf.ir import size
from ml_genn_tf.stages import Stage, StageGraph

from .spiking_networks import windows

Array = NDArray[np.float64]


def run(
    stages: StageGraph,
    thresholds: Mapping[str, Array],
    potentials: Mapping[str, Array],
    ternary: frozenset[str],
    timesteps: int,
    x: Mapping[str, Array],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Net spike counts of each hidden stage, (examples, neurons), and the membranes of the outputs after all steps.

    `thresholds` and `potentials`: one number for each neuron of a stage, of the stage's shape.
    """
    state: dict[str, Array] = {}
    counts: dict[str, Array] = {}
    examples = len(next(iter(x.values())))
    for _ in range(timesteps):
        sent = {name: np.asarray(values, float) for name, values in x.items()}
        for stage in stages.stages:
            if stage.kind == "input":
                continue
            shape = (examples, *stage.shape)
            before = counts.get(stage.name, np.zeros(shape))
            if stage.kind == "max_pool":
                spikes = _leading(stage, counts[stage.paths[0].source]) - before
                worth = thresholds[stage.paths[0].source]
                thresholds = {**thresholds, stage.name: worth.reshape(-1, worth.shape[-1])[0]}
            else:
                v = state.get(stage.name, np.zeros(shape) + potentials.get(stage.name, 0.0)) + stage.bias
                for path in stage.paths:
                    v = v + run_path(path, sent[path.source]).reshape(shape)
                spikes = _fired(v, before, stage, thresholds, ternary)
                state[stage.name] = v - spikes * thresholds.get(stage.name, 0.0)
            counts[stage.name] = before + spikes
            sent[stage.name] = spikes * thresholds.get(stage.name, 0.0)
    flat = {name: count.reshape(examples, -1) for name, count in counts.items() if name not in stages.outputs}
    return flat, {name: state[name].reshape(examples, -1) for name in stages.outputs}


def _fired(v: Array, before: Array, stage: Stage, thresholds: Mapping[str, Array], ternary: frozenset[str]) -> Array:
    if stage.kind == "output":
        return np.zeros(v.shape)
    back = (v < 0) & (before > 0) if stage.name in ternary else np.zeros(v.shape, bool)
    return np.where(v >= thresholds[stage.name], 1.0, np.where(back, -1.0, 0.0))


def _leading(stage: Stage, counts: Array) -> Array:
    inside = windows(stage)
    flat = counts.reshape(len(counts), size(stage.pool_shape))
    highest = np.where(inside, flat[:, :, None], 0).max(axis=1)
    return highest.reshape(len(counts), *stage.shape)
