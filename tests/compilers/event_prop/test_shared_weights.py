"""Weights that synapses share: one number each that is learnt, saved and put back, whatever the engine holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import Checkpoint, SilentNeuronLift
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import AvgPoolConv2D, AvgPoolDense2D, Conv2D, Conv2DTranspose, Dense
from ml_genn.engines.select import get_engine
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.initializers import Normal
from ml_genn.optimisers import SGD, Adam
from ml_genn.serialisers import Numpy
from tests.references import layers

from .exactness.connectivity import IMAGE, LABELS, POOLED, ROWS, STEPS, TRIALS, Row, Trained

SHARED = [row for row in ROWS if row.shape is not None and row.make(row.weights).shares_weights]
each_row = pytest.mark.parametrize("row", SHARED, ids=str)
KERNEL = np.random.default_rng(3).normal(0.5, 0.6, (2, 2, 2, 3))


def data(trained: Trained) -> tuple[dict[Any, Any], dict[Any, Any]]:
    return {trained.source: TRIALS}, {trained.output: LABELS}


def learnt(row: Row, **kwargs: Any) -> np.ndarray:
    """The free weights after three epochs in single precision, as they are saved."""
    trained = Trained(row.make(row.weights), row.target)
    with trained.compile(optimiser=Adam(0.05), precision="float", engine="embedded", **kwargs) as compiled:
        compiled.train(*data(trained), 3, callbacks=[])
        (found,) = (values for name, values in compiled.learnt_values().items() if name.startswith("Conn_Pop1_Pop2"))
    return found


@each_row
def test_a_step_moves_free_weights_against_their_gradient(row: Row) -> None:
    trained = Trained(row.make(row.weights), row.target)
    with trained.compile(optimiser=SGD(0.25), engine="reference") as compiled:
        gradient = compiled.gradients(*data(trained))[trained.looked_at]
        compiled.train(*data(trained), 1, callbacks=[])
        again = compiled.gradients(*data(trained))[trained.looked_at]
        found = compiled.learnt_values()["Conn_Pop1_Pop2.weight"]
    np.testing.assert_allclose(found.ravel(), (row.weights - 0.25 * gradient).ravel(), rtol=1e-12)
    assert np.abs(again - gradient).max() > 1e-3 * np.abs(gradient).max()


@each_row
@pytest.mark.parametrize("precision", ["double", "float"])
def test_inference_runs_what_was_learnt(row: Row, precision: str, tmp_path: Path) -> None:
    """To the bit: the kernel that a checkpoint holds makes the weights that synapses had."""
    trained = Trained(row.make(row.weights), row.target)
    with trained.compile(optimiser=Adam(0.05), precision=precision, engine="reference") as compiled:
        compiled.train(*data(trained), 2, callbacks=[])
        wanted, _ = compiled.predict({trained.source: TRIALS}, trained.output, callbacks=[])
        compiled.save((1,), Numpy(tmp_path))
    stored = np.load(tmp_path / "1-Conn_Pop1_Pop2-g.npy")
    assert stored.size == np.prod(row.shape or ())
    again = Trained(row.make(row.weights), row.target)
    again.network.load((1,), Numpy(tmp_path))
    inference = InferenceCompiler(STEPS, precision=precision, batch_size=3, engine="reference").compile(again.network)
    with inference as compiled:
        found, _ = compiled.predict({again.source: TRIALS}, again.output, callbacks=[])
    np.testing.assert_array_equal(found[again.output], wanted[trained.output])


@pytest.mark.parametrize("connectivity", [AvgPoolConv2D(KERNEL, 3, 2, 2), AvgPoolDense2D(KERNEL.reshape(8, 3), 2)])
def test_weights_that_stay_are_saved(connectivity: Any, tmp_path: Path) -> None:
    trained = Trained(connectivity)
    with trained.compile(engine="reference", optimisers={trained.looked_at: {"weight": None}}) as compiled:
        compiled.save((1,), Numpy(tmp_path))
    np.testing.assert_array_equal(np.load(tmp_path / "1-Conn_Pop1_Pop2-g.npy"), KERNEL.ravel())


@pytest.mark.parametrize("row", [row for row in SHARED if ", " in str(row)], ids=str)
def test_threads_change_no_bit(row: Row) -> None:
    one = learnt(row, num_threads=1)
    assert np.abs(one.ravel() - row.weights.ravel().astype(np.float32)).max() > 0.01
    for threads in (2, 7):
        np.testing.assert_array_equal(learnt(row, num_threads=threads), one)


@pytest.mark.pygenn
@pytest.mark.slow
@pytest.mark.parametrize("row", [SHARED[0], SHARED[1], SHARED[-1]], ids=str)
def test_pygenn_learns_the_same(row: Row, tmp_path: Path) -> None:
    try:
        get_engine("pygenn")
    except UnsupportedError as error:
        pytest.skip(str(error))
    found = []
    for engine in ("reference", "pygenn"):
        trained = Trained(row.make(row.weights), row.target)
        with trained.compile(optimiser=Adam(0.05), engine=engine, batch_size=1) as compiled:
            compiled.train(*data(trained), 2, callbacks=[])
            compiled.save((2,), Numpy(tmp_path / engine))
        found.append(np.load(tmp_path / engine / "2-Conn_Pop1_Pop2-g.npy"))
    assert np.abs(found[0] - row.weights.ravel()).max() > 0.05
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)  # exp of numpy and of what GeNN compiles


def test_a_resumed_training_gives_the_same_bits(tmp_path: Path) -> None:
    row, kept = SHARED[1], Numpy(tmp_path)
    trained = Trained(row.make(row.weights), row.target)
    with trained.compile(optimiser=Adam(0.05), engine="reference") as compiled:
        compiled.train(*data(trained), 2, callbacks=[Checkpoint(kept)])
    with trained.compile(optimiser=Adam(0.05), engine="reference") as compiled:
        compiled.train(*data(trained), 2, start_epoch=compiled.resume(kept), callbacks=[])
        resumed = compiled.learnt_values()
    with trained.compile(optimiser=Adam(0.05), engine="reference") as compiled:
        compiled.train(*data(trained), 4, callbacks=[])
        for name, values in compiled.learnt_values().items():
            np.testing.assert_array_equal(resumed[name], values)


@pytest.mark.parametrize(
    "make",
    [
        lambda weight: Conv2DTranspose(weight, 3, (3, 2), conv_strides=2),
        lambda weight: AvgPoolDense2D(weight, 2),
    ],
)
def test_training_begins_with_what_inference_draws(make: Any, tmp_path: Path) -> None:
    """One number for all is one number for each that is learnt; drawn ones depend on the seed."""
    found = []
    for number, weight in enumerate((Normal(0.5, 0.5), 0.5)):
        trained = Trained(make(weight), 3 if make(weight).__class__ is AvgPoolDense2D else None)
        with trained.compile(optimiser=SGD(0.0), engine="reference") as compiled:
            compiled.train(*data(trained), 1, callbacks=[])
            compiled.save((number,), Numpy(tmp_path))
        found.append(np.load(tmp_path / f"{number}-Conn_Pop1_Pop2-g.npy"))
        if number == 0:
            with InferenceCompiler(STEPS, rng_seed=1, precision="double").compile(trained.network) as compiled:
                compiled.save((2,), Numpy(tmp_path))
    assert np.ptp(found[0]) > 0.5
    np.testing.assert_array_equal(found[0], np.load(tmp_path / "2-Conn_Pop1_Pop2-g.npy"))
    np.testing.assert_array_equal(found[1], np.full(found[0].size, 0.5))


DELAYED: dict[str, tuple[Any, Any, tuple[int, ...]]] = {
    "conv2d": (
        lambda weight, delay: Conv2D(weight, 3, 2, delay=delay),
        lambda kernel: layers.convolution(IMAGE, kernel),
        (2, 2, 2, 3),
    ),
    "conv2d_transpose": (
        lambda weight, delay: Conv2DTranspose(weight, 3, 2, delay=delay),
        lambda kernel: layers.transposed_convolution(IMAGE, kernel),
        (2, 2, 3, 2),
    ),
    "avg_pool_conv2d": (
        lambda weight, delay: AvgPoolConv2D(weight, 3, 2, (1, 2), delay=delay),
        lambda kernel: POOLED @ layers.convolution((2, 2, 2), kernel),
        (1, 2, 2, 3),
    ),
}
"""Kernels, with a delay for each entry, and the matrix of a kernel of a shape."""


@pytest.mark.parametrize("name", DELAYED)
def test_entries_of_kernels_may_have_delays_of_their_own(name: str) -> None:
    make, matrix, shape = DELAYED[name]
    rng = np.random.default_rng(4)
    kernel, delays = rng.normal(0.5, 0.6, shape), rng.integers(0, 6, shape)
    joined = matrix(np.ones(shape))
    of_pairs = np.rint(matrix(delays.astype(float)) / np.where(joined > 0.0, joined, 1.0))
    before, dense = Trained(Dense(matrix(kernel), of_pairs)).gradients("reference")
    assert before.any()
    assert dense is not None
    folded = [np.sum(dense * matrix(entry.reshape(shape))) for entry in np.eye(kernel.size)]
    for engine in ("reference", "embedded"):
        found, gradient = Trained(make(kernel, delays)).gradients(engine)
        assert gradient is not None
        np.testing.assert_allclose(found, before, rtol=1e-9, atol=1e-14)  # order of additions
        np.testing.assert_allclose(gradient.ravel(), folded, rtol=1e-9, atol=1e-13)  # order of additions


def test_silent_neurons_cannot_have_other_weights_than_the_others() -> None:
    trained = Trained(AvgPoolDense2D(KERNEL.reshape(8, 3), 2))
    hidden = trained.looked_at.ends[1]
    message = "SilentNeuronLift: no connection into Pop2 has weights of its own for each synapse"
    with trained.compile(engine="reference") as compiled, pytest.raises(DescriptionError, match=message):
        compiled.train(*data(trained), 1, callbacks=[SilentNeuronLift(pops=[hidden])])
