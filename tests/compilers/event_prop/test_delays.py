"""Delays that stay as they are: gradients are those of networks that say the same in another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler, InferenceCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Conv2D, Dense, FixedProbability, OneToOne, Sparse
from ml_genn.errors import DescriptionError
from ml_genn.initializers import Uniform
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

TIMESTEPS = 60
Y = np.array([0, 1, 2, 1])
RNG = np.random.default_rng(3)
INPUT, RECURRENT, OUTPUT = RNG.normal(1.5, 1.0, (6, 6)), RNG.normal(0.0, 0.5, (6, 6)), RNG.normal(0.0, 1.0, (6, 3))
LONG = np.random.default_rng(9).integers(0, 90, (6, 6))
"""Delays some of which are longer than a trial."""


def trials(shift: int = 0) -> list[Any]:
    rng = np.random.default_rng(5)
    drawn = [(np.sort(rng.integers(0, 35, 40)).astype(float), rng.integers(0, 6, 40)) for _ in Y]
    return [preprocess_spikes(times + shift, ids, 6) for times, ids in drawn]


def build(first: Any, second: Any = None, third: Any = None, **kwargs: Any) -> tuple[Any, list[Any], list[Any]]:
    """Inputs, hidden neurons with connections among each other, and outputs."""
    with Network(default_params) as network:
        source = Population(SpikeInput(), 6)
        hidden = Population(LeakyIntegrateFire(), 6)
        output = Population(LeakyIntegrate(readout="avg_var"), 3)
        connections = [
            Connection(source, hidden, first, Exponential(5.0), **kwargs),
            Connection(hidden, hidden, second or Dense(RECURRENT), Exponential(5.0)),
            Connection(hidden, output, third or Dense(OUTPUT), Exponential(5.0)),
        ]
    return network, [source, hidden, output], connections


def gradients(*connectivities: Any, shift: int = 0, max_delay_steps: int | None = None, **kwargs: Any) -> list[Any]:
    network, populations, connections = build(*connectivities, max_delay_steps=max_delay_steps)
    arguments: dict[str, Any] = {"precision": "double", "num_threads": 1, "rng_seed": 1, "batch_size": 4, **kwargs}
    with EventPropCompiler(TIMESTEPS, "sparse_categorical_crossentropy", **arguments).compile(network) as compiled:
        for _ in range(2):  # the second time nothing is left of the first
            found = compiled.gradients({populations[0]: trials(shift)}, {populations[-1]: Y})
    return [found[connection] for connection in connections]


def assert_equal(found: list[Any], expected: list[Any]) -> None:
    for actual, wanted in zip(found, expected, strict=True):
        assert np.abs(wanted).max() > 1e-3
        np.testing.assert_allclose(actual, wanted, rtol=1e-9, atol=1e-15)  # order of additions


@pytest.mark.parametrize("delay", [7, np.full((6, 6), 7)], ids=["number", "array"])
def test_delayed_input_is_later_input(delay: Any) -> None:
    assert_equal(gradients(Dense(INPUT, delay=delay)), gradients(Dense(INPUT), shift=7))


def test_numbers_and_arrays_of_delays_agree() -> None:
    numbers = gradients(Dense(INPUT, delay=2), Dense(RECURRENT, delay=5), Dense(OUTPUT, delay=3))
    arrays = [np.full(weights.shape, delay) for weights, delay in ((INPUT, 2), (RECURRENT, 5), (OUTPUT, 3))]
    given = (Dense(weights, delay=delay) for weights, delay in zip((INPUT, RECURRENT, OUTPUT), arrays, strict=True))
    assert_equal(gradients(*given), numbers)


@pytest.mark.slow
def test_what_arrives_after_the_trial_counts_for_nothing() -> None:
    """Neither for its own weight nor for that of the spike it belongs to: its synapse may as well not be there."""
    late = LONG >= TIMESTEPS
    found = gradients(Dense(INPUT), Dense(RECURRENT, delay=LONG))
    expected = gradients(Dense(INPUT), Dense(np.where(late, 0.0, RECURRENT), delay=np.where(late, 0, LONG)))
    assert late.any()
    assert not found[1][late].any()
    expected[1][late] = 0.0
    assert_equal(found, expected)
    never, silent = (gradients(Dense(INPUT), Dense(*args)) for args in ((RECURRENT, 200), (np.zeros((6, 6)),)))
    assert not never[1].any()
    assert_equal(never[::2], silent[::2])


def sparse(weights: np.ndarray, delays: np.ndarray) -> tuple[Sparse, Dense]:
    """Two thirds of the synapses, not in the engine's order, and the dense connection that they stand for."""
    pre, post = (part[::-1] for part in np.nonzero(np.add.outer(np.arange(6), np.arange(6)) % 3))
    matrix = np.zeros((6, 6))
    matrix[pre, post] = weights[pre, post]
    return Sparse(weights[pre, post], pre, post, delays[pre, post]), Dense(matrix, delays)


def test_listed_synapses_have_the_gradients_of_their_entries() -> None:
    """Those of neurons whose spikes matter, and those of inputs."""
    pairs = [sparse(weights, LONG % 20) for weights in (3.0 * INPUT, RECURRENT)]
    found, expected = (gradients(*(pair[which] for pair in pairs)) for which in (0, 1))
    for actual, matrix, pair in zip(found[:2], expected[:2], pairs, strict=True):
        order = np.lexsort((pair[0].post_ind, pair[0].pre_ind))
        wanted = matrix[pair[0].pre_ind[order], pair[0].post_ind[order]]
        assert wanted.any()
        np.testing.assert_allclose(actual, wanted, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-9, atol=1e-15)


def test_one_to_one() -> None:
    delays = np.arange(6)
    found = gradients(OneToOne(8.0, delay=delays))
    expected = gradients(Dense(8.0 * np.eye(6), delay=np.tile(delays, (6, 1))))
    assert_equal(found, [np.diag(expected[0]), *expected[1:]])


@pytest.mark.parametrize("delay", [4, Uniform(0.0, 9.0)], ids=["number", "drawn"])
def test_drawn_synapses(delay: Any) -> None:
    network, populations, connections = build(FixedProbability(0.6, 2.0, delay=delay), max_delay_steps=9)
    arguments: dict[str, Any] = {"precision": "double", "num_threads": 1, "rng_seed": 1, "batch_size": 4}
    with EventPropCompiler(TIMESTEPS, "sparse_categorical_crossentropy", **arguments).compile(network) as compiled:
        found = compiled.gradients({populations[0]: trials()}, {populations[-1]: Y})
        group = compiled.connection_populations[connections[0]]
        pre, post = np.array(group.get_sparse_pre_inds()), np.array(group.get_sparse_post_inds())
        delays = np.array(group.vars["d"].values) if "d" in group.vars else np.full(pre.size, delay)
    assert delays.max() > 3
    weights, steps = np.zeros((6, 6)), np.zeros((6, 6))
    weights[pre, post], steps[pre, post] = 2.0, delays
    expected = gradients(Dense(weights, delay=steps))
    assert_equal(list(found.values()), [expected[0][pre, post], *expected[1:]])


def test_kernels() -> None:
    """A convolution over a 2 x 3 image of one channel, whose targets are a hidden population of the same shape."""
    kernel = np.random.default_rng(4).normal(2.0, 1.0, (3, 3, 1, 1))
    with Network(default_params) as network:
        source = Population(SpikeInput(), (2, 3, 1))
        hidden = Population(LeakyIntegrateFire(), (2, 3, 1))
        output = Population(LeakyIntegrate(readout="avg_var"), 3)
        first = Connection(source, hidden, Conv2D(kernel, 1, 3, conv_padding="same", delay=5), Exponential(5.0))
        second = Connection(hidden, hidden, Conv2D(0.1 * kernel, 1, 3, conv_padding="same", delay=2), Exponential(5.0))
        last = Connection(hidden, output, Dense(OUTPUT), Exponential(5.0))
    compiler = EventPropCompiler(TIMESTEPS, "sparse_categorical_crossentropy", precision="double", batch_size=4)
    with compiler.compile(network) as compiled:
        found = compiled.gradients({source: trials()}, {output: Y})
    pre, post, place = first.connectivity.synapses(source)
    matrices = [np.zeros((6, 6)), np.zeros((6, 6))]
    for matrix, scale in zip(matrices, (1.0, 0.1), strict=True):
        matrix[pre, post] = scale * kernel.ravel()[place]
    expected = gradients(Dense(matrices[0], delay=5), Dense(matrices[1], delay=2))
    shared = [np.bincount(place, matrix[pre, post], 9).reshape(3, 3, 1, 1) for matrix in expected[:2]]
    assert_equal([found[first], found[second], found[last]], [*shared, expected[2]])


def test_reference_engine_agrees() -> None:
    given = Dense(INPUT, delay=4), Dense(RECURRENT, delay=LONG), Dense(OUTPUT, delay=LONG[:, :3] % 10)
    fast, slow = (gradients(*given, engine=engine) for engine in ("embedded", "reference"))
    assert_equal(fast, slow)


def test_threads_do_not_change_a_bit() -> None:
    given = Dense(INPUT, delay=4), Dense(RECURRENT, delay=LONG), Dense(OUTPUT, delay=LONG[:, :3] % 10)
    found = [
        b"".join(part.tobytes() for part in gradients(*given, num_threads=threads, precision="float"))
        for threads in (1, 2, 7)
    ]
    assert found[1] == found[0]
    assert found[2] == found[0]


def test_forward_is_inference() -> None:
    given = Dense(INPUT, delay=4), Dense(RECURRENT, delay=LONG), Dense(OUTPUT, delay=LONG[:, :3] % 10)
    network, populations, _ = build(*given)
    readouts = []
    for compiler in (
        EventPropCompiler(TIMESTEPS, "sparse_categorical_crossentropy", precision="double", batch_size=4),
        InferenceCompiler(TIMESTEPS, precision="double", batch_size=4),
    ):
        with compiler.compile(network) as compiled:
            found, _ = compiled.predict({populations[0]: trials()}, [populations[-1]], callbacks=[])
            readouts.append(found[populations[-1]])
    np.testing.assert_allclose(readouts[0], readouts[1], rtol=1e-12)  # order of additions


@pytest.mark.parametrize("compiler", [InferenceCompiler(10), EventPropCompiler(10, "sparse_categorical_crossentropy")])
def test_delays_above_the_longest_are_refused(compiler: Any) -> None:
    network, _, _ = build(Dense(INPUT, delay=LONG), max_delay_steps=50)
    message = f"a delay of {LONG.max()} timesteps is above max_delay_steps=50; raise that, or leave it out"
    with pytest.raises(DescriptionError, match=message):
        compiler.compile(network)
