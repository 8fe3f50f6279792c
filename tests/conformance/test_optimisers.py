"""Optimisers on each engine against numpy, over many batches; on neurons and on synapses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from ml_genn.compilers.engine_groups import EngineGroups
from ml_genn.engines.select import get_engine
from ml_genn.errors import DescriptionError
from ml_genn.optimisers import SGD, Adam, AdamW, Optimiser
from ml_genn.registry import OPTIMISERS

STEPS = 100
RNG = np.random.default_rng(8)
START = RNG.normal(size=6)
# gradients of quite different sizes, which also change their sign
GRADIENTS = RNG.normal(size=(STEPS, 6)) * np.array([1e-6, 1e-3, 0.1, 1.0, 10.0, 1e3]) + np.array([0, 0, 0.05, 1, 0, 0])

Rule = Callable[[np.ndarray], Iterator[np.ndarray]]


def adam(x: np.ndarray, decay: float = 0.0, alpha: float = 0.01) -> Iterator[np.ndarray]:
    m, v = np.zeros_like(x), np.zeros_like(x)
    for step, g in enumerate(GRADIENTS):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        x = x - alpha * decay * x
        x = x - alpha * (m / (1 - 0.9 ** (step + 1))) / (np.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8)
        yield x


def sgd(x: np.ndarray, momentum: float, nesterov: bool) -> Iterator[np.ndarray]:
    velocity = np.zeros_like(x)
    for g in GRADIENTS:
        velocity = momentum * velocity - 0.01 * g
        x = x + (momentum * velocity - 0.01 * g if nesterov else velocity)
        yield x


RULES: dict[str, tuple[Optimiser, Rule]] = {
    "adam": (Adam(0.01), adam),
    "adam_w": (AdamW(0.01, weight_decay=0.5), lambda x: adam(x, 0.5)),
    "sgd": (SGD(), lambda x: sgd(x, 0.0, False)),
    "momentum": (SGD(momentum=0.9), lambda x: sgd(x, 0.9, False)),
    "nesterov": (SGD(momentum=0.9, nesterov=True), lambda x: sgd(x, 0.9, True)),
}


@dataclass
class Learner:
    """A loaded model with a variable of six elements, its gradient and an optimiser."""

    model: Any
    update: Any
    variable: Any
    gradient: Any

    def learn(self, optimiser: Optimiser, step: int) -> np.ndarray:
        self.gradient.view[:] = GRADIENTS[step].reshape(self.gradient.view.shape)
        self.gradient.push_to_device()
        optimiser.set_step(self.update, step)
        self.model.custom_update("Learn")
        return self.values("variable")

    def values(self, name: str) -> np.ndarray:
        array = getattr(self, name)
        array.pull_from_device()
        return np.array(array.view).ravel()


def learner(optimiser: Optimiser, engine: str, where: str = "neurons", **options: Any) -> Learner:
    chosen = get_engine(engine)
    model = chosen.create_model("float", "learner")
    members: dict[str, Any] = {"vars": [("x", "scalar"), ("g", "scalar")]}
    values = {"x": START, "g": 0.0}
    if where == "neurons":
        group: Any = model.add_neuron_population("n", 6, chosen.create_neuron_model("Holding", **members), {}, values)
        refer = chosen.create_var_ref
    else:
        plain = chosen.create_neuron_model("Plain", vars=[("x", "scalar")])
        pre, post = (model.add_neuron_population(n, size, plain, {}, {"x": 0.0}) for n, size in (("a", 2), ("b", 3)))
        code = chosen.create_weight_update_model("Weights", pre_spike_syn_code="addToPost(x);", **members)
        postsynaptic = chosen.init_postsynaptic("DeltaCurr")
        weights = chosen.init_weight_update(code, {}, values)
        group = model.add_synapse_population("s", "DENSE", pre, post, weights, postsynaptic)
        refer = chosen.create_wu_var_ref
    description = optimiser.get_model(refer(group, "g"), refer(group, "x"), **{"zero_gradient": True, **options})
    update = EngineGroups(chosen, model).add_update("learn", "Learn", description)
    model.build()
    model.load()
    return Learner(model, update, group.vars["x"], group.vars["g"])


@pytest.mark.parametrize("where", ["neurons", "synapses"])
@pytest.mark.parametrize("name", RULES)
def test_many_batches(name: str, where: str, engine: str) -> None:
    optimiser, rule = RULES[name]
    learning = learner(optimiser, engine, where)
    expected = np.array(list(rule(START)))
    # single precision: of each batch some roundings of up to 6e-8 of the values met, and 100 batches
    tolerance = 1e-5 * np.maximum(1.0, np.abs(expected).max(axis=0))
    for step in range(STEPS):
        found = learning.learn(optimiser, step)
        assert (np.abs(found - expected[step]) <= tolerance).all()
        np.testing.assert_array_equal(learning.values("gradient"), 0.0)


@pytest.mark.parametrize("name", RULES)
def test_engines_agree_in_every_bit(name: str) -> None:
    """The rules use + - * / sqrt only."""
    optimiser = RULES[name][0]
    both = [learner(optimiser, engine) for engine in ("reference", "embedded")]
    for step in range(STEPS):
        one, other = (learning.learn(optimiser, step) for learning in both)
        np.testing.assert_array_equal(one, other)


def test_constant_gradients_are_not_biased() -> None:
    """With a constant gradient each of Adam's steps is alpha, whatever the gradient; also after thousands of them."""
    optimiser = Adam(1e-3)
    learning = learner(optimiser, "embedded")
    learning.gradient.view[:] = np.array([1e-3, 1, 1e3, -1e-3, -1, -1e3]).reshape(learning.gradient.view.shape)
    direction = np.sign(np.array(learning.gradient.view).ravel())
    kept = np.array(learning.gradient.view)
    for step in range(3000):
        learning.gradient.view[:] = kept
        optimiser.set_step(learning.update, step)
        learning.model.custom_update("Learn")
    # 3000 roundings of up to half of 2^-22 each, as values stay below 4
    np.testing.assert_allclose(learning.values("variable"), START - 3.0 * direction, atol=4e-4)


def test_clamp(engine: str) -> None:
    learning = learner(SGD(alpha=0.1), engine, clamp_var=(-0.5, 0.25))
    found = [learning.learn(SGD(alpha=0.1), step) for step in range(10)]
    x = START
    for step, values in enumerate(found):
        x = np.clip(x - 0.1 * GRADIENTS[step], -0.5, 0.25)
        np.testing.assert_allclose(values, x, atol=1e-5)
    assert np.min(found) == -0.5
    assert np.max(found) == 0.25


def test_gradient_is_kept_where_asked(engine: str) -> None:
    learning = learner(Adam(), engine, zero_gradient=False)
    learning.learn(Adam(), 0)
    np.testing.assert_allclose(learning.values("gradient"), GRADIENTS[0], rtol=1e-6)


def test_attributes_change_between_batches(engine: str) -> None:
    optimiser = SGD(alpha=0.1)
    learning = learner(optimiser, engine)
    first = learning.learn(optimiser, 0)
    optimiser.alpha = 0.0
    np.testing.assert_array_equal(learning.learn(optimiser, 1), first)
    optimiser.alpha = 0.2
    np.testing.assert_allclose(learning.learn(optimiser, 2), first - 0.2 * GRADIENTS[2], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_rules_are_those_of_keras(name: str) -> None:
    keras = pytest.importorskip("keras")
    optimisers = keras.optimizers
    theirs = {
        "adam": lambda: optimisers.Adam(0.01, epsilon=1e-8),
        "adam_w": lambda: optimisers.AdamW(0.01, weight_decay=0.5, epsilon=1e-8),
        "sgd": lambda: optimisers.SGD(0.01),
        "momentum": lambda: optimisers.SGD(0.01, momentum=0.9),
        "nesterov": lambda: optimisers.SGD(0.01, momentum=0.9, nesterov=True),
    }[name]()
    variable = keras.Variable(START.astype(np.float32))
    for step, expected in zip(range(20), RULES[name][1](START), strict=False):
        theirs.apply([keras.ops.convert_to_tensor(GRADIENTS[step].astype(np.float32))], [variable])
        # Keras works in single precision, and adds epsilon before it corrects V for its start at zero, which shows
        # where gradients are as small as the first element's
        np.testing.assert_allclose(variable.numpy()[1:], expected[1:], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bounds", [(1.0, 0.0), (0.0, np.inf), (0.0,), (np.nan, 1.0)])
def test_bad_bounds(bounds: Any) -> None:
    with pytest.raises(DescriptionError, match="clamp_var must be the lowest and the highest value, finite numbers"):
        Adam().get_model(None, None, False, bounds)


def test_every_optimiser_has_a_row() -> None:
    assert set(OPTIMISERS.default_classes) == {"adam", "adam_w", "sgd"}
    assert {type(optimiser) for optimiser, _ in RULES.values()} == set(OPTIMISERS.classes.values())


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
