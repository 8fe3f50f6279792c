"""Propagation of the cpu engine against the reference, bit for bit: every connectivity, every kind of code."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu.emit.unit import emit_unit
from ml_genn.engines.embedded.language.types import DOUBLE, UINT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    Propagation,
    SparseConnectivity,
    Value,
)
from ml_genn.errors import InternalCompilerError
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import PlanMaker, T

CODES = {
    "add": "addToPost(g);",
    "graded": "addToPost(g * x);",
    "max": "maxToPost(g * x);",
    "branch": "if (x > 0.5) { addToPost(g); } else { addToPost(-g * v); addToPost(x); }",
    "builtins": "addToPost(g * (scalar)(id_pre * num_post + id_post) / (scalar)num_pre + (scalar)batch * 0.1);",
    "time": "scalar s = t * scale; addToPost(g + s * dt);",
    "random": "addToPost(g * gennrand_uniform()); addToPost(gennrand_uniform());",
}
WRITES_SYNAPSES = "g = g * 0.75 + 0.1 * x; addToPost(g);"


def numbers(*shape: int) -> np.ndarray:
    """Numbers whose sums depend on the order of addition."""
    generator = np.random.default_rng(11)
    return generator.normal(size=shape) * 10.0 ** generator.integers(-6, 6, shape)


def propagate(
    maker: PlanMaker,
    shape: tuple[int, int],
    connectivity: Connectivity,
    synapses: int,
    code: str,
    delay: int = 0,
) -> None:
    """A population that spikes at random, a propagation with `code`, and neurons that read what arrives."""
    num_pre, num_post = shape
    queue = maker.queue("pre", num_pre, slots=1 + delay)
    x = maker.variable("x", num_pre, np.random.default_rng(4).random((maker.batch_size, num_pre)), axis=Axis.PRE)
    names = {
        "g": maker.variable("g", synapses, numbers(synapses), axis=Axis.SYNAPSE, batched=code == WRITES_SYNAPSES),
        "x": x,
        "v": maker.variable("v", num_post, numbers(num_post), axis=Axis.POST),
        "scale": maker.parameter("scale", 0.3),
        "t": T,
        **{b.value: Value(b) for b in (Builtin.ID_PRE, Builtin.ID_POST, Builtin.NUM_PRE, Builtin.NUM_POST)},
        **{b.value: Value(b) for b in (Builtin.BATCH, Builtin.DT)},
    }
    target = maker.array("target", num_post, 0.0, batched=True)
    compiled = maker.code(code, names, ["addToPost", "maxToPost"])
    maker.step.append(Propagation("syn", 3, num_pre, num_post, queue, delay, connectivity, compiled, target))
    threshold = maker.condition("gennrand_uniform() < 0.4", {})
    maker.neurons("pre", num_pre, threshold=threshold, queue=queue)


@pytest.mark.parametrize("code", [*CODES.values(), WRITES_SYNAPSES], ids=[*CODES, "writes synapses"])
def test_dense(code: str) -> None:
    maker = PlanMaker(batch_size=5)
    propagate(maker, (19, 37), DenseConnectivity(), 19 * 37, code)
    assert_agree(maker, steps(6))


@pytest.mark.parametrize("code", ["v += g;", "x = x * 0.5 + g;"])
def test_only_synapses_may_be_written(code: str) -> None:
    maker = PlanMaker()
    propagate(maker, (4, 5), DenseConnectivity(), 20, code)
    with pytest.raises(InternalCompilerError, match=r"syn: '[vx]' belongs to a neuron, which this code may only read"):
        emit_unit(maker.plan())


@pytest.mark.parametrize("delay", [1, 3])
def test_delays(delay: int) -> None:
    maker = PlanMaker(batch_size=2)
    propagate(maker, (19, 37), DenseConnectivity(), 19 * 37, CODES["add"], delay)
    storage = assert_agree(maker, steps(delay + 1))
    # the first spikes are emitted in step 0 and arrive in step 1 + delay
    assert not storage["target"].any()
    assert assert_agree(maker, steps(delay + 2))["target"].any()


def sparse(maker: PlanMaker, num_pre: int, num_post: int, *, duplicates: bool = False) -> SparseConnectivity:
    """Rows of random length, some empty, padded with nonsense."""
    generator = np.random.default_rng(6)
    lengths = generator.integers(0, min(num_post, 9), num_pre)
    lengths[1] = 0
    stride = int(lengths.max()) + 2
    indices = np.full((num_pre, stride), 2**31)
    for row, length in zip(indices, lengths, strict=True):
        row[:length] = np.sort(generator.choice(num_post, length, replace=duplicates))
    return SparseConnectivity(
        maker.array("row_length", num_pre, lengths, type_=UINT32),
        maker.array("indices", num_pre * stride, indices.ravel(), type_=UINT32),
        stride,
    )


@pytest.mark.parametrize("code", [*CODES.values(), WRITES_SYNAPSES], ids=[*CODES, "writes synapses"])
def test_sparse(code: str) -> None:
    maker = PlanMaker(batch_size=3)
    connectivity = sparse(maker, 23, 31)
    propagate(maker, (23, 31), connectivity, 23 * connectivity.row_stride, code)
    assert_agree(maker, steps(6))


def test_sparse_rows_may_name_a_target_twice() -> None:
    maker = PlanMaker(batch_size=3)
    connectivity = sparse(maker, 23, 7, duplicates=True)
    propagate(maker, (23, 7), connectivity, 23 * connectivity.row_stride, CODES["graded"])
    assert_agree(maker, steps(6))


def convolution(
    pre: tuple[int, int, int],
    filters: int,
    kernel: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    pool: tuple[int, int] = (1, 1),
) -> ConvolutionConnectivity:
    """A convolution whose shapes fit; pooling drops what does not fill a cell."""
    pooled = (pre[0] // pool[0], pre[1] // pool[1], pre[2])
    out = tuple((pooled[d] + 2 * padding[d] - kernel[d]) // strides[d] + 1 for d in range(2))
    return ConvolutionConnectivity(pre, pooled, (out[0], out[1], filters), kernel, strides, padding, pool)


def convolve(maker: PlanMaker, connectivity: ConvolutionConnectivity, code: str) -> None:
    """A propagation through a convolution."""
    num_pre, num_post = (int(np.prod(shape)) for shape in (connectivity.pre_shape, connectivity.out_shape))
    entries = int(np.prod(connectivity.kernel)) * connectivity.in_shape[2] * connectivity.out_shape[2]
    propagate(maker, (num_pre, num_post), connectivity, entries, code)


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_convolution(code: str) -> None:
    maker = PlanMaker(batch_size=3)
    convolve(maker, convolution((6, 7, 9), 5, (3, 3), padding=(1, 1)), code)
    assert_agree(maker, steps(4))


@pytest.mark.parametrize(
    ("kernel", "strides", "padding", "pool"),
    list(itertools.product([(1, 1), (3, 2)], [(1, 1), (2, 3)], [(0, 0), (1, 2)], [(1, 1), (2, 3)])),
)
def test_shapes_of_convolutions(
    kernel: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int], pool: tuple[int, int]
) -> None:
    maker = PlanMaker(batch_size=2)
    convolve(maker, convolution((9, 11, 2), 3, kernel, strides, padding, pool), CODES["graded"])
    assert_agree(maker, steps(3))


# around the width of the tiles that additions run in
@pytest.mark.parametrize("targets", [1, 8, 15, 16, 17, 31, 32, 48, 63, 64, 65, 100, 128, 200])
@pytest.mark.parametrize("precision", [Precision(), Precision(DOUBLE, DOUBLE)])
def test_widths(targets: int, precision: Precision) -> None:
    maker = PlanMaker(batch_size=2, precision=precision)
    convolve(maker, convolution((3, 4, 11), targets, (2, 2), padding=(1, 1)), CODES["graded"])
    assert_agree(maker, steps(2))
    maker = PlanMaker(batch_size=2, precision=precision)
    propagate(maker, (30, targets), DenseConnectivity(), 30 * targets, CODES["add"])
    assert_agree(maker, steps(2))
