"""Small models that rows are made of, and the numpy that says what they must do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_genn.access import VarAccess
from ml_genn.engines.api import GeNNModel, NeuronGroup
from tests.engine.conformance.table import Case

Input = Callable[[np.ndarray, int], np.ndarray]


def clockwork(case: Case, model: GeNNModel, name: str, neurons: int, seed: int = 3) -> tuple[NeuronGroup, np.ndarray]:
    """Neurons that fire at first, first + period ...; with their first and period, [2][batch][neurons]."""
    rng = np.random.default_rng(seed)
    beat = np.stack([rng.integers(0, 4, (case.batch, neurons)), rng.integers(1, 5, (case.batch, neurons))])
    firing = case.engine.create_neuron_model(
        "clockwork",
        vars=[("first", "int", VarAccess.READ_ONLY_DUPLICATE), ("period", "int", VarAccess.READ_ONLY_DUPLICATE)],
        threshold_condition_code="(int)t >= first && ((int)t - first) % period == 0",
    )
    values = {"first": case.spread(beat[0]), "period": case.spread(beat[1])}
    return model.add_neuron_population(name, neurons, firing, {}, values), beat


def fires(beat: np.ndarray, step: int) -> np.ndarray:
    """Who of `clockwork` fires in a step, [batch][neurons]; nobody before the first."""
    first, period = beat
    fired: np.ndarray = (step >= np.maximum(first, 0)) & ((step - first) % period == 0)
    return fired


def adder(case: Case, model: GeNNModel, name: str, neurons: int) -> NeuronGroup:
    """Neurons that sum what they receive: V += Isyn."""
    summing = case.engine.create_neuron_model("adder", vars=[("V", "scalar")], sim_code="V += Isyn;")
    return model.add_neuron_population(name, neurons, summing, {}, {"V": 0.0})


def delivered(fired: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Input [batch][post] of weights [pre][post] (or [batch][pre][post]): added in ascending order of pre."""
    batch, num_pre = fired.shape
    each = np.broadcast_to(weights, (batch, *weights.shape[-2:]))
    total = np.zeros((batch, weights.shape[-1]), weights.dtype)
    for pre in range(num_pre):
        total += np.where(fired[:, pre, None], each[:, pre], 0)
    return total


def follow(case: Case, model: GeNNModel, target: Any, input_at: Callable[[int], np.ndarray], steps: int = 8) -> Any:
    """Steps the model and compares V of an `adder` with the sum of `input_at(step)` after each step."""
    expected = np.zeros((case.batch, target.num_neurons), case.dtype)
    for step in range(steps):
        model.step_time()
        expected = expected + input_at(step)
        yield f"V after step {step}", case.examples(target.vars["V"]), expected
