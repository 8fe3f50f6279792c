"""Rows of optimisers: gradients of one element over many batches go in, the element after each batch comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_genn.compilers.engine_groups import EngineGroups
from ml_genn.engines.select import get_engine
from ml_genn.optimisers import SGD, Adam, AdamW, Optimiser
from tests.conformance.table import ObjectRow

STEPS = 100
GRADIENTS = np.random.default_rng(8).normal(size=(3, STEPS)) * [[1e-3], [0.1], [10.0]] + [[0.0], [0.1], [0.0]]
"""Of different sizes; they change their sign."""

TOLERANCE = 1e-5
"""Single precision: in each of 100 batches some roundings of up to 6e-8 of the largest value."""


class Learner:
    """A loaded model with a variable of some elements, 1 at first, its gradient and an optimiser.

    Args:
        optimiser: the optimiser.
        size: elements; as synapses they make a column.
        where: "neurons" or "synapses".
        options: for `get_model`.
    """

    def __init__(self, optimiser: Optimiser, size: int, where: str = "neurons", **options: Any) -> None:
        self.optimiser, self.engine = optimiser, get_engine(None)
        self.model: Any = self.engine.create_model("float", "learner")
        self.group, refer = getattr(self, f"_{where}")(size)
        references = refer(self.group, "g"), refer(self.group, "x")
        description = optimiser.get_model(*references, **{"zero_gradient": True, **options})
        self.update = EngineGroups(self.engine, self.model).add_update("learn", "Learn", description)
        self.model.build()
        self.model.load()

    def learn(self, gradient: np.ndarray, step: int) -> np.ndarray:
        """The variable after one more batch."""
        array = self.group.vars["g"]
        array.view[:] = gradient.reshape(array.view.shape)
        array.push_to_device()
        self.optimiser.set_step(self.update, step)
        self.model.custom_update("Learn")
        return self.values("x")

    def values(self, name: str) -> np.ndarray:
        array = self.group.vars[name]
        array.pull_from_device()
        return np.array(array.view).ravel()

    def _neurons(self, size: int) -> tuple[Any, Any]:
        code = self.engine.create_neuron_model("Holding", vars=[("x", "scalar"), ("g", "scalar")])
        values = {"x": 1.0, "g": 0.0}
        return self.model.add_neuron_population("n", size, code, {}, values), self.engine.create_var_ref

    def _synapses(self, size: int) -> tuple[Any, Any]:
        plain = self.engine.create_neuron_model("Plain", vars=[("x", "scalar")])
        ends = [self.model.add_neuron_population(n, k, plain, {}, {"x": 0.0}) for n, k in (("a", size), ("b", 1))]
        variables = [("x", "scalar"), ("g", "scalar")]
        code = self.engine.create_weight_update_model("W", pre_spike_syn_code="addToPost(x);", vars=variables)
        initial = (
            self.engine.init_weight_update(code, {}, {"x": 1.0, "g": 0.0}),
            self.engine.init_postsynaptic("DeltaCurr"),
        )
        group = self.model.add_synapse_population("s", "DENSE", *ends, *initial)
        return group, self.engine.create_wu_var_ref


def learning(where: str) -> Any:
    def run(optimiser: Optimiser, examples: np.ndarray, batch_size: int) -> np.ndarray:
        parts = [examples[start : start + batch_size] for start in range(0, len(examples), batch_size)]
        return np.concatenate([trajectory(Learner(optimiser, len(part), where), part) for part in parts])

    return run


def trajectory(learner: Learner, gradients: np.ndarray) -> np.ndarray:
    """The variable after each batch, (elements, batches)."""
    return np.stack([learner.learn(gradient, step) for step, gradient in enumerate(gradients.T)], axis=1)


def adam(gradients: np.ndarray, decay: float = 0.0) -> np.ndarray:
    x, m, v = np.ones((3, len(gradients)))
    found = []
    for step, g in enumerate(gradients.T):
        m = 0.9 * m * (step > 0) + 0.1 * g
        v = 0.999 * v * (step > 0) + 0.001 * g**2
        x = x - 0.01 * decay * x
        x = x - 0.01 * (m / (1 - 0.9 ** (step + 1))) / (np.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8)
        found.append(x)
    return np.stack(found, axis=1)


def sgd(gradients: np.ndarray, momentum: float = 0.0, nesterov: bool = False) -> np.ndarray:
    x, velocity = np.ones(len(gradients)), np.zeros(len(gradients))
    found = []
    for g in gradients.T:
        velocity = momentum * velocity - 0.01 * g
        x = x + (momentum * velocity - 0.01 * g if nesterov else velocity)
        found.append(x)
    return np.stack(found, axis=1)


def row(make: Callable[[], Optimiser], reference: Any, label: str = "", where: str = "neurons") -> ObjectRow:
    return ObjectRow(
        make=make, examples=GRADIENTS, runs=learning(where), reference=reference, tolerance=TOLERANCE, label=label
    )


ROWS = (
    row(lambda: Adam(0.01), adam),
    row(lambda: Adam(0.01), adam, "synapses", "synapses"),
    row(lambda: AdamW(0.01, weight_decay=0.5), lambda gradients: adam(gradients, 0.5)),
    row(SGD, sgd),
    row(lambda: SGD(momentum=0.9), lambda gradients: sgd(gradients, 0.9), "momentum"),
    row(lambda: SGD(momentum=0.9, nesterov=True), lambda gradients: sgd(gradients, 0.9, True), "nesterov"),
)
