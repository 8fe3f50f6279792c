"""Neuron updates of the reference against closed forms."""

from __future__ import annotations

import numpy as np

from ml_genn.engines.embedded.plan.plan import Clock, InputBlock
from ml_genn.engines.embedded.plan.storage import Storage, allocate
from ml_genn.engines.embedded.reference import ReferenceExecutable, initialise
from tests.engine.plans import ISYN, PlanMaker


def load(maker: PlanMaker) -> tuple[ReferenceExecutable, Storage]:
    plan = maker.plan()
    storage = allocate(plan)
    initialise(plan, storage)
    return ReferenceExecutable(plan, storage), storage


def test_leaky_integrator_follows_its_geometric_series() -> None:
    """V after n steps of V <- alpha V + I is I (1 - alpha^n) / (1 - alpha)."""
    maker = PlanMaker(batch_size=2)
    v, drive = maker.variable("V", 3), maker.variable("drive", 3, np.arange(6.0).reshape(2, 3))
    alpha = maker.parameter("alpha", 0.5)
    inputs = (InputBlock(maker.code("injectCurrent(drive);", {"drive": drive}, ["injectCurrent"]), "Isyn", 9),)
    sim = maker.code("V = alpha * V + Isyn;", {"V": v, "alpha": alpha, "Isyn": ISYN})
    maker.neurons("pop", 3, accumulators=(("Isyn", maker.precision.scalar, 0.0),), inputs=inputs, sim=sim)
    executable, storage = load(maker)
    clock = Clock()
    executable.run(clock, 10)
    expected = np.arange(6).reshape(2, 3) * (1 - 0.5**10) / 0.5
    np.testing.assert_array_equal(storage["V"][0], expected.astype(np.float32))  # exact: all in binary fractions
    assert (clock.timestep, clock.ring) == (10, 10)
