"""Propagation of the reference against matrix products and closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import ml_genn.engines.embedded.reference.propagation as module
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, UINT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Clock,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    Element,
    InputBlock,
    Propagation,
    SparseConnectivity,
    SpikeQueue,
)
from tests.engine.plans import ISYN, PlanMaker, T, load
from tests.references.convolution import dense_weights

EXACT = Precision(DOUBLE, DOUBLE)


def whole_numbers(shape: tuple[int, ...], seed: int = 1) -> np.ndarray:
    """Small whole weights, whose sums are exact in any order."""
    return np.random.default_rng(seed).integers(-8, 8, shape).astype(float)


class Layer:
    """A plan of one propagation whose queue the test fills itself."""

    def __init__(
        self, maker: PlanMaker, num_pre: int, num_post: int, connectivity: Connectivity, weights: np.ndarray
    ) -> None:
        self.maker = maker
        self.queue = maker.queue("pre", num_pre)
        g = maker.variable("g", weights.size, weights.ravel(), axis=Axis.SYNAPSE, batched=False)
        target = maker.array("target", num_post, 0.0, batched=True)
        code = maker.code("addToPost(g);", {"g": g}, ["addToPost"])
        maker.step.append(Propagation("syn", 3, num_pre, num_post, self.queue, 0, connectivity, code, target))

    def deliver(self, spikes: np.ndarray) -> np.ndarray:
        """Runs one step in which `spikes` [batch][pre] arrive; the target [batch][post]."""
        executable, storage = load(self.maker)
        fill(self.queue, spikes, storage)
        executable.run(Clock(), 1)
        return storage["target"][0]


def fill(queue: SpikeQueue, spikes: np.ndarray, storage: dict[str, np.ndarray]) -> None:
    """Writes spikes [batch][neurons] into slot 0 of a queue."""
    for example, row in enumerate(spikes):
        ids = np.flatnonzero(row)
        storage[queue.counts.name][0, example, 0] = ids.size
        storage[queue.ids.name][0, example, : ids.size] = ids


def some_spikes(batch: int, neurons: int) -> np.ndarray:
    """Half of the neurons of each example, none in the first."""
    spikes = np.random.default_rng(2).random((batch, neurons)) < 0.5
    spikes[0] = False
    return spikes


@pytest.mark.parametrize("limit", [7, 1 << 20])
def test_dense_is_the_matrix_product(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LANES_AT_ONCE", limit)
    weights, spikes = whole_numbers((9, 5)), some_spikes(4, 9)
    layer = Layer(PlanMaker(batch_size=4), 9, 5, DenseConnectivity(), weights)
    np.testing.assert_array_equal(layer.deliver(spikes), spikes @ weights)


def test_sparse_is_the_matrix_product() -> None:
    maker = PlanMaker(batch_size=3)
    connected = np.random.default_rng(5).random((6, 8)) < 0.4
    connected[2] = False
    row_length, stride = connected.sum(axis=1), int(connected.sum(axis=1).max()) + 1
    indices, weights, dense = np.zeros((6, stride)), np.full((6, stride), 99.0), np.zeros((6, 8))
    for pre, row in enumerate(connected):
        post = np.flatnonzero(row)
        indices[pre, : post.size] = post
        weights[pre, : post.size] = dense[pre, post] = whole_numbers((post.size,), pre)
    connectivity = SparseConnectivity(
        maker.array("row_length", 6, row_length, type_=UINT32),
        maker.array("indices", 6 * stride, indices.ravel(), type_=UINT32),
        stride,
    )
    spikes = some_spikes(3, 6)
    np.testing.assert_array_equal(Layer(maker, 6, 8, connectivity, weights).deliver(spikes), spikes @ dense)


@pytest.mark.parametrize(
    ("strides", "padding", "pool"),
    list(itertools.product([(1, 1), (2, 1)], [(0, 0), (1, 2)], [(1, 1), (2, 2), (2, 3)])),
)
def test_convolution_is_the_product_with_its_dense_matrix(
    strides: tuple[int, int], padding: tuple[int, int], pool: tuple[int, int]
) -> None:
    connectivity = make_convolution((8, 10, 2), 3, (3, 2), strides, padding, pool)
    kernel = whole_numbers((3, 2, 2, 3))
    num_pre, num_post = int(np.prod(connectivity.pre_shape)), int(np.prod(connectivity.out_shape))
    spikes = some_spikes(3, num_pre)
    layer = Layer(PlanMaker(batch_size=3), num_pre, num_post, connectivity, kernel)
    np.testing.assert_array_equal(layer.deliver(spikes), spikes @ dense_weights(connectivity, kernel))


def make_convolution(
    pre: tuple[int, int, int],
    filters: int,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
    pool: tuple[int, int],
) -> ConvolutionConnectivity:
    """A convolution whose shapes fit; pooling drops what does not fill a cell."""
    pooled = (pre[0] // pool[0], pre[1] // pool[1], pre[2])
    out = tuple((pooled[d] + 2 * padding[d] - kernel[d]) // strides[d] + 1 for d in range(2))
    return ConvolutionConnectivity(pre, pooled, (out[0], out[1], filters), kernel, strides, padding, pool)


@pytest.mark.parametrize("order", [(1e8, 1.0, -1e8), (1.0, 1e8, -1e8), (1e8, -1e8, 1.0)])
def test_contributions_are_added_in_ascending_presynaptic_order(order: tuple[float, float, float]) -> None:
    weights = np.array(order).reshape(3, 1)
    expected = np.float32(0)
    for weight in order:
        expected += np.float32(weight)
    layer = Layer(PlanMaker(), 3, 1, DenseConnectivity(), weights)
    assert layer.deliver(np.ones((1, 3), bool)).item() == expected


def test_a_code_that_adds_twice_does_both_before_the_next_synapse() -> None:
    maker = PlanMaker()
    queue, target = maker.queue("pre", 2), maker.array("target", 1, 0.0, batched=True)
    g = maker.variable("g", 2, np.array([1e8, 1.0]), axis=Axis.SYNAPSE, batched=False)
    code = maker.code("addToPost(g); addToPost(-1e8);", {"g": g}, ["addToPost"])
    maker.step.append(Propagation("syn", 3, 2, 1, queue, 0, DenseConnectivity(), code, target))
    executable, storage = load(maker)
    fill(queue, np.ones((1, 2), bool), storage)
    executable.run(Clock(), 1)
    assert storage["target"].item() == np.float32(1) - np.float32(1e8)


def test_maximum_and_sum_keep_their_order_too() -> None:
    """Pre 0 adds 3 and raises to 5, pre 1 adds 1 and raises to 2."""
    maker = PlanMaker()
    queue, target = maker.queue("pre", 2), maker.array("target", 1, -4.0, batched=True)
    names = {
        name: maker.variable(name, 2, np.array(values), axis=Axis.SYNAPSE, batched=False)
        for name, values in (("g", [3.0, 1.0]), ("floor", [5.0, 2.0]))
    }
    code = maker.code("addToPost(g); maxToPost(floor);", names, ["addToPost", "maxToPost"])
    maker.step.append(Propagation("syn", 3, 2, 1, queue, 0, DenseConnectivity(), code, target))
    executable, storage = load(maker)
    fill(queue, np.ones((1, 2), bool), storage)
    executable.run(Clock(), 1)
    assert storage["target"].item() == 6


def source(maker: PlanMaker, neurons: int, when: str, slots: int) -> SpikeQueue:
    """Neurons which all spike when a condition on t holds."""
    queue = maker.queue("source", neurons, slots)
    maker.neurons("source", neurons, threshold=maker.condition(when, {"t": T}), queue=queue)
    return queue


@pytest.mark.parametrize("delay", [0, 1, 4])
def test_spikes_arrive_one_step_plus_the_axonal_delay_later(delay: int) -> None:
    maker = PlanMaker(batch_size=2)
    queue = source(maker, 2, "t == 0.0 || t == 3.0", delay + 1)
    target, arrived = maker.variable("target", 1), maker.variable("arrived", 1)
    code = maker.code("addToPost(1.0);", {}, ["addToPost"])
    maker.step.insert(0, Propagation("syn", 3, 2, 1, queue, delay, DenseConnectivity(), code, target.array))
    names = {"target": target, "arrived": arrived}
    maker.neurons("post", 1, sim=maker.code("arrived = target; target = 0.0;", names))
    executable, storage = load(maker)
    clock, seen = Clock(), []
    for _ in range(10):
        executable.run(clock, 1)
        seen.append(storage["arrived"][0, 1, 0])
    expected = np.zeros(10)
    expected[[1 + delay, 4 + delay]] = 2
    np.testing.assert_array_equal(seen, expected)


def test_postsynaptic_potential_of_an_exponential_synapse() -> None:
    """A spike of weight w in step 0 gives V_n = w (a^n - b^n) / (a - b), a of the membrane, b of the synapse."""
    maker = PlanMaker(precision=EXACT)
    queue = source(maker, 1, "t == 0.0", 1)
    a, b, w = np.exp(-1 / 20), np.exp(-1 / 5), 0.7
    current, v = maker.variable("current", 1), maker.variable("V", 1)
    code = maker.code("addToPost(w);", {"w": maker.parameter("w", w)}, ["addToPost"])
    maker.step.insert(0, Propagation("syn", 3, 1, 1, queue, 0, DenseConnectivity(), code, current.array))
    names = {"current": current, "b": maker.parameter("b", b)}
    psm = maker.code("injectCurrent(current); current *= b;", names, ["injectCurrent"])
    sim = maker.code("V = a * V + Isyn;", {"V": v, "a": maker.parameter("a", a), "Isyn": ISYN})
    maker.neurons("post", 1, accumulators=(("Isyn", DOUBLE, 0.0),), inputs=(InputBlock(psm, "Isyn", 7),), sim=sim)
    executable, storage = load(maker)
    clock = Clock()
    for n in range(200):
        executable.run(clock, 1)
        # 200 rounded products: relative error stays below 200 eps ~ 4e-14; the difference of powers loses one digit
        np.testing.assert_allclose(storage["V"].item(), w * (a**n - b**n) / (a - b), rtol=1e-12, atol=1e-300)


def test_code_sees_pre_post_and_delayed_values() -> None:
    maker = PlanMaker(batch_size=2)
    queue, target = maker.queue("pre", 2), maker.array("target", 3, 0.0, batched=True)
    names = {
        "g": maker.variable("g", 6, np.arange(6.0), axis=Axis.SYNAPSE, batched=False),
        "x": maker.variable("x", 2, np.array([[1.0, 2.0], [3.0, 4.0]]), axis=Axis.PRE),
        "y": maker.variable("y", 3, np.array([10.0, 20.0, 30.0]), axis=Axis.POST),
        "old": maker.variable("old", 2, axis=Axis.PRE, slots=3, delay=2),
    }
    code = maker.code("addToPost(g + x * y + old);", names, ["addToPost"])
    maker.step.append(Propagation("syn", 3, 2, 3, queue, 0, DenseConnectivity(), code, target))
    executable, storage = load(maker)
    storage["old"][1] = 1000  # slot of step 4 where the running step is 6
    fill(queue, np.array([[True, False], [False, True]]), storage)
    executable.run(Clock(ring=6), 1)
    np.testing.assert_array_equal(storage["target"][0], [[1010, 1021, 1032], [1043, 1084, 1125]])


def test_weights_can_be_written() -> None:
    maker = PlanMaker()
    queue, target = maker.queue("pre", 3), maker.array("target", 2, 0.0, batched=True)
    g = maker.variable("g", 6, np.arange(6.0), axis=Axis.SYNAPSE, batched=False)
    maker.step.append(
        Propagation("syn", 3, 3, 2, queue, 0, DenseConnectivity(), maker.code("g *= 2.0;", {"g": g}), target)
    )
    executable, storage = load(maker)
    fill(queue, np.array([[True, False, True]]), storage)
    executable.run(Clock(), 1)
    np.testing.assert_array_equal(storage["g"][0, 0], [0, 2, 2, 3, 8, 10])


def test_element_of_a_shared_axis() -> None:
    maker = PlanMaker(batch_size=2)
    scale = Element(maker.array("scale", 1, np.array([[2.0], [3.0]]), type_=FLOAT, batched=True), Axis.SHARED)
    out = maker.variable("out", 2)
    maker.neurons("pop", 2, sim=maker.code("out = scale;", {"out": out, "scale": scale}))
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    np.testing.assert_array_equal(storage["out"][0], [[2, 2], [3, 3]])
