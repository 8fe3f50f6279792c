"""Runs a stage graph with numpy: the value of each population for each example, without time or spikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .execute import CHUNK_BYTES, Activation, by_name, elements_per_example, evaluate, relu
from .ir import Array
from .stages import Path, Stage, StageGraph


def run_stages(
    stages: StageGraph,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    *,
    dtype: DTypeLike = np.float32,
    keep: Iterable[str] = (),
    activations: Mapping[str, Activation] | None = None,
) -> dict[str, Array]:
    """Values of the output stages and of those named in `keep`, each (examples, *shape).

    Parameters as for `execute.run`: `activations`, by stage name, take the place of the identity at an input and of
    max(drive, 0) at a relu stage. Raises ShapeError when inputs are missing or have another shape.
    """
    arrays = by_name(stages.inputs, {name: stages[name].shape for name in stages.inputs}, inputs, dtype)
    wanted = tuple(dict.fromkeys((*stages.outputs, *keep)))
    nodes = [op for stage in stages.stages for path in stage.paths for op in path.ops]
    largest = max([stage.bias.size for stage in stages.stages] + [elements_per_example(op) for op in nodes])
    chunk = max(1, CHUNK_BYTES // (largest * np.dtype(dtype).itemsize))
    examples = len(next(iter(arrays.values())))
    parts = [
        _run_chunk(stages, {name: array[at : at + chunk] for name, array in arrays.items()}, wanted, activations or {})
        for at in range(0, max(examples, 1), chunk)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in wanted}


def _run_chunk(
    stages: StageGraph, inputs: Mapping[str, Array], wanted: Sequence[str], activations: Mapping[str, Activation]
) -> dict[str, Array]:
    last_use = {path.source: at for at, stage in enumerate(stages.stages) for path in stage.paths}
    values = dict(inputs)
    for at, stage in enumerate(stages.stages):
        drive = values[stage.name] if stage.kind == "input" else drive_of(stage, values)
        activation = activations.get(stage.name)
        values[stage.name] = activation(drive) if activation else value_of(stage, drive)
        for source in {path.source for path in stage.paths}:
            if last_use[source] == at and source not in wanted:
                del values[source]
    return {name: values[name] for name in wanted}


VALUE_OF: Mapping[str, Callable[[Stage, Array], Array]] = {
    "input": lambda stage, drive: drive,
    "relu": lambda stage, drive: relu(drive, stage.ceiling),
    "curve": lambda stage, drive: drive if stage.curve is None else evaluate(stage.curve, [drive]),
    "max_pool": lambda stage, drive: drive,
    "output": lambda stage, drive: drive,
}


def value_of(stage: Stage, drive: Array) -> Array:
    """What a stage makes of its drive."""
    return VALUE_OF[stage.kind](stage, drive)


def drive_of(stage: Stage, values: Mapping[str, Array]) -> Array:
    """bias + sum over paths of path(source); for max-pooling the largest value of each window."""
    parts = [run_path(path, values[path.source]) for path in stage.paths]
    if stage.pool is not None:
        return evaluate(stage.pool, [parts[0].reshape(len(parts[0]), *stage.pool_shape)])
    drive = np.asarray(sum(parts[1:], start=parts[0])).reshape(len(parts[0]), *stage.shape)
    return drive + stage.bias.astype(drive.dtype)


def run_path(path: Path, value: Array) -> Array:
    """The path's linear map of a batch of source values."""
    for op in path.ops:
        value = evaluate(op, [value])
    return value
