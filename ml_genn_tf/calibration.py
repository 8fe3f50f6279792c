"""What a method may know about data before it chooses thresholds: the range of every stage on calibration examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import DataError

from .execute import Activation, by_name
from .execute_stages import run_stages, value_of
from .ir import Array, size
from .stages import StageGraph

CHUNK_BYTES = 128 * 2**20
"""Bound of the values of all stages that are held at a time."""


@final
@dataclass(frozen=True, kw_only=True)
class Range:
    """Smallest and largest value of a stage over neurons and examples."""

    low: float
    high: float

    @property
    def magnitude(self) -> float:
        """max |value|."""
        return max(-self.low, self.high, 0.0)


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """The range of every stage, by name; how many examples it was measured on, and where these came from, in words.

    `inputs` are the examples themselves by input name, `run` the compiler's arguments for methods that run spiking
    networks on them.
    """

    ranges: Mapping[str, Range]
    examples: int
    source: str
    inputs: Mapping[str, Array] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)

    def first(self, examples: int | None) -> Calibration:
        """The same with at most the first so many examples to run networks on; ranges stay those of all of them."""
        if examples is None or examples >= self.examples:
            return self
        inputs = {name: array[:examples] for name, array in self.inputs.items()}
        return replace(self, inputs=inputs, examples=examples)

    def signed_inputs(self, stages: StageGraph) -> frozenset[str]:
        """The inputs that have negative values on these examples."""
        return frozenset(name for name in stages.inputs if self.ranges[name].low < 0)


def calibrate(
    stages: StageGraph,
    x: ArrayLike | Mapping[str, ArrayLike],
    *,
    source: str,
    run: Mapping[str, Any] | None = None,
) -> Calibration:
    """Runs the ANN on the examples `x`, a chunk at a time, and keeps the range of each stage.

    `x`: (examples, *shape), or one such array for each input by name; `run`: see Calibration.

    Raises DataError for no examples, or values that are not finite; ShapeError for a shape that does not fit.
    """
    arrays = checked_inputs(stages, x, "calibration data")
    ranges: dict[str, Range] = {}
    for values in stage_values(stages, arrays):
        for name, value in values.items():
            ranges[name] = _extended(ranges.get(name), float(value.min()), float(value.max()))
    examples = len(next(iter(arrays.values())))
    return Calibration(ranges=ranges, examples=examples, source=source, inputs=arrays, run=run or {})


def _extended(seen: Range | None, low: float, high: float) -> Range:
    return Range(low=min(low, seen.low), high=max(high, seen.high)) if seen else Range(low=low, high=high)


def checked_inputs(stages: StageGraph, x: ArrayLike | Mapping[str, ArrayLike], what: str) -> dict[str, Array]:
    """The arrays by input name as float32.

    Raises DataError, naming `what` they are, for no examples or values that are not finite, and ShapeError for shapes.
    """
    shapes = {name: stages[name].shape for name in stages.inputs}
    arrays = by_name(stages.inputs, shapes, x, np.float32)
    check_values(arrays, what)
    return arrays


def check_values(arrays: Mapping[str, Array], what: str) -> None:
    """Raises DataError, naming `what` they are, for no examples or values that are not finite."""
    for name, array in arrays.items():
        if array.ndim == 0 or len(array) == 0:
            raise DataError(f"{what} of input {name} is empty; give at least one example")
        if not np.isfinite(array).all():
            bad = int(np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))[0])
            raise DataError(f"{what} of input {name} holds NaN or infinite values, first in example {bad}; remove them")


def stage_values(stages: StageGraph, x: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """The ANN's value of every stage, by stage name, for consecutive chunks of the examples.

    Chunks are as large as `CHUNK_BYTES` allows.
    """
    names = tuple(stage.name for stage in stages.stages)
    chunk = max(1, CHUNK_BYTES // (4 * sum(size(stage.shape) for stage in stages.stages)))
    for at in range(0, len(next(iter(x.values()))), chunk):
        yield run_stages(stages, {name: array[at : at + chunk] for name, array in x.items()}, keep=names)


def drive_ranges(stages: StageGraph, names: Iterable[str], calibration: Calibration) -> dict[str, tuple[float, float]]:
    """The smallest and the largest drive of stages, by name, on the calibration examples: what their functions get."""
    found = dict.fromkeys(names, (np.inf, -np.inf))

    def watching(name: str) -> Activation:
        def watch(drive: Array) -> Array:
            low, high = found[name]
            found[name] = (min(low, float(drive.min())), max(high, float(drive.max())))
            return value_of(stages[name], drive)

        return watch

    run_stages(stages, calibration.inputs, activations={name: watching(name) for name in found})
    return found
