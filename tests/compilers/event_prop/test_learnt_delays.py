"""Delays that are learnt: beside finite differences, by an optimiser of their own, within bounds, saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.compilers import EventPropCompiler, InferenceCompiler, Trainable
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Conv2D, Dense, FixedProbability, OneToOne, Sparse
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD, Adam
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

STEPS = 80
DELAYS = np.array([[10.0, 20.0], [30.0, 5.0], [0.0, 12.0]])
WEIGHTS = np.array([[3.0, 1.0], [0.5, 2.0], [1.0, -2.0]])
TRIAL = preprocess_spikes(np.array([1.0, 4.0, 7.0, 9.0]), np.array([0, 1, 2, 0]), 3)


def single(delays: Any = DELAYS, kind: Any = Dense, **kwargs: Any) -> tuple[Network, Any, Any, Any]:
    """Inputs, outputs and one connection."""
    with Network(default_params) as network:
        source, output = Population(SpikeInput(), 3), Population(LeakyIntegrate(readout="avg_var_exp_weight"), 2)
        arguments = {"max_delay_steps": 40, **kwargs}
        connection = Connection(source, output, kind(WEIGHTS, delay=delays), Exponential(5.0), **arguments)
    return network, source, output, connection


def compiled(network: Network, **kwargs: Any) -> Any:
    arguments = {"precision": "double", "num_threads": 1, "rng_seed": 1, "optimiser": None, **kwargs}
    return EventPropCompiler(STEPS, "sparse_categorical_crossentropy", **arguments).compile(network)


def delays_of(trained: Any, connection: Any) -> np.ndarray:
    return np.array(trained.connection_populations[connection].vars["d"].values).reshape(DELAYS.shape)


def loss(delays: np.ndarray) -> float:
    network, source, output, _ = single(delays)
    with compiled(network) as trained:
        readouts, _ = trained.predict({source: [TRIAL]}, output, callbacks=[])
    return float(SparseCategoricalCrossentropy().value(np.array([0]), readouts[output]))


@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_gradient_is_the_central_difference_of_a_timestep(engine: str) -> None:
    """Of outputs whose loss has no jumps; dL/dd, d in timesteps."""
    network, source, output, connection = single()
    with compiled(network, delay_learn_conns=[connection], delay_optimiser="adam", engine=engine) as trained:
        found = trained.gradients({source: [TRIAL]}, {output: np.array([0])})
    assert list(found) == [(connection, "delay")]
    for place in ((0, 0), (1, 1), (2, 1)):
        change = np.zeros(DELAYS.shape)
        change[place] = 1.0
        measured = (loss(DELAYS + change) - loss(DELAYS - change)) / 2.0
        assert found[connection, "delay"][place] == pytest.approx(measured, rel=1e-4)  # the softmax is not linear


def test_spikes_are_sent_with_rounded_delays() -> None:
    assert loss(DELAYS + 0.4) == loss(DELAYS)
    network, source, output, connection = single(DELAYS + 0.4)
    with compiled(network, delay_learn_conns=[connection], delay_optimiser="adam") as trained:
        readouts, _ = trained.predict({source: [TRIAL]}, output, callbacks=[])
    value = SparseCategoricalCrossentropy().value(np.array([0]), readouts[output])
    assert value == pytest.approx(loss(DELAYS), rel=1e-12)


def test_an_optimiser_of_their_own_changes_delays() -> None:
    network, source, output, connection = single()
    sgd = SGD(50.0)
    with compiled(network, optimiser="adam", delay_learn_conns=[connection], delay_optimiser=sgd) as trained:
        gradient = trained.gradients({source: [TRIAL]}, {output: np.array([0])})
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 1, callbacks=[])
        learnt = delays_of(trained, connection)
        weights = np.array(trained.connection_populations[connection].vars["g"].values).reshape(WEIGHTS.shape)
    expected = np.clip(DELAYS - 50.0 * gradient[connection, "delay"], 0.0, 40.0)
    np.testing.assert_allclose(learnt, expected, rtol=1e-12)
    assert np.abs(learnt - DELAYS).max() > 0.01
    np.testing.assert_allclose(np.abs(weights - WEIGHTS), 0.001, rtol=1e-3)  # the first step of Adam


@pytest.mark.parametrize("bounds", [(None, None), (8.0, 15.0)])
def test_delays_stay_within_bounds(bounds: tuple[Any, Any]) -> None:
    network, source, output, connection = single()
    chosen = {connection: {"weight": None, "delay": Trainable(Adam(30.0), *bounds)}}
    with compiled(network, optimisers=chosen) as trained:
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 5, callbacks=[])
        learnt = delays_of(trained, connection)
    low, high = bounds if bounds[0] else (0.0, 40.0)
    assert (learnt.min(), learnt.max()) == (low, high)


@pytest.mark.parametrize("kind", ["sparse", "one_to_one", "fixed_probability"])
def test_listed_synapses_learn_what_their_entries_do(kind: str) -> None:
    """Delays that are given as one number are one number each."""
    make = {
        "sparse": lambda: Sparse(np.array([3.0, 1.0]), np.array([1, 0]), np.array([0, 2]), 3),
        "one_to_one": lambda: OneToOne(2.0, delay=3),
        "fixed_probability": lambda: FixedProbability(1.0, 2.0, delay=3),
    }[kind]
    matrix = {"sparse": np.zeros((3, 3)), "one_to_one": 2.0 * np.eye(3), "fixed_probability": np.full((3, 3), 2.0)}[
        kind
    ]
    if kind == "sparse":
        matrix[1, 0], matrix[0, 2] = 3.0, 1.0
    found = []
    for connectivity in (make(), Dense(matrix, delay=3)):
        with Network(default_params) as network:
            source, output = Population(SpikeInput(), 3), Population(LeakyIntegrate(readout="avg_var"), 3)
            connection = Connection(source, output, connectivity, Exponential(5.0), max_delay_steps=40)
        with compiled(network, delay_learn_conns=[connection], delay_optimiser="adam") as trained:
            gradient = trained.gradients({source: [TRIAL]}, {output: np.array([0])})[connection, "delay"]
        found.append(gradient.ravel())
    wanted = found[1][matrix.ravel() != 0.0]
    assert np.abs(wanted).min() > 0.0
    np.testing.assert_allclose(found[0], wanted, rtol=1e-12)


def test_layers_learn_the_delays_of_their_connection_as_weights_are_learnt() -> None:
    network = SequentialNetwork(default_params)
    with network:
        source = InputLayer(SpikeInput(), 3)
        hidden = Layer(Dense(8.0, 10), LeakyIntegrateFire(), 4, Exponential(5.0), max_delay_steps=20)
        output = Layer(Dense(1.0), LeakyIntegrate(readout="avg_var_exp_weight"), 2, Exponential(5.0))
    with compiled(network, optimiser=Adam(0.5), delay_learn_conns=[hidden]) as trained:
        found = trained.gradients({source: [TRIAL]}, {output: np.array([0])})
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 1, callbacks=[])
        learnt = np.array(trained.connection_populations[hidden.connection()].vars["d"].values)
        assert {optimiser.alpha for optimiser in trained.optimisers} == {0.5}
    assert found[hidden.connection(), "delay"].shape == (3, 4)
    assert (np.abs(learnt - 10.0) <= 0.5001).all()


def test_learnt_delays_are_saved_and_rounded_for_inference(tmp_path: Path) -> None:
    network, source, output, connection = single()
    with compiled(network, delay_learn_conns=[connection], delay_optimiser=Adam(1.3)) as trained:
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 3, callbacks=[])
        learnt = delays_of(trained, connection)
        expected, _ = trained.predict({source: [TRIAL]}, output, callbacks=[])
        trained.save((3,), Numpy(tmp_path))
    assert (tmp_path / f"3-{connection.name}-d.npy").exists()
    again, source, output_again, connection = single(0)
    again.load((3,), Numpy(tmp_path))
    np.testing.assert_array_equal(connection.connectivity.delay, learnt)
    with InferenceCompiler(STEPS, precision="double").compile(again) as inference:
        found, _ = inference.predict({source: [TRIAL]}, output_again, callbacks=[])
    np.testing.assert_allclose(found[output_again], expected[output], rtol=1e-12)  # order of additions


def test_threads_learn_the_same_bits() -> None:
    found = []
    for threads in (1, 2):
        network, source, output, connection = single()
        options: dict[str, Any] = {"delay_learn_conns": [connection], "precision": "float", "num_threads": threads}
        with compiled(network, delay_optimiser="adam", batch_size=5, **options) as trained:
            trained.train({source: [TRIAL] * 5}, {output: np.arange(5) % 2}, 3, callbacks=[])
            found.append(delays_of(trained, connection).tobytes())
    assert found[0] == found[1]


# Refusals


def test_no_room() -> None:
    network, _, _, connection = single(max_delay_steps=None)
    text = (
        f"Maximum delay steps must be specified for Connection {connection.name} with delay learning; give it max_del"
    )
    with pytest.raises(DescriptionError, match=text):
        compiled(network, delay_learn_conns=[connection], delay_optimiser="adam")


def test_no_optimiser() -> None:
    network, _, _, connection = single()
    with pytest.raises(DescriptionError, match="delay_learn_conns needs a delay_optimiser where optimiser is None"):
        compiled(network, delay_learn_conns=[connection])


def test_bounds_beyond_the_room() -> None:
    network, _, _, connection = single()
    chosen = {connection: {"delay": Trainable("adam", 2.0, 50.0)}}
    text = "learnt between 0 and max_delay_steps=40, the bounds are 2 and 50; change either"
    with pytest.raises(DescriptionError, match=text):
        compiled(network, optimisers=chosen)


def test_initial_delays_beyond_the_room() -> None:
    network, _, _, connection = single(45)
    with pytest.raises(DescriptionError, match="a delay of 45 timesteps is above max_delay_steps=40; raise that, or"):
        compiled(network, delay_learn_conns=[connection], delay_optimiser="adam")


def test_kernels() -> None:
    with Network(default_params) as network:
        source = Population(SpikeInput(), (4, 4, 1), name="source")
        output = Population(LeakyIntegrate(readout="avg_var"), name="output")
        kernel = Conv2D(1.0, 1, 3, flatten=True)
        connection = Connection(source, output, kernel, Exponential(5.0), max_delay_steps=5)
    text = (
        "source->output: EventProp cannot learn delays of Conv2D connectivity, whose synapses share one; it can those "
        "of Dense, .*: list the synapses with Sparse to learn one for each"
    )
    with pytest.raises(UnsupportedError, match=text):
        compiled(network, delay_learn_conns=[connection], delay_optimiser="adam")
