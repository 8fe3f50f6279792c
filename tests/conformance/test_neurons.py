"""Neurons against numpy, step by step: input neurons, random ones by their rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.neurons import (
    BernoulliInput,
    BinarySpikeInput,
    IntegrateFireInput,
    LeakyIntegrateFireInput,
    PoissonInput,
)

STEPS = 30
X = np.array([[0.0, 0.3, -0.4, 1.0, 1.7, 2.5], [0.05, 0.8, 0.6, -1.0, 0.9, 0.45]])


def run(neuron: Any, engine: str, x: np.ndarray = X, dt: float = 1.0, steps: int = STEPS) -> tuple[Any, Any]:
    """Spikes (examples, steps, neurons) and, where the neuron has one, voltages of the same shape."""
    with Network() as network:
        population = Population(neuron, x.shape[1], record_spikes=True)
    batch_size = 1 if engine == "pygenn" else 2
    recorders: list[Any] = [SpikeRecorder(population, key="s")]
    if neuron.output_var_name is not None:
        recorders.append(VarRecorder(population, "v", key="v"))
    with InferenceCompiler(steps, dt=dt, batch_size=batch_size, engine=engine, rng_seed=5).compile(network) as compiled:
        _, data = compiled.predict({population: x}, [], callbacks=recorders)
    spikes = np.zeros((len(x), steps, x.shape[1]), bool)
    for example, (times, ids) in enumerate(zip(*data["s"], strict=True)):
        spikes[example, np.rint(np.asarray(times) / dt).astype(int), ids] = True
    return spikes, np.array(data.get("v", []))


@pytest.mark.parametrize("relative", [False, True])
def test_integrate_fire_input(relative: bool, engine: str) -> None:
    # charges are multiples of 1/8, so that single precision is exact
    x = np.round(X * 8) / 8
    spikes, voltages = run(IntegrateFireInput(1.5, 0.25, relative_reset=relative, bias=0.125), engine, x)
    v = np.zeros_like(x)
    for step in range(STEPS):
        v = v + x + 0.125
        fired = v >= 1.5
        v = np.where(fired, v - 1.25 if relative else 0.25, v)
        np.testing.assert_array_equal(spikes[:, step], fired)
        np.testing.assert_array_equal(voltages[:, step], v)


@pytest.mark.parametrize(("relative", "during", "scale"), [(True, True, False), (False, False, True)])
def test_leaky_integrate_fire_input(relative: bool, during: bool, scale: bool, engine: str) -> None:
    neuron = LeakyIntegrateFireInput(
        0.7, 0.1, tau_mem=10, tau_refrac=3, relative_reset=relative, integrate_during_refrac=during, scale_i=scale
    )
    x = X * (5 if scale else 1)
    spikes, voltages = run(neuron, engine, x)
    alpha = np.exp(-0.1)
    v, timer = np.zeros_like(x), np.zeros_like(x)
    for step in range(STEPS):
        waiting = timer > 0
        timer -= waiting
        updated = alpha * v + (1 - alpha if scale else 1) * x
        v = np.where(waiting & (not during), v, updated)
        fired = (v >= 0.7) & (timer <= 0)
        v = np.where(fired, v - 0.6 if relative else 0.1, v)
        timer = np.where(fired, 3, timer)
        np.testing.assert_array_equal(spikes[:, step], fired)
        np.testing.assert_allclose(voltages[:, step], v, rtol=1e-5, atol=1e-6)  # 30 steps in single precision


def test_binary_spike_input(engine: str) -> None:
    spikes, _ = run(BinarySpikeInput(), engine)
    np.testing.assert_array_equal(spikes, np.broadcast_to((X > 0)[:, np.newaxis], spikes.shape))


RANDOM = {
    "poisson": (PoissonInput(), lambda x, dt: 1 - np.exp(-x * dt)),
    "bernoulli": (BernoulliInput(), lambda x, dt: np.minimum(x, 1.0)),
}


@pytest.mark.parametrize("dt", [1.0, 0.1])
@pytest.mark.parametrize("name", RANDOM)
def test_random_input(name: str, dt: float, engine: str) -> None:
    """Over 100 neurons and 100 steps the fraction of spikes lies within 5 standard deviations of its probability."""
    neuron, probability = RANDOM[name]
    x = np.array([0.0, 0.1, 0.5, 2.0])
    row = np.repeat(x, 100)[np.newaxis]
    spikes, _ = run(neuron, engine, np.vstack([row, -row]), dt, steps=100)
    p = probability(x, dt)
    found = spikes[0].reshape(100, 4, 100).mean(axis=(0, 2))
    assert (np.abs(found - p) <= 5 * np.sqrt(p * (1 - p) / 10_000)).all()
    assert not spikes[1].any()
    # spikes of neurons and steps are independent: variance of counts is binomial
    counts = spikes[0].sum(axis=0).reshape(4, 100)[2]
    assert 0.5 < counts.var() / (100 * p[2] * (1 - p[2])) < 1.8  # chi-square with 99 degrees of freedom
