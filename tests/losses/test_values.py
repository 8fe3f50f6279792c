"""Values of losses against Keras and closed forms, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DataError, DescriptionError
from ml_genn.losses import (
    FirstSpikeCrossentropy,
    Loss,
    MeanSquareError,
    RelativeMeanSquareError,
    SparseCategoricalCrossentropy,
)
from ml_genn.readouts.max_var import LOWEST
from ml_genn.registry import LOSSES

RNG = np.random.default_rng(3)
SCORES = RNG.normal(scale=20, size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 4, 2, 2, 1, 3])


def test_names() -> None:
    assert set(LOSSES.default_classes) == {
        "first_spike_crossentropy",
        "mean_square_error",
        "per_timestep_crossentropy",
        "sparse_categorical_crossentropy",
    }
    with pytest.raises(DescriptionError, match=r"needs delta; pass RelativeMeanSquareError\(delta=...\) instead"):
        LOSSES.resolve("relative_mean_square_error")


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64, np.float32, list])
def test_crossentropy(dtype: Any) -> None:
    expected = [np.log(np.sum(np.exp(z.astype(np.float64) - z[y]))) for z, y in zip(SCORES, LABELS, strict=True)]
    labels = LABELS.tolist() if dtype is list else LABELS.astype(dtype)
    value = SparseCategoricalCrossentropy().value(labels, SCORES)
    assert value == pytest.approx(np.mean(expected), rel=1e-13)  # both in double precision


def test_crossentropy_takes_outputs_of_any_shape_and_size() -> None:
    scores = np.zeros((2, 3, 100))
    assert SparseCategoricalCrossentropy().value([0, 299], scores) == pytest.approx(np.log(300), rel=1e-14)
    huge = np.array([[1e30, 0.0], [LOWEST, -3.0]])
    assert SparseCategoricalCrossentropy().value([0, 1], huge) == 0.0


@pytest.mark.slow
def test_crossentropy_is_that_of_keras() -> None:
    keras = pytest.importorskip("keras")
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(LABELS, SCORES)
    # Keras works in single precision
    assert SparseCategoricalCrossentropy().value(LABELS, SCORES) == pytest.approx(float(expected), rel=1e-6)


def test_mean_square_error() -> None:
    target, found = RNG.normal(size=(2, 3, 7, 2, 2))
    expected = sum(0.5 * np.sum((found[e, t] - target[e, t]) ** 2) for e in range(3) for t in range(7)) / 21
    assert MeanSquareError().value(target, found) == pytest.approx(expected, rel=1e-13)


def test_derivative_of_mean_square_error() -> None:
    target, found = RNG.normal(size=(2, 3, 7, 2))
    step = np.zeros_like(found)
    step[1, 4, 1] = 1e-3
    loss = MeanSquareError()
    slope = (loss.value(target, found + step) - loss.value(target, found - step)) / 2e-3
    # a central difference of a parabola is exact but for rounding
    assert slope == pytest.approx((found[1, 4, 1] - target[1, 4, 1]) / (7 * 3), rel=1e-9)


def test_relative_mean_square_error() -> None:
    times = np.array([[3.0, 5.0, 4.5], [10.0, 9.0, 12.0]])
    expected = 0.5 * ((5 - 3 - 1.5) ** 2 + (4.5 - 3 - 1.5) ** 2 + (10 - 12 - 1.5) ** 2 + (9 - 12 - 1.5) ** 2) / 2
    assert RelativeMeanSquareError(1.5).value([0, 2], -times) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("tau_1", [None, 6.4])
def test_first_spike_crossentropy(tau_1: float | None) -> None:
    """The second example's label is silent, which counts as spiking when the trial ends."""
    times = np.array([[3.0, 5.0, 4.5], [10.0, 9.0, 30.0]])
    z = -times
    z[1, 2] = LOWEST
    loss = FirstSpikeCrossentropy(0.5, 0.1, tau_1, trial_ms=30.0)
    expected = []
    for row, label in zip(times, (0, 2), strict=True):
        late = 0.1 / (30.3 - row[label]) if tau_1 is None else 0.1 * (np.exp(row[label] / tau_1) - 1.0)
        expected.append(np.log(np.sum(np.exp((row[label] - row) / 0.5))) + late)
    assert loss.value([0, 2], z) == pytest.approx(np.mean(expected), rel=1e-12)
    assert loss.lost_label_spikes([0, 2], z) == 1
    assert SparseCategoricalCrossentropy().lost_label_spikes([0, 2], z) is None


def test_first_spike_losses_and_the_length_of_trials() -> None:
    loss = FirstSpikeCrossentropy()
    assert loss.for_trial(30.0).trial_ms == 30.0
    assert FirstSpikeCrossentropy(trial_ms=20.0).for_trial(30.0).trial_ms == 20.0
    assert loss.trial_ms is None
    with pytest.raises(DescriptionError, match="needs the length of a trial where no compiler gives it; pass trial_ms"):
        loss.value([0], -np.ones((1, 2)))
    with pytest.raises(
        DescriptionError, match=r"tau_1=6.4 ms is out of range at the end of a trial of 1000 ms; give tau_1=12.5"
    ):
        FirstSpikeCrossentropy(tau_1=6.4).for_trial(1000.0)


REFUSED: list[tuple[Loss, Any, Any, str]] = [
    (SparseCategoricalCrossentropy(), [0], np.zeros((2, 3)), r"Prediction shape:\(2, 3\) does not match label shape"),
    (
        SparseCategoricalCrossentropy(),
        [2, 3],
        np.zeros((2, 3)),
        r"label 3 is out of range: the output has 3 classes, counted from 0 \(example 1\)",
    ),
    (SparseCategoricalCrossentropy(), [0, -1], np.zeros((2, 3)), r"label -1 is out of range.*\(example 1\)"),
    (SparseCategoricalCrossentropy(), [0, 0.5], np.zeros((2, 3)), "labels must be whole numbers, one per example"),
    (SparseCategoricalCrossentropy(), [0, np.nan], np.zeros((2, 3)), "labels must be whole numbers, one per example"),
    (SparseCategoricalCrossentropy(), np.eye(2), np.zeros((2, 3)), r"got dtype float64 and shape \(2, 2\)"),
    (SparseCategoricalCrossentropy(), ["a"], np.zeros((1, 2)), "labels must be whole numbers, one per example"),
    (
        RelativeMeanSquareError(1.0),
        [0],
        np.array([[-2.0, LOWEST]], np.float32),
        r"output neuron 1 did not spike in example 0 \(1 such pairs\), so that it has no time; give",
    ),
    (MeanSquareError(), np.zeros((2, 3)), np.zeros((2, 3)), r"needs targets and predictions of one shape, \(examples"),
    (MeanSquareError(), np.zeros((2, 3, 1)), np.zeros((2, 4, 1)), r"got \(2, 3, 1\) and \(2, 4, 1\)"),
    (MeanSquareError(), np.zeros((1, 1, 1), complex), np.zeros((1, 1, 1)), "must be real numbers, got dtype complex"),
    (
        MeanSquareError(),
        [[[0.0]], [[np.inf]]],
        np.zeros((2, 1, 1)),
        r"must be finite; that of example 1 holds inf at \(0, 0\)",
    ),
]


@pytest.mark.parametrize(("loss", "y_true", "y_pred", "message"), REFUSED)
def test_refused(loss: Loss, y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        loss.value(y_true, y_pred)


def test_delta_is_a_number() -> None:
    with pytest.raises(DescriptionError, match=r"RelativeMeanSquareError.delta must be a finite number ms, got None"):
        RelativeMeanSquareError(None)  # type: ignore[arg-type]
