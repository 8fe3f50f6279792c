"""Plans of one connection whose presynaptic neurons fire in a fixed random pattern, the same in every step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import ModuleType
from unittest.mock import patch

import numpy as np

from benchmarks.engine.harness import Contestant, timed
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.plan.plan import Axis, Clock, Connectivity, Propagation
from ml_genn.engines.embedded.plan.storage import Storage
from tests.engine.plans import PlanMaker, load

BATCH, STEPS = 32, 10


def connection(
    num_pre: int,
    num_post: int,
    synapses: int,
    connectivity: Connectivity,
    density: float,
    code: str = "addToPost(g);",
    batch: int = BATCH,
) -> PlanMaker:
    """A population of fixed spikes, and one propagation."""
    maker = PlanMaker(batch_size=batch)
    generator = np.random.default_rng(0)
    fires = maker.variable("fires", num_pre, (generator.random((batch, num_pre)) < density).astype(float))
    x = maker.variable("x", num_pre, generator.random((batch, num_pre)), axis=Axis.PRE)
    weights = maker.variable("g", synapses, generator.normal(size=synapses), axis=Axis.SYNAPSE, batched=False)
    queue, target = maker.queue("pre", num_pre), maker.array("target", num_post, 0.0, batched=True)
    compiled = maker.code(code, {"g": weights, "x": x}, ["addToPost"])
    maker.step.append(Propagation("syn", 3, num_pre, num_post, queue, 0, connectivity, compiled, target))
    maker.neurons("pre", num_pre, threshold=maker.condition("fires > 0.0", {"fires": fires}), queue=queue)
    return maker


@contextmanager
def without(*functions: tuple[ModuleType, str]) -> Iterator[None]:
    """Kernels without something: who asks whether it can be used is told no, and who writes it writes nothing."""
    with ExitStack() as patches:
        for module, name in functions:
            patches.enter_context(patch.object(module, name, lambda *_: False))
        yield


def engine(maker: PlanMaker, threads: int = 1, steps: int = STEPS) -> tuple[Contestant, Storage]:
    """What runs so many steps, and its memory after a first step."""
    executable, storage = load(maker, partial(CpuExecutable, threads=threads))
    clock = Clock()
    executable.run(clock, 1)
    return timed(lambda: executable.run(clock, steps)), storage
