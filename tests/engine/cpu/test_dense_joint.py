"""Dense propagations of several examples at once: when they run, and numbers that a product would change."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.plan.plan import Axis, Clock, DenseConnectivity, Propagation
from tests.engine.agreement import differing
from tests.engine.cpu.test_same_bits import in_header
from tests.engine.plans import PlanMaker, Storage, load

PRE, POST, STEPS = 40, 70, 2
WITHOUT_MASKS = in_header("vectors.h", "& kept) ^ sign", "| ((bits){0} & kept)) ^ sign")
"""Adds the weights of silent neurons too, so that whoever runs this kernel gets another result."""


def outcome(rate: float, *, batch_size: int = 19, threads: int = 1, reference: bool = False) -> Storage:
    """All arrays after some steps in which neurons fire at random."""
    maker, rng = PlanMaker(batch_size), np.random.default_rng(8)
    weights = rng.normal(size=PRE * POST) * 10.0 ** rng.integers(-3, 3, PRE * POST)
    weights[:POST] = np.inf
    weights[POST : 2 * POST] = np.nan
    fires = (rng.random((batch_size, PRE)) < rate).astype(float)
    fires[:, :2] = 0.0  # whoever has no finite weights is silent
    fires[0] = 0.0  # whose sums stay -0.0
    names = {
        "g": maker.variable("g", PRE * POST, weights, axis=Axis.SYNAPSE, batched=False),
        "x": maker.variable("x", PRE, rng.random((batch_size, PRE)), axis=Axis.PRE),
    }
    target = maker.array("target", POST, -0.0, batched=True)
    queue = maker.queue("pre", PRE)
    fired = {"fires": maker.variable("fires", PRE, fires)}
    code = maker.code("addToPost(g * x);", names, ["addToPost"])
    maker.step.append(Propagation("syn", 3, PRE, POST, queue, 0, DenseConnectivity(), code, target))
    maker.neurons("pre", PRE, threshold=maker.condition("fires > 0.0", fired), queue=queue)
    engine = {} if reference else {"engine": partial(CpuExecutable, threads=threads)}
    executable, storage = load(maker, **engine)
    executable.run(Clock(), STEPS)
    executable.run(Clock(STEPS, STEPS), STEPS)
    executable.close()
    return storage


@pytest.mark.parametrize(
    ("rate", "batch_size", "threads", "runs"),
    [
        (1.0, 19, 1, True),
        (1.0, 19, 2, True),
        (0.05, 19, 1, False),
        (1.0, 7, 1, False),  # too few examples
    ],
)
def test_it_runs_where_many_spike(
    rate: float, batch_size: int, threads: int, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = outcome(rate, batch_size=batch_size, reference=True)
    assert np.signbit(theirs["target"][0, 0]).all()
    assert differing(theirs, outcome(rate, batch_size=batch_size, threads=threads)) == []
    WITHOUT_MASKS(monkeypatch)
    changed = differing(theirs, outcome(rate, batch_size=batch_size, threads=threads))
    assert changed == (["target"] if runs else [])
