"""What optimisers promise besides their rules, which are rows of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DescriptionError
from ml_genn.optimisers import SGD, Adam, AdamW, Optimiser

from .rows.optimisers import GRADIENTS, ROWS, Learner, trajectory


@pytest.fixture(autouse=True)
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on the engine that the test is for."""
    if "engine" in request.fixturenames:
        monkeypatch.setenv("ML_GENN_ENGINE", request.getfixturevalue("engine"))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_engines_agree_in_every_bit(row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules use + - * / sqrt only."""
    found = []
    for engine in ("reference", "embedded"):
        monkeypatch.setenv("ML_GENN_ENGINE", engine)
        found.append(row.run(row.make(), GRADIENTS, 3))
    np.testing.assert_array_equal(*found)


def test_constant_gradients_are_not_biased() -> None:
    """With a constant gradient each of Adam's steps is alpha, whatever the gradient; also after thousands of them."""
    gradients = np.array([1e-3, 1, 1e3, -1e-3, -1, -1e3])
    learner = Learner(Adam(1e-3), len(gradients))
    for step in range(3000):
        last = learner.learn(gradients, step)
    # 3000 roundings of up to half of 2^-22 each, as values stay below 4
    np.testing.assert_allclose(last, 1.0 - 3.0 * np.sign(gradients), atol=4e-4)


def test_clamp(engine: str) -> None:
    learner = Learner(SGD(), 3, clamp_var=(0.75, 1.125))
    found = trajectory(learner, GRADIENTS)
    x = np.ones(3)
    for step, gradient in enumerate(GRADIENTS.T):
        x = np.clip(x - 0.01 * gradient, 0.75, 1.125)
        np.testing.assert_allclose(found[:, step], x, atol=1e-5)  # single precision, 100 batches
    assert found.min() == 0.75
    assert found.max() == 1.125


@pytest.mark.parametrize("zero", [True, False])
def test_gradient_afterwards(zero: bool, engine: str) -> None:
    learner = Learner(Adam(), 3, zero_gradient=zero)
    learner.learn(GRADIENTS[:, 0], 0)
    np.testing.assert_array_equal(learner.values("g"), np.float32(0.0 if zero else GRADIENTS[:, 0]))


def test_attributes_change_between_batches(engine: str) -> None:
    optimiser = SGD(alpha=0.1)
    learner = Learner(optimiser, 3)
    first = learner.learn(GRADIENTS[:, 0], 0)
    optimiser.alpha = 0.0
    np.testing.assert_array_equal(learner.learn(GRADIENTS[:, 1], 1), first)
    optimiser.alpha = 0.2
    np.testing.assert_allclose(learner.learn(GRADIENTS[:, 2], 2), first - 0.2 * GRADIENTS[:, 2], rtol=1e-6, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rules_are_those_of_keras(row: Any) -> None:
    keras = pytest.importorskip("keras")
    optimisers = keras.optimizers
    optimiser = row.make()
    theirs = {
        Adam: lambda: optimisers.Adam(0.01, epsilon=1e-8),
        AdamW: lambda: optimisers.AdamW(0.01, weight_decay=0.5, epsilon=1e-8),
        SGD: lambda: optimisers.SGD(0.01, momentum=optimiser.momentum, nesterov=optimiser.nesterov),
    }[type(optimiser)]()
    variable = keras.Variable(np.ones(3, np.float32))
    expected = row.reference(GRADIENTS)
    for step in range(20):
        theirs.apply([keras.ops.convert_to_tensor(GRADIENTS[:, step].astype(np.float32))], [variable])
        # Keras works in single precision, and adds epsilon before it corrects V for its start at zero: 3e-7, beside
        # gradients of 1e-3 and steps of 1e-2
        np.testing.assert_allclose(variable.numpy(), expected[:, step], rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("bounds", [(1.0, 0.0), (0.0, np.inf), (0.0,), (np.nan, 1.0)])
def test_bad_bounds(bounds: Any) -> None:
    with pytest.raises(DescriptionError, match="clamp_var must be the lowest and the highest value, finite numbers"):
        Adam().get_model(None, None, False, bounds)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(-1), r"Adam.alpha must be a finite number at least 0, got -1"),
        (lambda: Adam(beta1=1.0), r"Adam.beta1 must be a number at least 0 and below 1, got 1"),
        (lambda: AdamW(epsilon=0), r"AdamW.epsilon must be a finite number above 0, got 0"),
        (lambda: SGD(momentum=1), r"SGD.momentum must be a number at least 0 and below 1, got 1"),
    ],
)
def test_bounds_of_arguments(make: Callable[[], Optimiser], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()
