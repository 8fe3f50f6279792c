"""Neurons with refractory periods or adaptive thresholds, trained; which of their spikes come because a period ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import InputLayer, Layer, SequentialNetwork
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import AdaptiveLeakyIntegrateFire, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.synapses import Exponential
from tests.compilers.event_prop.test_training import trials

PERIOD = 4  # timesteps
NEURONS = 20


def layers(neuron: Any, weight: float) -> Any:
    rng = np.random.default_rng(1)
    network = SequentialNetwork(default_params)
    with network:
        source = InputLayer(SpikeInput(), 12)
        hidden = Layer(Dense(rng.normal(weight, 0.5 * weight, (12, NEURONS))), neuron, NEURONS, Exponential(5.0))
        hidden.population().record_spikes = True
        output = Layer(
            Dense(rng.normal(0.0, 0.5, (NEURONS, 3))), LeakyIntegrate(readout="avg_var"), 3, Exponential(5.0)
        )
    return network, source, hidden, output


@pytest.mark.parametrize(
    ("neuron", "weight", "rate"),
    [
        (LeakyIntegrateFire(tau_refrac=2.0, relative_reset=False, scale_i=True), 2.0, 0.1),
        (LeakyIntegrateFire(tau_refrac=2.0, integrate_during_refrac=True, scale_i=True), 2.0, 0.1),
        (AdaptiveLeakyIntegrateFire(beta=0.3, tau_adapt=20.0), 0.1, 0.02),
        (AdaptiveLeakyIntegrateFire(beta=0.3, tau_adapt=20.0, tau_refrac=2.0), 0.1, 0.02),
    ],
)
def test_they_learn(neuron: Any, weight: float, rate: float) -> None:
    network, source, _, output = layers(neuron, weight)
    x, y = trials(30)
    compiler = EventPropCompiler(30, "sparse_categorical_crossentropy", Adam(rate), batch_size=10, rng_seed=1)
    compiled = compiler.compile(network)
    with compiled:
        compiled.train({source: x}, {output: y}, 40, callbacks=[])
        metrics, _ = compiled.evaluate({source: x}, {output: y}, callbacks=[])
    losses = [epoch.loss[output] for epoch in compiled.history]
    assert losses[-1] < 0.6 * losses[0]
    assert metrics[output].result > 0.9


def test_noise_lets_spikes_come_by_slopes_not_by_ends_of_periods() -> None:
    """With noise V may jump above the threshold at any time; only at the end of a period does a spike owe its time."""
    neuron = LeakyIntegrateFire(tau_refrac=PERIOD - 0.5, integrate_during_refrac=True, relative_reset=False)
    network, source, hidden, output = layers(neuron, 0.1)
    x, y = trials(8)
    compiler = EventPropCompiler(30, "sparse_categorical_crossentropy", batch_size=8, rng_seed=1, hidden_noise=0.3)
    compiled = compiler.compile(network)
    with compiled:
        compiled.gradients({source: x}, {output: y})
        group = compiled.neuron_populations[hidden.population()]
        tapes = [group.extra_global_params[name] for name in ("TapeStep", "TapePerSlope")]
        for tape in tapes:
            tape.pull_from_device()
        steps, per_slope = (np.array(tape.view).reshape(-1, 8, NEURONS) for tape in tapes)
    written, given = steps > 0, per_slope == 0.0
    gaps = np.diff(steps, axis=0)[written[1:] & given[1:]]
    assert not (written & given)[0].any()  # no spike comes before the first
    assert len(gaps) > 20
    assert (written & ~given).sum() > 20
    assert (gaps == PERIOD).all()


@pytest.mark.parametrize("precision", ["float", "double"])
@pytest.mark.parametrize("kind", [LeakyIntegrateFire, AdaptiveLeakyIntegrateFire])
def test_periods_last_as_long_as_the_timer_says(kind: type, precision: str) -> None:
    """Five times 0.2 ms taken from 1 ms leaves something in any precision, so that the period has six timesteps."""
    found = []
    for period in (1.0, 1.1):
        network, source, hidden, output = layers(kind(tau_refrac=period, integrate_during_refrac=True), 0.3)
        x, y = trials(4)
        compiler = EventPropCompiler(
            60, "sparse_categorical_crossentropy", batch_size=4, dt=0.2, rng_seed=1, precision=precision
        )
        with compiler.compile(network) as compiled:
            gradients = compiled.gradients({source: x}, {output: y})
        found.append([gradients[layer.connection()] for layer in (hidden, output)])
    assert all(gradient.any() for gradient in found[0])
    for gradient, wanted in zip(*found, strict=True):
        np.testing.assert_array_equal(gradient, wanted)
