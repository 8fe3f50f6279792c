"""Gradients through every connectivity: those of the matrix that it stands for, and those of finite differences."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense, MaxPool2D
from ml_genn.engines.select import get_engine
from ml_genn.errors import UnsupportedError
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.neurons import LeakyIntegrate, SpikeInput, SpikeMaxPool
from ml_genn.registry import CONNECTIVITY
from ml_genn.synapses import Exponential

from .connectivity import IMAGE, LABELS, REFUSED, ROWS, STEPS, TRIALS, Row, Trained

ENGINES = ["embedded", "reference", pytest.param("pygenn", marks=[pytest.mark.pygenn, pytest.mark.slow])]
each_row = pytest.mark.parametrize("row", ROWS, ids=str)
with_weights = pytest.mark.parametrize("row", [row for row in ROWS if row.shape is not None], ids=str)


@cache
def expected(row: Row, examples: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the network with the matrix."""
    before, gradient = Trained(Dense(row.matrix(row.weights), 2)).gradients("reference", examples)
    assert gradient is not None
    assert before.any()
    return before, gradient


@pytest.mark.parametrize("engine", ENGINES)
@each_row
def test_gradients_are_those_of_the_matrix(row: Row, engine: str) -> None:
    try:
        get_engine(engine)
    except UnsupportedError as error:
        pytest.skip(str(error))
    examples = 1 if engine == "pygenn" else 3
    before, matrix = expected(row, examples)
    found = Trained(row.make(row.weights), row.target).gradients(engine, examples)
    np.testing.assert_allclose(found[0], before, rtol=1e-9, atol=1e-14)  # order of additions
    if row.shape is None:
        assert found[1] is None
    else:
        wanted = row.folded(matrix)
        assert wanted.any()
        assert found[1] is not None
        np.testing.assert_allclose(found[1].reshape(row.shape), wanted, rtol=1e-9, atol=1e-13)  # order of additions


@with_weights
def test_gradients_pass_weights_that_stay(row: Row) -> None:
    before, _ = expected(row, 3)
    trained = Trained(row.make(row.weights), row.target)
    found = trained.gradients("reference", optimisers={trained.looked_at: {"weight": None}})
    assert found[1] is None
    np.testing.assert_allclose(found[0], before, rtol=1e-9, atol=1e-14)  # order of additions


@with_weights
def test_gradients_are_finite_differences(row: Row) -> None:
    """Into outputs, where no spike time depends on weights, on any grid."""
    loss, step = SparseCategoricalCrossentropy(), 1e-5
    with Network(default_params) as network:
        source = Population(SpikeInput(max_spikes=200), IMAGE)
        output = Population(LeakyIntegrate(readout="avg_var"), row.target)
        connection = Connection(source, output, row.make(row.weights), Exponential(5.0))
    arguments: dict[str, Any] = {"precision": "double", "batch_size": 3, "engine": "reference"}
    compiler = EventPropCompiler(STEPS, "sparse_categorical_crossentropy", **arguments)
    with compiler.compile(network) as compiled:
        gradient = compiled.gradients({source: TRIALS}, {output: LABELS})[connection].ravel()
        values = compiled.learnt_values()
        (name,) = values
        assert values[name].size == np.prod(row.shape or ())

        def value(place: int, change: float) -> float:
            moved = values[name].ravel().copy()
            moved[place] += change
            compiled.put_learnt_values({name: moved.reshape(values[name].shape)})
            readouts, _ = compiled.predict({source: TRIALS}, output, callbacks=[])
            return loss.value(LABELS, readouts[output].reshape(3, -1))

        places = np.argsort(-np.abs(gradient))[:4]
        differences = [(value(place, step) - value(place, -step)) / (2.0 * step) for place in places]
    np.testing.assert_allclose(gradient[places], differences, rtol=1e-6)  # square of the step, and 1e-16 / step


@pytest.mark.parametrize("cls", CONNECTIVITY.classes.values(), ids=lambda cls: cls.__name__)
def test_every_connectivity_has_a_row(cls: type) -> None:
    covered = {type(row.make(row.weights)) for row in ROWS}
    assert cls in covered or cls.__name__ in REFUSED, (
        "add a row to tests/compilers/event_prop/exactness/connectivity.py"
    )


def test_what_has_no_row_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=REFUSED[MaxPool2D.__name__]):
        Trained(MaxPool2D(2), neuron=SpikeMaxPool()).compile()
