"""Targets of losses where a batch is not full or does not fit; the rows of the table hold the rest."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.errors import DataError, DescriptionError
from ml_genn.losses import Loss, MeanSquareError, SparseCategoricalCrossentropy
from ml_genn.model import NeuronModel, Var

from .rows.losses import LABEL, SERIES, SHAPE, STEPS, TARGETS, Reader


def test_labels_of_a_partial_batch(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_ENGINE", engine)
    batch_size = 1 if engine == "pygenn" else 3
    reader = Reader(SparseCategoricalCrossentropy(), LABEL, batch_size)
    for labels in ([399, 7, 0][:batch_size], [256][: batch_size - 1]):
        expected = [*labels, -1, -1, -1][:batch_size]
        np.testing.assert_array_equal(reader.read(np.array(labels, np.uint16))[:, 0, 1, 3], expected)


def test_series_of_a_partial_batch(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_ENGINE", engine)
    batch_size = 1 if engine == "pygenn" else 3
    reader = Reader(MeanSquareError(), SERIES, batch_size)
    for targets in (TARGETS[:batch_size], TARGETS[: batch_size - 1]):
        expected = np.zeros((batch_size, STEPS, *SHAPE))
        expected[: len(targets)] = targets
        np.testing.assert_array_equal(reader.read(targets), expected)


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
