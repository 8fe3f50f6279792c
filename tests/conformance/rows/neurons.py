"""Rows of neurons: input data or spikes go in, the variable that readouts read and the spikes come out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Dense, MaxPool2D, OneToOne
from ml_genn.neurons import (
    AdaptiveLeakyIntegrateFire,
    BernoulliInput,
    BinarySpikeInput,
    CurrentInput,
    FewSpikeCurrentInput,
    FewSpikeFunction,
    FewSpikeMaxPool,
    FewSpikeRelu,
    FewSpikeReluInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    LeakyIntegrateFireInput,
    PoissonInput,
    SignedIntegrateFire,
    SpikeInput,
    SpikeMaxPool,
)
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.conformance.table import Net, NetworkRow
from tests.references import few_spike, layers, neurons

STEPS, SOURCES, TARGETS = 14, 6, 5
ROUNDING = 1e-5
"""14 steps in single precision, each with some roundings of 6e-8."""
RANDOM = {"resets": "the first batch and the second are different examples, whose random numbers differ"}

RNG = np.random.default_rng(3)
X = np.array([[0.0, 0.3, -0.4, 1.0, 1.75, 2.5], [0.05, 0.8, 0.6, -1.0, 0.9, 0.45], [0.1, 0.2, 0.5, 1.5, -2.0, 3.0]])
GRID = np.round(X * 8) / 8
"""Multiples of 1/8, whose sums single precision holds exactly."""
SPIKES = RNG.integers(0, 2, (3, STEPS, SOURCES))
WEIGHTS = RNG.integers(-3, 9, (SOURCES, TARGETS)) / 16
BIASES = np.array([0.1, -0.2, 0.0, 0.3, -0.1])
THRESHOLDS = np.array([0.7, 0.5, 0.9, 0.61, 1.2])
CURRENTS = neurons.delivered(SPIKES, WEIGHTS)


def fed(neuron: Any, *record: str) -> Net:
    """An input neuron alone."""
    with Network() as network:
        population = Population(neuron, SOURCES, record_spikes="spikes" in record, name="fed")
    return Net(network, population, population, InferenceCompiler(STEPS, rng_seed=5), record)


def driven(neuron: Any, *record: str) -> Net:
    """Neurons that get the spikes of an input over a dense connection."""
    with Network() as network:
        source = Population(BinarySpikeInput(input_frames=STEPS), SOURCES, name="source")
        target = Population(neuron, TARGETS, record_spikes="spikes" in record, name="target")
        Connection(source, target, Dense(WEIGHTS))
    return Net(network, source, target, InferenceCompiler(STEPS), record)


def current(neuron: Any) -> Net:
    """An input whose values stay in the synapses of integrators."""
    with Network() as network:
        source = Population(neuron, SOURCES, name="source")
        target = Population(LeakyIntegrate(tau_mem=float("inf")), TARGETS, name="target")
        Connection(source, target, Dense(WEIGHTS), Exponential(tau=float("inf")))
    return Net(network, source, target, InferenceCompiler(STEPS), ("V",))


def pooled(neuron: Any) -> Net:
    """Rate-coded max-pooling of an image of 2 x 3 neurons in windows of 2 x 2."""
    with Network() as network:
        source = Population(BinarySpikeInput(input_frames=STEPS), (2, 3, 1), name="source")
        target = Population(neuron, record_spikes=True, name="target")
        Connection(source, target, MaxPool2D(2, pool_strides=1))
    return Net(network, source, target, InferenceCompiler(STEPS), ("Leading",))


K, ALPHA = 5, 4.0


def few_spikes(neuron: Any, shape: Any = SOURCES) -> Net:
    """The neuron between an input (or itself the input) and an output that adds up what it sends."""
    with Network() as network:
        is_input = isinstance(neuron, FewSpikeReluInput | FewSpikeCurrentInput)
        source = Population(neuron if is_input else FewSpikeReluInput(K, ALPHA), shape, name="source")
        middle = source if is_input else Population(neuron, name="middle")
        output = Population(FewSpikeRelu(K, 1.0, "var"), name="output")
        if not is_input:
            pools = isinstance(neuron, FewSpikeMaxPool)
            Connection(source, middle, MaxPool2D(2, pool_strides=1) if pools else OneToOne(WEIGHTS[:, 0] * 4))
        Connection(middle, output, OneToOne(1.0))
    return Net(network, source, output, FewSpikeCompiler(K))


def quantised(x: np.ndarray, alpha: float = ALPHA, **kwargs: Any) -> np.ndarray:
    return few_spike.quantise(x, K, alpha, **kwargs)


CURVE = ((1.5, 0.5, 0.25, 0.25, -0.25), (1.0, 0.75, 0.25, 0.125, 0.5), (0.5, 0.25, 0.25, 0.125, -0.125))
"""Thresholds, jumps and worths of a function that falls behind and rises again; binary fractions, which stay exact."""

TRAINS = [([0, 3, 3, 3.5, 13], [0, 1, 1, 1, 4]), ([2, 9.25, 40], [5, 5, 0]), ([], [])]
IMAGES = SPIKES.reshape(3, STEPS, 2, 3, 1)
WINDOWS = layers.pooling_windows((2, 3, 1), (2, 2), (1, 1))


def positive(x: np.ndarray, probability: float) -> np.ndarray:
    """Spikes of inputs that are 0 or spike for certain."""
    return np.broadcast_to((x > 0)[:, np.newaxis, np.newaxis], (3, 1, STEPS, SOURCES)) * probability


ROWS = (
    NetworkRow(
        make=lambda: IntegrateFire(1.5, 0.25, 0.5, bias=0.125, relative_reset=True),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.integrate_fire(1.5, 0.25, 0.125, relative=True), CURRENTS, {"V": 0.5}
        ),
    ),
    NetworkRow(
        label="absolute_reset",
        make=lambda: IntegrateFire(1.5, 0.25),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.integrate_fire(1.5, 0.25, 0.0, relative=False), CURRENTS, {"V": 0.0}
        ),
    ),
    NetworkRow(
        make=lambda: IntegrateFireInput(1.5, 0.25, 0.5, bias=0.125, relative_reset=True),
        build=lambda neuron: fed(neuron, "V", "spikes"),
        examples=GRID,
        reference=lambda x: neurons.simulate(
            neurons.integrate_fire(1.5, 0.25, 0.125, relative=True), neurons.held(x, STEPS), {"V": 0.5}
        ),
    ),
    NetworkRow(
        make=lambda: SignedIntegrateFire(0.5, 0.25, -0.375),
        build=lambda neuron: driven(neuron, "V", "Sent"),
        examples=SPIKES,
        reference=lambda _: neurons.signed_integrate_fire(0.5, 0.25, -0.375, CURRENTS),
    ),
    NetworkRow(
        make=CurrentInput,
        build=current,
        examples=GRID,
        reference=lambda x: np.arange(STEPS)[:, np.newaxis] * (x @ WEIGHTS)[:, np.newaxis, np.newaxis],
    ),
    NetworkRow(
        make=lambda: LeakyIntegrate(0.5, BIASES, 7.0, True),
        build=lambda neuron: driven(neuron, "V"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(neurons.leaky_integrate(7.0, BIASES, scale=True), CURRENTS, {"V": 0.5})[
            :, :1
        ],
        tolerance=ROUNDING,
    ),
    NetworkRow(
        make=lambda: LeakyIntegrateFire(THRESHOLDS, 0.1, 0.2, 10.0, 2.0, False, False),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.leaky_integrate_fire(THRESHOLDS, 0.1, 10.0, 2.0, relative=False, during=False),
            CURRENTS,
            {"V": 0.2, "A": 0, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        make=lambda: LeakyIntegrateFireInput(0.7, 0.1, 0.2, 10.0, 2.0, True, True, True),
        build=lambda neuron: fed(neuron, "V", "spikes"),
        examples=X * 4,
        reference=lambda x: neurons.simulate(
            neurons.leaky_integrate_fire(0.7, 0.1, 10.0, 2.0, relative=True, during=True, scale=True),
            neurons.held(x, STEPS),
            {"V": 0.2, "A": 0, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        make=lambda: AdaptiveLeakyIntegrateFire(0.5, 0.1, 0.2, 0.3, 0.4, 10.0, 1.0, 30.0, True, False),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.leaky_integrate_fire(0.5, 0.1, 10.0, 1.0, relative=True, during=False, beta=0.4, tau_adapt=30.0),
            CURRENTS,
            {"V": 0.2, "A": 0.3, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        label="bias",
        make=lambda: LeakyIntegrateFire(THRESHOLDS, tau_mem=10.0, tau_refrac=1.0, scale_i=True, bias=BIASES),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.leaky_integrate_fire(
                THRESHOLDS, 0.0, 10.0, 1.0, relative=True, during=True, scale=True, bias=BIASES
            ),
            CURRENTS,
            {"V": 0.0, "A": 0, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        label="bias",
        make=lambda: LeakyIntegrateFireInput(
            0.7, tau_mem=10.0, tau_refrac=2.0, integrate_during_refrac=False, bias=0.125
        ),
        build=lambda neuron: fed(neuron, "V", "spikes"),
        examples=X,
        reference=lambda x: neurons.simulate(
            neurons.leaky_integrate_fire(0.7, 0.0, 10.0, 2.0, relative=True, during=False, bias=0.125),
            neurons.held(x, STEPS),
            {"V": 0.0, "A": 0, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        label="bias",
        make=lambda: AdaptiveLeakyIntegrateFire(0.5, beta=0.4, tau_mem=10.0, tau_adapt=30.0, bias=BIASES),
        build=lambda neuron: driven(neuron, "V", "spikes"),
        examples=SPIKES,
        reference=lambda _: neurons.simulate(
            neurons.leaky_integrate_fire(
                0.5, 0.0, 10.0, 0.0, relative=True, during=True, beta=0.4, tau_adapt=30.0, bias=BIASES
            ),
            CURRENTS,
            {"V": 0.0, "A": 0, "timer": 0},
        ),
        tolerance=ROUNDING,
    ),
    NetworkRow(
        make=lambda: BinarySpikeInput(),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=X,
        reference=lambda x: positive(x, 1.0),
    ),
    NetworkRow(
        make=lambda: PoissonInput(),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=np.where(X > 0.5, 100.0, np.minimum(X, 0.0)),  # exp(-100) is no probability that a draw meets
        reference=lambda x: positive(x, 1.0),
        label="certain",
        exceptions={},
    ),
    NetworkRow(
        make=lambda: PoissonInput(),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=X,
        reference=lambda x: 1 - np.exp(-np.maximum(x, 0)),
        exceptions={"reference": "random; test_neurons.py compares its rate", **RANDOM},
    ),
    NetworkRow(
        make=lambda: BernoulliInput(2.0),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=np.where(X > 0.5, 2.0, np.minimum(X, 0.0)),
        reference=lambda x: positive(x, 1.0),
        label="certain",
    ),
    NetworkRow(
        make=lambda: BernoulliInput(2.0),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=X,
        reference=lambda x: np.clip(x / 2, 0, 1),
        exceptions={"reference": "random; test_neurons.py compares its rate", **RANDOM},
    ),
    NetworkRow(
        make=lambda: SpikeInput(50),
        build=lambda neuron: fed(neuron, "spikes"),
        examples=[preprocess_spikes(times, np.array(ids, int), SOURCES) for times, ids in TRAINS],
        reference=lambda _: neurons.played_back(TRAINS, STEPS, SOURCES)[:, np.newaxis],
    ),
    NetworkRow(
        make=lambda: SpikeMaxPool(),
        build=pooled,
        examples=IMAGES,
        reference=lambda _: neurons.follow_the_leader(WINDOWS, SPIKES)[:, np.newaxis],
    ),
    NetworkRow(
        make=lambda: FewSpikeReluInput(K, ALPHA, True, rounding="nearest"),
        build=few_spikes,
        examples=X,
        reference=lambda x: quantised(x, nearest=True, signed=True),
    ),
    NetworkRow(
        make=lambda: FewSpikeRelu(K, 2.0, bias=0.25),
        build=few_spikes,
        examples=GRID,
        reference=lambda x: quantised(quantised(x) * WEIGHTS[:, 0] * 4 + 0.25, 2.0),
    ),
    NetworkRow(
        make=lambda: FewSpikeCurrentInput(K),
        build=lambda neuron: few_spikes(neuron),
        examples=GRID,
        reference=lambda x: x,
    ),
    NetworkRow(
        make=lambda: FewSpikeFunction(*CURVE, bias=0.25),
        build=lambda neuron: few_spikes(neuron),
        examples=X,
        reference=lambda x: few_spike.staircase(quantised(x) * WEIGHTS[:, 0] * 4 + 0.25, *CURVE),
    ),
    NetworkRow(
        make=lambda: FewSpikeMaxPool(K, ALPHA),
        build=lambda neuron: few_spikes(neuron, (2, 3, 1)),
        examples=X.reshape(3, 2, 3, 1),
        reference=lambda x: few_spike.maximum(WINDOWS)(quantised(x)).reshape(3, 1, 2, 1),
    ),
)
