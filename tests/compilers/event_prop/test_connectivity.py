"""Gradients of weights that are listed, drawn or shared: those of the dense connection that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import (
    AvgPool2D,
    Conv2D,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
from ml_genn.errors import UnsupportedError
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput, SpikeMaxPool
from ml_genn.optimisers import SGD
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

RNG = np.random.default_rng(2)
IMAGE = (4, 4, 2)
INPUTS = 32
OUTPUT_WEIGHTS = RNG.normal(0.0, 1.0, (32, 3))
PRE, POST = (part[::-1] for part in np.nonzero(np.multiply.outer(np.arange(32), np.arange(32)) % 5 == 1))
"""Synapses that are not in the engine's order."""


def trial() -> Any:
    return preprocess_spikes(np.sort(RNG.integers(0, 20, 60)).astype(float), RNG.integers(0, INPUTS, 60), INPUTS)


X = [trial() for _ in range(3)]
Y = np.array([0, 1, 2])


def build(first: Any, second: Any, shape: Any = IMAGE) -> tuple[Any, ...]:
    """Input -> hidden -> hidden -> output, the first two connections as given."""
    with Network(default_params) as network:
        populations = [
            Population(SpikeInput(), IMAGE),
            Population(LeakyIntegrateFire(relative_reset=True), shape),
            Population(LeakyIntegrateFire(relative_reset=True), shape),
            Population(LeakyIntegrate(readout="avg_var"), 3),
        ]
        kinds = (first, second, Dense(OUTPUT_WEIGHTS))
        connections = [
            Connection(source, target, kind, Exponential(5.0))
            for source, target, kind in zip(populations[:-1], populations[1:], kinds, strict=True)
        ]
    return network, populations, connections


def synapses(group: Any) -> tuple[np.ndarray, ...]:
    """Source neurons, target neurons and weights."""
    return (
        np.array(group.get_sparse_pre_inds()),
        np.array(group.get_sparse_post_inds()),
        np.array(group.vars["g"].values),
    )


def run(first: Any, second: Any, **kwargs: Any) -> tuple[list[np.ndarray], Any]:
    """Gradients of the three connections, and the synapses of the first two where they are listed."""
    network, populations, connections = build(first, second)
    arguments: dict[str, Any] = {"batch_size": 3, "precision": "double", "num_threads": 1, "rng_seed": 1, **kwargs}
    with EventPropCompiler(40, "sparse_categorical_crossentropy", **arguments).compile(network) as trained:
        found = trained.gradients({populations[0]: X}, {populations[-1]: Y})
        groups = [trained.connection_populations[connection] for connection in connections[:2]]
        listed = [
            None if isinstance(connection.connectivity, (Conv2D, Dense)) else synapses(group)
            for connection, group in zip(connections[:2], groups, strict=True)
        ]
    return [found[connection] for connection in connections], listed


def dense(pre: np.ndarray, post: np.ndarray, weights: np.ndarray) -> Dense:
    matrix = np.zeros((32, 32))
    matrix[pre, post] = weights
    return Dense(matrix)


@pytest.mark.parametrize("kind", ["sparse", "one_to_one", "one_number", "drawn"])
def test_listed_synapses_have_the_gradients_of_their_entries(kind: str) -> None:
    make = {
        "sparse": lambda: Sparse(np.linspace(1.0, 6.0, PRE.size), PRE, POST),
        "one_to_one": lambda: OneToOne(np.linspace(6.0, 12.0, 32)),
        "one_number": lambda: OneToOne(9.0),
        "drawn": lambda: FixedProbability(0.3, 2.0),
    }[kind]
    gradients, listed = run(make(), make())
    expected, _ = run(*(dense(*one) for one in listed))
    for actual, matrix, (pre, post, _) in zip(gradients[:2], expected[:2], listed, strict=True):
        wanted = matrix[pre, post]
        assert wanted.any()
        np.testing.assert_allclose(actual.ravel(), wanted, rtol=1e-9, atol=1e-14)  # order of additions
    np.testing.assert_allclose(gradients[2], expected[2], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_kernels_collect_the_gradients_of_all_their_synapses(engine: str) -> None:
    kernels = [RNG.normal(0.8, 0.6, (3, 3, 2, 2)) for _ in range(2)]
    convolutions = [Conv2D(kernel, 2, 3, conv_padding="same") for kernel in kernels]
    gradients, _ = run(*convolutions, engine=engine)
    _, populations, _ = build(*convolutions)
    pre, post, place = convolutions[0].synapses(populations[0])
    expected, _ = run(*(dense(pre, post, kernel.ravel()[place]) for kernel in kernels))
    for actual, matrix in zip(gradients[:2], expected[:2], strict=True):
        wanted = np.bincount(place, matrix[pre, post], 36).reshape(3, 3, 2, 2)
        assert wanted.any()
        np.testing.assert_allclose(actual, wanted, rtol=1e-9, atol=1e-13)  # order of additions


def test_kernels_are_learnt() -> None:
    kernel = RNG.normal(0.8, 0.6, (3, 3, 2, 2))
    network, populations, connections = build(Conv2D(kernel, 2, 3, conv_padding="same"), OneToOne(9.0))
    compiler = EventPropCompiler(40, "sparse_categorical_crossentropy", SGD(0.25), batch_size=3, precision="double")
    with compiler.compile(network) as trained:
        x, y = {populations[0]: X}, {populations[-1]: Y}
        gradient = trained.gradients(x, y)[connections[0]]
        trained.train(x, y, 1, callbacks=[], shuffle=False)
        learnt = np.array(trained.connection_populations[connections[0]].vars["g"].view)
    np.testing.assert_allclose(learnt.ravel(), (kernel - 0.25 * gradient).ravel(), rtol=1e-12)
    assert gradient.any()


@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_gradients_pass_average_pooling(engine: str) -> None:
    """As they pass the listed synapses that it stands for, whose weights alone have a gradient."""
    drive = OneToOne(9.0)
    pool = AvgPool2D(2)
    found = {}
    _, populations, _ = pooling_network(drive, pool)
    pre, post, cells = pool.synapses(populations[1])
    for name, kind in (("pool", pool), ("sparse", Sparse(1.0 / cells, pre, post))):
        network, populations, connections = pooling_network(drive, kind)
        compiler = EventPropCompiler(
            40, "sparse_categorical_crossentropy", batch_size=3, precision="double", engine=engine
        )
        with compiler.compile(network) as compiled:
            gradients = compiled.gradients({populations[0]: X}, {populations[-1]: Y})
        found[name] = [gradients.get(connection) for connection in connections]
    assert found["pool"][1] is None
    assert found["sparse"][1].any()
    for which in (0, 2):
        assert found["pool"][which].any()
        np.testing.assert_allclose(found["pool"][which], found["sparse"][which], rtol=1e-9, atol=1e-14)


def pooling_network(first: Any, second: Any) -> tuple[Any, ...]:
    """Input -> hidden image -> a quarter of its neurons, easily excited -> output."""
    with Network(default_params) as network:
        populations = [
            Population(SpikeInput(), IMAGE),
            Population(LeakyIntegrateFire(relative_reset=True), IMAGE),
            Population(LeakyIntegrateFire(v_thresh=0.1, relative_reset=True), (2, 2, 2)),
            Population(LeakyIntegrate(readout="avg_var"), 3),
        ]
        kinds = (first, second, Dense(OUTPUT_WEIGHTS[:8]))
        connections = [
            Connection(source, target, kind, Exponential(5.0))
            for source, target, kind in zip(populations[:-1], populations[1:], kinds, strict=True)
        ]
    return network, populations, connections


def test_max_pooling_is_refused() -> None:
    network, _, _ = build(OneToOne(1.0), OneToOne(1.0))
    with network:
        target = Population(SpikeMaxPool(), (2, 2, 2))
        Connection(network.populations[1], target, MaxPool2D(2), Exponential(5.0))
    text = (
        "MaxPool2D connectivity, since which source is in the lead has no derivative; it can .*, and networks with Avg"
    )
    with pytest.raises(UnsupportedError, match=text):
        EventPropCompiler(10, "sparse_categorical_crossentropy").compile(network)
