"""Rows of losses: their targets go in, what code of an output neuron reads in each timestep comes out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn import Network, Population
from ml_genn.compilers.engine_groups import EngineGroups
from ml_genn.engines.select import get_engine
from ml_genn.losses import (
    FirstSpikeCrossentropy,
    Loss,
    MeanSquareError,
    PerTimestepCrossentropy,
    RelativeMeanSquareError,
    SparseCategoricalCrossentropy,
)
from ml_genn.model import NeuronModel, Var
from tests.conformance.table import ObjectRow

SHAPE = (2, 200)  # more classes than a byte holds
STEPS = 3
LABEL = "Seen = YTrue;"
SERIES = (
    f"const int timestep = (int)((t / dt) + 0.5);\nSeen = YTrue[(((batch * {STEPS}) + timestep) * num_neurons) + id];"
)
LABELS = [399, 7, 256]
TARGETS = np.random.default_rng(1).normal(size=(3, STEPS, *SHAPE)).astype(np.float32)


class Reader:
    """A loaded model of neurons that copy their target into Seen; the engine is that of ML_GENN_ENGINE."""

    def __init__(self, loss: Loss, code: str, batch_size: int) -> None:
        with Network():
            population = Population("leaky_integrate", SHAPE)
        engine = get_engine(None)
        self.loss, self.batch_size = loss, batch_size
        self.model: Any = engine.create_model("float", "targets")
        self.model.dt, self.model.batch_size = 0.1, batch_size
        plain = NeuronModel(sim_code=code, vars=(Var("Seen"),))
        extended = loss.add_to_neuron(plain, SHAPE, batch_size, STEPS)
        self.group = EngineGroups(engine, self.model).add_population(population, extended)
        self.model.build()
        self.model.load()

    def read(self, y_true: Any) -> np.ndarray:
        """What the neurons read of a batch of targets, (batch size, timesteps) + shape."""
        self.model.timestep = 0
        self.loss.set_target(self.group, y_true, SHAPE, self.batch_size, STEPS)
        return np.stack([self._step() for _ in range(STEPS)], axis=1)

    def _step(self) -> np.ndarray:
        self.model.step_time()
        seen = self.group.vars["Seen"]
        seen.pull_from_device()
        return np.array(seen.current_view).reshape(self.batch_size, *SHAPE)


def reading(code: str) -> Any:
    def run(loss: Loss, examples: Any, batch_size: int) -> np.ndarray:
        reader = Reader(loss, code, batch_size)
        starts = range(0, len(examples), batch_size)
        return np.concatenate([reader.read(examples[start : start + batch_size]) for start in starts])

    return run


def everywhere(labels: list[int]) -> np.ndarray:
    return np.broadcast_to(np.reshape(labels, (-1, 1, 1, 1)), (len(labels), STEPS, *SHAPE))


ROWS = (
    ObjectRow(
        make=MeanSquareError,
        examples=TARGETS,
        runs=reading(SERIES),
        reference=lambda targets: targets,
        label="loss",
    ),
    ObjectRow(make=PerTimestepCrossentropy, examples=LABELS, runs=reading(LABEL), reference=everywhere),
    ObjectRow(make=SparseCategoricalCrossentropy, examples=LABELS, runs=reading(LABEL), reference=everywhere),
    ObjectRow(
        make=lambda: FirstSpikeCrossentropy(0.5, 0.1, 6.4),
        examples=LABELS,
        runs=reading(LABEL),
        reference=everywhere,
    ),
    ObjectRow(make=lambda: RelativeMeanSquareError(1.5), examples=LABELS, runs=reading(LABEL), reference=everywhere),
)
