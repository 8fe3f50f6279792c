"""The same bits whatever the threads, schedules, calls, kernels, their tiles and blocks, the vectors, the optimiser."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable, emit
from ml_genn.engines.embedded.cpu.build import flags
from ml_genn.engines.embedded.cpu.emit import (
    convolution,
    delivery,
    dense,
    dense_joint,
    kernel,
    lanes,
    neuron_update,
    passes,
    propagation,
    sparse,
    tiles,
    transpose,
    unit,
)
from ml_genn.engines.embedded.cpu.run import library, schedule, stage
from ml_genn.engines.embedded.language.types import DOUBLE, Precision
from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.engines.embedded.plan.storage import Storage
from tests.engine.agreement import differing
from tests.engine.everything import INEXACT, STEPS, everything
from tests.engine.plans import PlanMaker, load

BATCHES = (1, 5, 13, 32)
THREADS = (1, 2, 7)

SLOW = pytest.mark.slow  # each other source takes the compiler four seconds

Patch = pytest.MonkeyPatch


def outcome(
    batch_size: int, *, threads: int | None, calls: tuple[int, ...] = (STEPS,), double: bool = False
) -> Storage:
    """All arrays after the steps, in calls of so many, and all custom updates; without threads, on the reference."""
    maker = PlanMaker(batch_size, Precision(DOUBLE, DOUBLE) if double else Precision(), seed=3)
    everything(maker)
    engine = {} if threads is None else {"engine": partial(CpuExecutable, threads=threads)}
    executable, storage = load(maker, **engine)
    clock = Clock(example_offset=4)
    for steps in calls:
        executable.run(clock, steps)
    for group in maker.custom_updates:
        executable.custom_update(group, clock)
    executable.close()
    for name in [name for name in storage if name.endswith(".ids")]:  # beyond the count they mean nothing
        storage[name][np.arange(storage[name].shape[-1]) >= storage[name.replace(".ids", ".counts")]] = 0
    return storage


@cache
def expected(batch_size: int, double: bool = False) -> Storage:
    """What the reference says."""
    return outcome(batch_size, threads=None, double=double)


@cache
def usual(batch_size: int) -> Storage:
    """What the cpu engine says, with kernels as it chooses them and one thread."""
    return outcome(batch_size, threads=1)


def test_the_plan_moves() -> None:
    """What is compared does not stand still: spikes, events, and sums that depend on their order."""
    storage = expected(5)
    spiking = {name: float(np.unpackbits(storage[f"{name}.recorded"].view(np.uint8)).mean()) for name in RATES}
    assert all(low < spiking[name] < high for name, (low, high) in RATES.items()), spiking
    assert storage["seen"].any()
    assert not [n for n, v in storage.items() if v.dtype.kind == "f" and not np.isfinite(v).all()]
    still = [
        n
        for n in storage
        if n.split(".")[0] in ("plain", "strided", "pooled", "dense", "sparse", "single", "repeating")
        and not storage[n].any()
    ]
    assert [name for name in still if not name.endswith(".w")] == []


RATES = {"played": (0.05, 0.3), "rare": (0.02, 0.08), "some": (0.2, 0.4), "dense": (0.85, 1.0), "hidden": (0.02, 0.7)}


@pytest.mark.parametrize("batch_size", [1, 5, *(pytest.param(size, marks=SLOW) for size in (13, 32))])
@pytest.mark.parametrize("double", [False, pytest.param(True, marks=SLOW)], ids=["float", "double"])
def test_the_reference_s_bits(batch_size: int, double: bool) -> None:
    ours = expected(batch_size, double)
    theirs = outcome(batch_size, threads=2, double=double)
    assert [name for name in differing(ours, theirs) if not name.startswith(INEXACT)] == []


@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("threads", THREADS)
def test_threads(batch_size: int, threads: int, every_block_shared: None) -> None:
    assert differing(usual(batch_size), outcome(batch_size, threads=threads)) == []


@pytest.mark.parametrize("calls", [(1,) * STEPS, (2, 0, 3, 1, 2)], ids=str)
def test_calls(calls: tuple[int, ...]) -> None:
    assert differing(usual(5), outcome(5, threads=2, calls=calls)) == []


FORCED: set[str] = {"RUN", "TILE", "BITS", "LEAST_BYTES", "_VECTORS", "_LINE", "_ROWS"}
"""Names of the constants that some test gives another value; the first ones in tests/engine/test_delays.py and
tests/engine/cpu/test_dense_training.py."""


def in_header(name: str, old: str, new: str) -> Callable[[Patch], None]:
    """Another line in a header of generated C."""
    FORCED.update(old.split()[1:2])

    def force(patch: Patch) -> None:
        read = unit._include

        def include(header: str) -> str:
            text = read(header)
            if header != name:
                return text
            assert old in text, f"{name} has no '{old}' any more"
            return text.replace(old, new)

        patch.setattr(unit, "_include", include)

    return force


def setting(owner: object, name: str, value: Any) -> Callable[[Patch], None]:
    """Another value of a constant, or another function."""
    FORCED.add(name)
    return lambda patch: patch.setattr(owner, name, value)


def option(text: str) -> Callable[[Patch], None]:
    """One more option of the compiler."""
    return lambda patch: patch.setattr(flags, "_COMMON", (*flags._COMMON, text))


def both(*forces: Callable[[Patch], None]) -> Callable[[Patch], None]:
    """Several at once."""

    def force(patch: Patch) -> None:
        for each in forces:
            each(patch)

    return force


def never(_: object) -> bool:
    """In place of a question whether a kernel fits."""
    return False


BLOCK_A_STEP = in_header("runtime.c", "#define GEN_BLOCK_SECONDS 0.02", "#define GEN_BLOCK_SECONDS 0")
RUNTIME = {
    "every block shared": in_header("runtime.c", "#define GEN_PARALLEL_SECONDS 5e-5", "#define GEN_PARALLEL_SECONDS 0"),
    "a step a block": BLOCK_A_STEP,
    "blocks that grow slowly": in_header("runtime.c", "#define GEN_GROWTH 8", "#define GEN_GROWTH 1.5"),
    "disturbed times forgotten slowly": in_header(
        "runtime.c", "#define GEN_FORGETTING 1.1", "#define GEN_FORGETTING 1.01"
    ),
    "sleepers look often": in_header("teams.h", "#define GEN_SLEEP_NS 50000", "#define GEN_SLEEP_NS 1000"),
    "a block a call": in_header("runtime.c", "#define GEN_CALL_SECONDS 0.1", "#define GEN_CALL_SECONDS 1e-9"),
}

KERNELS = {
    "rows one by one": setting(delivery, "MERGED_ROWS", 1),
    "rows in threes": setting(delivery, "MERGED_ROWS", 3),
    "rows that feed back one by one": setting(delivery, "FEEDING_ROWS", 1),
    "tiles of one vector": setting(tiles, "_TILES", (1,)),
    "tiles of six vectors": setting(tiles, "_TILES", (6, 3)),
    "tiles of short vectors": setting(tiles, "_TILES", ()),
    "large tiles where registers are few": in_header(
        "vectors.h", "#define GEN_REGISTERS 16", "#define GEN_REGISTERS 32"
    ),
    "small tiles where registers are many": in_header(
        "vectors.h", "#define GEN_REGISTERS 32", "#define GEN_REGISTERS 16"
    ),
    "spikes listed one by one": in_header("spikes.h", "#if defined(__AVX512F__)", "#if 0 && defined(__AVX512F__)"),
    "spikes listed in sixteens": in_header("spikes.h", "#if defined(__AVX512VBMI2__)", "#if 0"),
    "nobody waits": setting(unit, "waiting", lambda _: {}),
    "tiles of one addition": setting(tiles, "_STATEMENTS", 1),
    "three synapses together": setting(sparse, "TOGETHER", 3),
    "targets one by one": setting(sparse, "is_arithmetic", never),
    "rows asked for at once": setting(sparse, "ROWS_AHEAD", 1),
    "short prefetches": both(
        in_header("prefetch.h", "#define GEN_PREFETCH_BYTES 8192", "#define GEN_PREFETCH_BYTES 1"),
        in_header("prefetch.h", "#define GEN_LINE_BYTES 64", "#define GEN_LINE_BYTES 16"),
    ),
    "two examples at once": both(setting(dense_joint, "EXAMPLES", 2), setting(propagation, "EXAMPLES", 2)),
    "two examples at once, always": both(
        setting(dense_joint, "EXAMPLES", 2),
        setting(propagation, "EXAMPLES", 2),
        in_header("vectors.h", "#define GEN_DENSE_PERCENT 48", "#define GEN_DENSE_PERCENT 0"),
        in_header("vectors.h", "#define GEN_DENSE_PERCENT 90", "#define GEN_DENSE_PERCENT 0"),
    ),
    "five examples at once, one vector each": both(
        setting(dense_joint, "EXAMPLES", 5), setting(propagation, "EXAMPLES", 5), setting(dense_joint, "_TILES", (1,))
    ),
    "never several examples at once": setting(propagation, "can_join", never),
    "matrices turned four by four": setting(transpose, "_TILE", 4),
    "no tiles in dense layers": setting(dense, "is_arithmetic", never),
    "convolutions scatter": setting(convolution, "is_arithmetic", never),
    "neurons one by one": setting(neuron_update, "_body", lambda _: passes.InPasses()),
    "neurons in lanes": setting(neuron_update, "_body", lambda _: lanes.InLanes(whole=False)),
    "blocks of 64 neurons": in_header("spikes.h", "#define GEN_BLOCK 1024", "#define GEN_BLOCK 64"),
    "lanes of 8 neurons": in_header("spikes.h", "#define GEN_LANES 64", "#define GEN_LANES 8"),
    "vectors of 16 bytes": in_header("vectors.h", "#define GEN_VECTOR_BYTES", "#define GEN_VECTOR_BYTES 16 //"),
    "vectors of 64 bytes": in_header("vectors.h", "#define GEN_VECTOR_BYTES", "#define GEN_VECTOR_BYTES 64 //"),
    "no vectors in the processor": option("-mno-avx"),
    "hardly optimised": option("-O1"),
}


STEP_BY_STEP = setting(stage, "LEAST_AHEAD_STEPS", 1000)
AHEAD = both(
    setting(stage, "LEAST_AHEAD_STEPS", 1), setting(stage, "CACHE_BYTES", 0), setting(stage, "LARGEST_SHARE", 1.0)
)
OWNED, SHARED = (setting(stage, "SHARED_SECONDS", seconds) for seconds in (1000.0, 0.0))
TWO_STEPS = both(setting(schedule, "MOST_STEPS", 2), setting(schedule, "LEAST_STEPS", 2))
SCHEDULES = {
    "step by step": both(STEP_BY_STEP, OWNED),
    "components ahead": both(AHEAD, OWNED),
    "components two steps ahead": both(AHEAD, OWNED, TWO_STEPS),
    "lists of no step fit": both(AHEAD, SHARED, setting(schedule, "LIST_BYTES", 0)),
    "examples shared": both(AHEAD, SHARED),
    "examples shared, two steps ahead": both(AHEAD, SHARED, TWO_STEPS),
    "parts of 192 neurons": both(AHEAD, SHARED, setting(kernel, "PART", 192)),
    "nobody looks twice": both(AHEAD, SHARED, in_header("teams.h", "#define GEN_SPINS 1000", "#define GEN_SPINS 0")),
    "sharing and not in turn": both(
        AHEAD,
        SHARED,
        in_header("runtime.c", "#define GEN_TRIAL_BLOCKS 100", "#define GEN_TRIAL_BLOCKS 1"),
        BLOCK_A_STEP,
    ),
}


QUICK_SCHEDULES = ("components two steps ahead", "examples shared", "examples shared, two steps ahead")


@pytest.mark.parametrize(
    "choice", [pytest.param(name, marks=() if name in QUICK_SCHEDULES else SLOW) for name in SCHEDULES]
)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_schedules(choice: str, batch_size: int, monkeypatch: Patch) -> None:
    theirs = usual(batch_size)
    force = both(RUNTIME["every block shared"], SCHEDULES[choice])
    for _ in other_runtime(monkeypatch, force):
        for threads in THREADS:
            assert differing(theirs, outcome(batch_size, threads=threads)) == []


@pytest.fixture
def every_block_shared(monkeypatch: Patch) -> Iterator[None]:
    """Threads share work however small it is."""
    yield from other_runtime(monkeypatch, RUNTIME["every block shared"])


def other_runtime(patch: Patch, force: Callable[[Patch], None]) -> Iterator[None]:
    """A time loop of its own for this test."""
    force(patch)
    patch.setattr(library, "runtime", cache(library.runtime.__wrapped__))
    library.runtime()
    yield


@pytest.mark.parametrize("choice", RUNTIME)
def test_blocks_of_steps(choice: str, monkeypatch: Patch) -> None:
    for _ in other_runtime(monkeypatch, RUNTIME[choice]):
        assert differing(usual(13), outcome(13, threads=2)) == []


ALWAYS = {
    "MAX_SHARDS": "decides the result: the batch is summed in so many shards, in plan, reference and cpu engine",
    "ABI_VERSION": "decides nothing but what is compiled anew",
    "GEN_MAX_THREADS": "more threads than any test starts",
}


def test_every_number_that_kernels_are_made_of_is_forced() -> None:
    """Whole numbers, and tuples of them, at the top of emitters, and numbers in headers."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(emit.__path__, f"{emit.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            values = value if isinstance(value, tuple) else (value,)
            if re.fullmatch(r"_?[A-Z][A-Z0-9_]*", name) and values and all(type(one) is int for one in values):
                found.add(name)
    for header in (Path(emit.__path__[0]).parent / "include").iterdir():
        found.update(re.findall(r"#define (GEN_[A-Z_]+) [\d.]", header.read_text()))
    assert found >= {"MERGED_ROWS", "GEN_BLOCK", "GEN_CALL_SECONDS"}
    assert found - FORCED == {*ALWAYS}


QUICK = ("convolutions scatter", "neurons in lanes", "vectors of 16 bytes")


@pytest.mark.parametrize("choice", [pytest.param(name, marks=() if name in QUICK else SLOW) for name in KERNELS])
def test_kernels(choice: str, monkeypatch: Patch) -> None:
    theirs = [usual(5), usual(1)]
    before = source()
    KERNELS[choice](monkeypatch)
    if not choice.endswith(("processor", "optimised")):
        assert source() != before, "the choice changes nothing"
    assert differing(theirs[0], outcome(5, threads=2)) == []
    assert differing(theirs[1], outcome(1, threads=1)) == []


@SLOW
def test_another_order_is_seen(monkeypatch: Patch) -> None:
    theirs = usual(5)
    # what -ffast-math asks for in sums; -ffast-math itself would flush denormal numbers in this process for good
    both(*map(option, ("-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math")))(monkeypatch)
    assert [name for name in differing(theirs, outcome(5, threads=1)) if not name.startswith(INEXACT)] != []


def source() -> str:
    """Generated C."""
    maker = PlanMaker(5)
    everything(maker)
    return unit.emit_unit(maker.plan()).source
