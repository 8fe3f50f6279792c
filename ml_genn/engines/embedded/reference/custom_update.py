"""Custom update: runs its code for each element (and example), then combines reductions in the plan's fixed order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import (
    Builtin,
    CustomUpdate,
    Reduction,
    ReductionOperation,
    Transposition,
)
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import run_code
from ml_genn.engines.embedded.reference.lanes import grid
from ml_genn.engines.embedded.reference.shards import shards

InOrder = Callable[[NDArray[Any]], NDArray[Any]]
"""Combines an array over its first axis, from first to last."""


@final
class CustomUpdateKernel:
    """One custom update of a loaded model."""

    def __init__(self, update: CustomUpdate, surroundings: Surroundings) -> None:
        self.update = update
        self.surroundings = surroundings
        self.examples = update.copies(surroundings.batch_size)
        self.space = grid(self.examples, update.elements, batched=update.batched)

    def run(self) -> None:
        """Runs once."""
        update = self.update
        newest = self.surroundings.clock.ring - 1
        num_batch = self.surroundings.batch_size if update.batched else 1
        counts = {Builtin.NUM_NEURONS: update.elements, Builtin.NUM_BATCH: num_batch}
        frame = Frame(self.surroundings, self.space, newest, counts)
        frame.locals = {reduction.name: reduction.target.type.dtype.type(0) for reduction in update.reductions}
        run_code(update.code, frame, update.stream)
        frame.store(everywhere=[update.code.bindings[name] for name in update.broadcast])
        for reduction in update.reductions:
            values = np.broadcast_to(frame.locals[reduction.name], self.space.size)
            reduced = reduce(values.reshape(self.examples, update.elements), reduction)
            self.surroundings.storage[reduction.target.name][newest % reduction.target.slots] = reduced
        for transposition in update.transpositions:
            self._transpose(transposition)

    def _transpose(self, transposition: Transposition) -> None:
        source, target = (
            self.surroundings.storage[array.name] for array in (transposition.source, transposition.target)
        )
        matrix = source.reshape(*source.shape[:2], transposition.rows, transposition.columns)
        target[:] = np.swapaxes(matrix, 2, 3).reshape(target.shape)


def reduce(values: NDArray[Any], reduction: Reduction) -> NDArray[Any]:
    """Values [examples][elements] combined; a reduced axis keeps length one. Elements first, then the batch."""
    in_order = _IN_ORDER[reduction.operation]
    if reduction.over_elements:
        values = in_order(values.T)[:, np.newaxis]
    if reduction.over_batch:
        values = _over_batch(values, in_order)[np.newaxis, :]
    return values


def _over_batch(values: NDArray[Any], in_order: InOrder) -> NDArray[Any]:
    """Each shard in order, then neighbours pairwise until one is left."""
    parts = [in_order(values[shard]) for shard in shards(len(values))]
    while len(parts) > 1:
        pairs = [np.stack(parts[i : i + 2]) for i in range(0, len(parts), 2)]
        parts = [in_order(pair) for pair in pairs]
    return parts[0]


def _sum(values: NDArray[Any]) -> NDArray[Any]:
    """Sum over the first axis: zero, plus each in turn (`accumulate` never splits a sum, as `np.sum` does)."""
    total: NDArray[Any] = np.add.accumulate(values, axis=0)[-1] + values.dtype.type(0)
    return total


def _max(values: NDArray[Any]) -> NDArray[Any]:
    """Largest over the first axis: the lowest value, replaced by each larger one in turn, so never by NaN."""
    lowest = -np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).min
    largest = np.full(values.shape[1:], lowest, values.dtype)
    for row in values:
        largest = np.where(largest < row, row, largest)
    return largest


_IN_ORDER: dict[ReductionOperation, InOrder] = {ReductionOperation.SUM: _sum, ReductionOperation.MAX: _max}
