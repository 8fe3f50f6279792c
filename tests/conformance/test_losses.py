"""Targets of losses on each engine: code of an output neuron reads what set_target was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.compilers.engine_groups import EngineGroups
from ml_genn.engines.select import get_engine
from ml_genn.errors import DataError, DescriptionError
from ml_genn.losses import Loss, MeanSquareError, RelativeMeanSquareError, SparseCategoricalCrossentropy
from ml_genn.model import NeuronModel, Var
from ml_genn.registry import LOSSES

SHAPE = (2, 200)  # more classes than a byte holds
STEPS = 3
LABEL = "Seen = YTrue;"
SERIES = (
    f"const int timestep = (int)((t / dt) + 0.5);\nSeen = YTrue[(((batch * {STEPS}) + timestep) * num_neurons) + id];"
)


def build(loss: Loss, code: str, engine: str, batch_size: int) -> tuple[Any, Any]:
    """Model and group of neurons that copy their target into Seen."""
    with Network():
        population = Population("leaky_integrate", SHAPE)
    chosen = get_engine(engine)
    model = chosen.create_model("float", "targets")
    model.dt, model.batch_size = 0.1, batch_size
    plain = NeuronModel(sim_code=code, vars=(Var("Seen"),))
    group = EngineGroups(chosen, model).add_population(population, loss.add_to_neuron(plain, SHAPE, batch_size, STEPS))
    model.build()
    model.load()
    return model, group


def seen(model: Any, group: Any) -> np.ndarray:
    """What the neurons have read in one further step."""
    model.step_time()
    group.vars["Seen"].pull_from_device()
    return np.array(group.vars["Seen"].current_view).reshape(model.batch_size, *SHAPE)


@pytest.mark.parametrize("loss", [SparseCategoricalCrossentropy(), RelativeMeanSquareError(1.0)])
def test_labels(loss: Loss, engine: str) -> None:
    batch_size = 1 if engine == "pygenn" else 3
    model, group = build(loss, LABEL, engine, batch_size)
    loss.set_target(group, np.array([399, 7, 0], np.uint16)[:batch_size], SHAPE, batch_size, STEPS)
    np.testing.assert_array_equal(seen(model, group)[:, 1, 3], [399, 7, 0][:batch_size])
    loss.set_target(group, [256][: batch_size - 1], SHAPE, batch_size, STEPS)
    partial = [256, -1, -1] if batch_size > 1 else [-1]
    np.testing.assert_array_equal(seen(model, group)[:, 0, 0], partial)


def test_series(engine: str) -> None:
    batch_size = 1 if engine == "pygenn" else 3
    loss = MeanSquareError()
    model, group = build(loss, SERIES, engine, batch_size)
    target = np.random.default_rng(1).normal(size=(batch_size, STEPS, *SHAPE)).astype(np.float32)
    loss.set_target(group, target, SHAPE, batch_size, STEPS)
    for step in range(STEPS):
        np.testing.assert_array_equal(seen(model, group), target[:, step])
    model.timestep = 0
    loss.set_target(group, target[1:], SHAPE, batch_size, STEPS)  # a partial batch
    expected = np.zeros((batch_size, *SHAPE), np.float32)
    expected[: batch_size - 1] = target[1:, 0]
    np.testing.assert_array_equal(seen(model, group), expected)


def test_targets_must_fit_the_batch() -> None:
    with pytest.raises(DataError, match="SparseCategoricalCrossentropy: 3 labels do not fit a batch of 2 examples"):
        SparseCategoricalCrossentropy().set_target(None, [0, 1, 0], (2,), 2, STEPS)
    with pytest.raises(DataError, match=r"label 2 is out of range: the output has 2 classes"):
        SparseCategoricalCrossentropy().set_target(None, [2], (2,), 2, STEPS)
    for shape in [(3, STEPS, 2), (2, STEPS + 1, 2), (2, STEPS), (2, STEPS, 2, 1)]:
        with pytest.raises(DataError, match=r"Shape of target data for MeanSquareError loss should be \(2, 3, 2\)"):
            MeanSquareError().set_target(None, np.zeros(shape), (2,), 2, STEPS)


@pytest.mark.parametrize("loss", [MeanSquareError(), SparseCategoricalCrossentropy()])
def test_the_name_must_be_free(loss: Loss) -> None:
    with pytest.raises(DescriptionError, match="the model uses the name 'YTrue' twice; rename one of the two"):
        loss.add_to_neuron(NeuronModel(vars=(Var("YTrue"),)), SHAPE, 1, STEPS)


def test_every_loss_has_a_row() -> None:
    here = {MeanSquareError, RelativeMeanSquareError, SparseCategoricalCrossentropy}
    assert here == set(LOSSES.classes.values())
