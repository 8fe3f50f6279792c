"""Runs one plan on two engines and compares every number in memory, bit by bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml_genn.engines.embedded.plan.plan import Clock, Plan
from ml_genn.engines.embedded.plan.storage import Executable, Storage
from ml_genn.engines.embedded.reference import ReferenceExecutable
from tests.engine.plans import PlanMaker, load

Engine = Callable[[Plan, Storage], Executable]
Look = Callable[[Storage], None]


def memories(maker: PlanMaker, engine: Engine, steps: int, prepare: Look | None = None) -> tuple[Storage, Storage]:
    """Memory of the reference and of another engine after `steps` steps and each group of custom updates.

    `prepare` fills memory before each run.
    """
    return _memory(maker, ReferenceExecutable, steps, prepare), _memory(maker, engine, steps, prepare)


def _memory(maker: PlanMaker, engine: Engine, steps: int, prepare: Look | None) -> Storage:
    executable, storage = load(maker, engine)
    if prepare is not None:
        prepare(storage)
    clock = Clock(example_offset=3)
    executable.run(clock, steps)
    for group in maker.custom_updates:
        executable.custom_update(group, clock)
    executable.close()
    for name, values in storage.items():
        if name.endswith(".ids"):  # what lies beyond the count means nothing
            values[np.arange(values.shape[-1]) >= storage[name.replace(".ids", ".counts")]] = 0
    return storage


def differing(ours: Storage, theirs: Storage) -> list[str]:
    """Names of the arrays that differ."""
    return [name for name in ours if not equal_bits(ours[name], theirs[name])]


def equal_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Same shape, type and bytes; only the payload and sign of NaN, which C and IEEE 754 leave open, may differ."""
    if left.dtype.kind == "f":
        left, right = (np.where(np.isnan(values), np.full_like(values, np.nan), values) for values in (left, right))
    return left.shape == right.shape and left.tobytes() == right.tobytes()
