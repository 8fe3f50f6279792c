"""Runs one plan on the cpu engine and on the reference and compares every array, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.engines.embedded.plan.storage import Executable, Storage
from tests.engine.plans import PlanMaker, load

THREADS = (1, 2, 7)

Action = Callable[[Executable, Storage, Clock], None]


def steps(count: int) -> Action:
    """Runs `count` steps."""
    return lambda executable, _, clock: executable.run(clock, count)


def update(group: str) -> Action:
    """Runs a custom update group."""
    return lambda executable, _, clock: executable.custom_update(group, clock)


def outcome(maker: PlanMaker, actions: list[Action], threads: int | None = None) -> Storage:
    """All arrays after the actions, on the cpu engine with so many threads, or (None) on the reference."""
    engine = {} if threads is None else {"engine": partial(CpuExecutable, threads=threads)}
    executable, storage = load(maker, **engine)
    clock = Clock()
    for action in actions:
        action(executable, storage, clock)
    executable.close()
    for name in [name for name in storage if name.endswith(".ids")]:
        # ids beyond the count mean nothing; the cpu engine's stores, free of branches, leave some there
        beyond = np.arange(storage[name].shape[2]) >= storage[name.replace(".ids", ".counts")]
        storage[name][beyond] = 0
    return storage


def assert_agree(maker: PlanMaker, *actions: Action, ulps: int = 0) -> Storage:
    """All arrays equal the reference's for 1, 2 and 7 threads; floats up to `ulps` units in the last place."""
    expected = outcome(maker, list(actions))
    for threads in THREADS:
        got = outcome(maker, list(actions), threads)
        for name, values in expected.items():
            close = np.testing.assert_array_max_ulp if ulps and values.dtype.kind == "f" else same_bits
            close(got[name], values, *((ulps,) if close is not same_bits else ()))
    return expected


def same_bits(got: np.ndarray, expected: np.ndarray) -> None:
    """Every number equal; NaN equals NaN."""
    np.testing.assert_array_equal(got, expected)
