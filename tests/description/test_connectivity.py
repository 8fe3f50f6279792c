"""Connectivity against matrices made by loops, and the shapes it accepts and refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_genn import Connection, Network, Population
from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
from ml_genn.errors import DescriptionError, ShapeError, UnsupportedError
from ml_genn.initializers import Uniform
from tests.references import layers

SPARSE_ONLY = frozenset(("DENSE", "SPARSE"))


def connect(connectivity: Any, source: Any, target: Any = None) -> Connection:
    with Network() as network:
        pre, post = Population("integrate_fire", source, name="a"), Population("integrate_fire", target, name="b")
        connection = Connection(pre, post, connectivity)
    connection.network = network  # type: ignore[attr-defined] # keeps the populations alive
    return connection


def matrix(connection: Connection) -> np.ndarray:
    """The weights that a connection asks the engine to store, as a matrix."""
    source, target = connection.ends
    snippet = connection.connectivity.get_snippet(connection, SPARSE_ONLY).for_each_synapse()
    if snippet.matrix_type == "DENSE":
        return np.broadcast_to(snippet.weight, (source.num_neurons, target.num_neurons)) * snippet.scale
    weights = np.zeros((source.num_neurons, target.num_neurons))
    np.add.at(weights, snippet.indices, snippet.weight * snippet.scale)
    return weights


def random_weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape)


paddings = st.sampled_from(["valid", "same", ((1, 0), (0, 2)), ((0, 1), (2, 1))])
sizes = st.tuples(st.integers(3, 6), st.integers(3, 6), st.integers(1, 2))
small = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=40, deadline=None)
@given(image=sizes, kernel=small, strides=small, padding=paddings, filters=st.integers(1, 2))
def test_conv2d(image: Any, kernel: Any, strides: Any, padding: Any, filters: int) -> None:
    weights = random_weights(*kernel, image[2], filters)
    connection = connect(Conv2D(weights, filters, kernel, conv_strides=strides, conv_padding=padding), image)
    expected = layers.convolution(image, weights, strides, padding)
    np.testing.assert_array_equal(matrix(connection), expected)
    np.testing.assert_array_equal(connection.connectivity.fan_out(connection), (expected != 0).sum(axis=1))


@settings(max_examples=30, deadline=None)
@given(image=sizes, kernel=small, strides=small, padding=st.sampled_from(["valid", "same"]), filters=st.integers(1, 2))
def test_conv2d_transpose(image: Any, kernel: Any, strides: Any, padding: Any, filters: int) -> None:
    weights = random_weights(*kernel, filters, image[2])
    connection = connect(Conv2DTranspose(weights, filters, kernel, conv_strides=strides, conv_padding=padding), image)
    expected = layers.transposed_convolution(image, weights, strides, padding)
    np.testing.assert_array_equal(matrix(connection), expected)
    np.testing.assert_array_equal(connection.connectivity.fan_out(connection), (expected != 0).sum(axis=1))


@settings(max_examples=30, deadline=None)
@given(image=sizes, pool=small, strides=small, padding=st.sampled_from(["valid", "same"]))
def test_pooling(image: Any, pool: Any, strides: Any, padding: Any) -> None:
    average = connect(AvgPool2D(pool, pool_strides=strides, pool_padding=padding), image)
    expected = layers.average_pooling(image, pool, strides, padding)
    np.testing.assert_allclose(matrix(average), expected, rtol=1e-15)  # one division each
    largest = connect(MaxPool2D(pool, pool_strides=strides, pool_padding=padding), image)
    np.testing.assert_array_equal(matrix(largest), expected != 0)
    np.testing.assert_array_equal(largest.connectivity.fan_out(largest), (expected != 0).sum(axis=1))


@settings(max_examples=20, deadline=None)
@given(image=st.tuples(st.integers(4, 7), st.integers(4, 7), st.integers(1, 2)), kernel=small, padding=paddings)
def test_avg_pool_conv2d(image: Any, kernel: Any, padding: Any) -> None:
    pool, filters = (2, 1), 2
    pooled = layers.average_pooling(image, pool, pool)
    shape = (image[0] // 2, image[1], image[2])
    if padding == "valid" and any(kernel[axis] > shape[axis] for axis in (0, 1)):
        return
    weights = random_weights(*kernel, image[2], filters)
    try:
        connection = connect(AvgPoolConv2D(weights, filters, pool, kernel, conv_padding=padding), image)
    except ShapeError:
        assert layers.window_count(shape[0], kernel[0], 1, padding if isinstance(padding, str) else padding[0]) < 1
        return
    expected = pooled @ layers.convolution(shape, weights, (1, 1), padding)
    np.testing.assert_allclose(matrix(connection), expected, atol=1e-15)
    np.testing.assert_array_equal(connection.connectivity.fan_out(connection), (expected != 0).sum(axis=1))


@pytest.mark.parametrize("strides", [(2, 2), (1, 2), (3, 3)])
def test_avg_pool_dense2d(strides: Any) -> None:
    pooled = layers.average_pooling((5, 6, 2), (2, 2), strides)
    weights = random_weights(pooled.shape[1], 3)
    connection = connect(AvgPoolDense2D(weights, 2, pool_strides=strides), (5, 6, 2))
    np.testing.assert_allclose(matrix(connection), pooled @ weights, atol=1e-15)


def test_fused_pooling_takes_one_weight_for_all() -> None:
    dense = connect(AvgPoolDense2D(2.0, 2), (4, 4, 1), 3)
    np.testing.assert_array_equal(matrix(dense), np.full((16, 3), 0.5))
    conv = connect(AvgPoolConv2D(2.0, 1, 2, 1), (4, 4, 1))
    assert set(np.unique(matrix(conv))) == {0.0, 0.5}


@pytest.mark.parametrize(
    "connectivity",
    [
        Conv2D(1.0, 3, 2, conv_strides=2),
        Conv2DTranspose(1.0, 3, 2, conv_strides=2),
        AvgPoolConv2D(1.0, 3, 2, 2, conv_padding="same"),
        AvgPoolConv2D(1.0, 3, (1, 2), 2, pool_strides=(2, 3)),
        AvgPoolDense2D(1.0, 2),
        AvgPoolDense2D(1.0, (2, 3), (1, 2)),
    ],
)
def test_shared_weights_fold_by_the_transpose_of_how_they_spread(connectivity: Any) -> None:
    connection = connect(connectivity, (4, 5, 2), 3 if isinstance(connectivity, AvgPoolDense2D) else None)
    sharing = connectivity.get_snippet(connection, SPARSE_ONLY).sharing
    rng = np.random.default_rng(2)
    free = rng.normal(size=sharing.count)
    synapses = sharing.spread(free)
    numbers = rng.normal(size=synapses.size)
    assert sharing.count == np.prod(connectivity.weight_shape(*connection.ends))
    assert sharing.fold(numbers.astype(np.float32)).dtype == np.float64
    np.testing.assert_allclose(
        sharing.fold(numbers) @ free, numbers @ synapses.ravel(), rtol=1e-12
    )  # order of additions


def test_delays_drawn_at_random_are_not_shared_by_single_synapses() -> None:
    connection = connect(Conv2D(1.0, 2, 3, conv_strides=2, delay=Uniform(0, 3)), (7, 7, 1))
    with pytest.raises(UnsupportedError, match="a->b: this engine cannot draw the delays of Conv2D at random"):
        connection.connectivity.get_snippet(connection, SPARSE_ONLY)


# Shapes


@pytest.mark.parametrize(
    ("connectivity", "source", "target", "expected"),
    [
        (Dense(np.ones((6, 4))), None, None, (4,)),
        (Dense(np.ones((6, 4))), (3, 2), None, (4,)),
        (Dense(np.ones((6, 4))), (3, 2), (2, 2), (2, 2)),
        (OneToOne(1.0), (3, 2), None, (3, 2)),
        (OneToOne(np.ones((3, 2))), (3, 2), 6, (6,)),
        (Conv2D(1.0, 4, 3), (8, 8, 1), None, (6, 6, 4)),
        (Conv2D(1.0, 4, 3, conv_padding="same", conv_strides=2), (8, 8, 1), None, (4, 4, 4)),
        (Conv2D(1.0, 4, 3, flatten=True), (8, 8), None, (144,)),
        (Conv2DTranspose(1.0, 4, 3), (8, 8, 1), None, (10, 10, 4)),
        (Conv2DTranspose(1.0, 4, 3, conv_strides=2, conv_padding="same"), (8, 8, 1), None, (16, 16, 4)),
        (AvgPool2D(2), (8, 8, 3), None, (4, 4, 3)),
        (MaxPool2D(3, pool_strides=2, pool_padding="same"), (8, 8, 3), None, (4, 4, 3)),
        (AvgPoolConv2D(1.0, 4, 2, 3), (8, 8, 1), None, (2, 2, 4)),
        (AvgPoolDense2D(np.ones((16, 5)), 2), (8, 8, 1), None, (5,)),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "connect") else None,
)
def test_target_shape(connectivity: Any, source: Any, target: Any, expected: Any) -> None:
    connection = connect(connectivity, source, target)
    assert connection.ends[1].shape == expected


@pytest.mark.parametrize(
    ("connectivity", "source", "target", "message"),
    [
        (Dense(np.ones(6)), 6, 1, r"a->b: Dense connectivity requires a 2D array of weights"),
        (Dense(np.ones((6, 4))), 5, None, r"a->b: Dense weight array of shape \(6, 4\) needs a source population of 6"),
        (Dense(np.ones((6, 4))), 6, 3, r"needs a target population of 4 neurons, b has 3"),
        (OneToOne(1.0), None, None, "a->b: OneToOne connectivity needs a population with a shape; give a one"),
        (OneToOne(1.0), 3, 4, r"a->b: OneToOne .* same size, got \(3,\) and \(4,\)"),
        (OneToOne([1.0, 2.0]), 3, 3, r"a->b: OneToOne weight array must hold 3 values, got shape \(2,\)"),
        (
            Conv2D(np.ones((3, 3, 1, 16)), 16, 3),
            (8, 8, 2),
            None,
            r"a->b: Conv2D weights must have shape \(3, 3, 2, 16\)",
        ),
        (Conv2D(1.0, 1, 3), (8,), None, r"a->b: Conv2D connectivity needs a source population of shape \(height, w"),
        (Conv2D(1.0, 1, 3), None, None, "a->b: Conv2D connectivity needs a source population with a shape; give a one"),
        (Conv2D(1.0, 1, 5), (3, 3, 1), None, "a->b: Conv2D connectivity: the window is larger than the image of a"),
        (Conv2D(1.0, 2, 3), (8, 8, 1), 5, r"a->b: target population shape \(5,\) does not match Conv2D output shape"),
        (MaxPool2D(2, flatten=True), (8, 8, 1), 5, r"does not match flattened MaxPool2D output shape \(16,\)"),
        (AvgPoolDense2D(np.ones((9, 2)), 2), (8, 8, 1), None, r"AvgPoolDense2D weights must have shape \(16, target"),
        (AvgPoolDense2D(np.ones((16, 2)), 2), (8, 8, 1), 3, "need a target population of 2 neurons, b has shape"),
        (Sparse(1.0, [0, 7], [0, 1]), 5, 3, "a->b: Sparse connectivity has the source index 7, a has 5 neurons"),
        (Sparse(1.0, [0], [0]), None, 3, "a->b: Sparse connectivity needs a source population with a shape"),
    ],
)
def test_shape_error(connectivity: Any, source: Any, target: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        connect(connectivity, source, target)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(1.0, 1, (3, 3, 3)), "Conv2D.conv_size must be a positive whole number or two of them"),
        (lambda: Conv2D(1.0, 1, 0), "Conv2D.conv_size must be a positive whole number"),
        (lambda: Conv2D(1.0, 0, 3), "Conv2D.filters must be a whole number at least 1, got 0"),
        (lambda: Conv2D(1.0, 1, 3, conv_padding="full"), 'Conv2D.conv_padding must be "valid", "same" or'),
        (lambda: Conv2D(1.0, 1, 3, conv_padding=((1, -1), (0, 0))), "Conv2D.conv_padding must be"),
        (lambda: AvgPool2D(2, pool_strides="x"), "AvgPool2D.pool_strides must be a positive whole number"),
        (lambda: Sparse(1.0, [0, 1], [0]), r"must be arrays of one index per synapse, got shapes \(2,\) and \(1,\)"),
        (lambda: Sparse([1.0], [0, 1], [0, 1]), r"Sparse.weight must hold one value per synapse, shape \(2,\)"),
        (lambda: Sparse(1.0, [-1], [0]), "Sparse.pre_ind must be a one-dimensional array of neuron indices"),
        (lambda: connect(Sparse(1.0, [1, 1], [2, 2]), 5, 3), "a->b: Sparse connectivity connects a pair .* twice"),
        (
            lambda: connect(Conv2DTranspose(1.0, 1, 3, conv_padding=((0, 0), (0, 0))), (8, 8, 1)),
            'Conv2DTranspose.conv_padding must be "valid" or "same"',
        ),
        (lambda: FixedProbability(1.5, 1.0), "FixedProbability.p must be a number at least 0 and at most 1, got 1.5"),
        (lambda: Dense(float("nan")), "Dense.weight must be a finite number, .* got nan"),
        (lambda: Dense([[1.0, float("inf")]]), r"Dense.weight must be .* got inf at index \(0, 1\) \(1 such values\)"),
        (lambda: Dense(1.0, -1), "Dense.delay must be .* at least 0, got -1"),
    ],
)
def test_bad_description(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: AvgPoolConv2D(1.0, 1, 3, 3, pool_strides=2),
            "AvgPoolConv2D: pool stride < pool size is not supported",
        ),
        (lambda: AvgPool2D(2, delay=[1, 2]), "AvgPool2D connectivity only supports constant delays"),
        (lambda: AvgPoolDense2D(1.0, 2, delay=Uniform(0, 3)), "AvgPoolDense2D: delays must be a number"),
    ],
)
def test_unsupported(make: Any, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        make()


def test_fan_out_of_random_and_listed_connectivity() -> None:
    random = connect(FixedProbability(0.25, 1.0), 8, 4)
    np.testing.assert_array_equal(random.connectivity.fan_out(random), np.ones(8))
    listed = connect(Sparse(1.0, [0, 0, 2], [1, 0, 1]), 3, 2)
    np.testing.assert_array_equal(listed.connectivity.fan_out(listed), [2, 0, 1])
    dense = connect(Dense(1.0), 3, 5)
    np.testing.assert_array_equal(dense.connectivity.fan_out(dense), [5, 5, 5])
    one = connect(OneToOne(1.0), 3)
    np.testing.assert_array_equal(one.connectivity.fan_out(one), [1, 1, 1])


def test_fixed_probability_leaves_out_self_connections_within_a_population() -> None:
    with Network():
        population = Population("integrate_fire", 4)
        without = Connection(population, population, FixedProbability(1.0, 1.0))
        everything = Connection(population, population, FixedProbability(1.0, 1.0, allow_self_connections=True))
    assert without.connectivity.get_snippet(without, SPARSE_ONLY).init == "FixedProbabilityNoAutapse"
    assert everything.connectivity.get_snippet(everything, SPARSE_ONLY).init == "FixedProbability"
    assert without.connectivity.fan_out(without).tolist() == [3.0] * 4
