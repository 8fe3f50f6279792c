"""The reference and the cpu engine give the same bits: arithmetic, control flow, order of sums, random bits, spikes."""

from __future__ import annotations

from functools import partial
from random import Random

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.language.functions import library
from ml_genn.engines.embedded.language.semantics import limits
from ml_genn.engines.embedded.language.tree import FunctionKind, Program
from ml_genn.engines.embedded.language.types import (
    DOUBLE,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    NumericType,
    Precision,
)
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Builtin,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    Element,
    EventDetection,
    InputBlock,
    NeuronUpdate,
    Propagation,
    SparseConnectivity,
    Value,
)
from ml_genn.engines.embedded.plan.storage import Storage
from tests.engine.agreement import differing, equal_bits, memories
from tests.engine.plans import ID, ISYN, PlanMaker, T
from tests.references.programs import VARIABLES, ProgramMaker, values_of
from tests.references.scalar import ScalarMachine

PRECISIONS = pytest.mark.parametrize("precision", [Precision(), Precision(DOUBLE, DOUBLE)], ids=["float", "double"])
BATCHES = pytest.mark.parametrize(("batch_size", "threads"), [(1, 1), (5, 1), (5, 2)])

NEURONS = 37
PROGRAMS = 40


@PRECISIONS
@pytest.mark.parametrize("first", [0, pytest.param(PROGRAMS, marks=pytest.mark.slow)])
def test_random_programs(precision: Precision, first: int) -> None:
    """Programs in one library, on values of every size."""
    numbers = range(first, first + (PROGRAMS if first == 0 else 5 * PROGRAMS))
    check_programs(precision, [Random(f"{precision.scalar} {number}") for number in numbers])


def check_programs(precision: Precision, randoms: list[Random]) -> None:
    """Runs one random program for each source of randomness, each as a population of its own."""
    maker = PlanMaker(precision=precision)
    values = {f"pop{number}": random_values(random) for number, random in enumerate(randoms)}
    for (name, start), random in zip(values.items(), randoms, strict=True):
        add_program(maker, name, ProgramMaker(random).program(), start)
    ours, theirs = memories(maker, partial(CpuExecutable, threads=1), steps=1)
    for update in maker.step:
        assert isinstance(update, NeuronUpdate)
        assert update.sim is not None
        flushed = met_denormal(update.sim.program, values[update.name])
        for variable in VARIABLES:
            mine, other = (memory[f"{update.name}.{variable}"][0, 0, ~flushed] for memory in (ours, theirs))
            assert equal_bits(mine, other), f"{variable} is {other}, not {mine}, after\n{update.sim.program.source}"


def random_values(random: Random) -> dict[str, np.ndarray]:
    """Initial values of all variables that programs use."""
    return {variable: values_of(type_, random, NEURONS) for variable, type_ in VARIABLES.items()}


def add_program(maker: PlanMaker, name: str, text: str, values: dict[str, np.ndarray]) -> None:
    """A population whose sim code is a program."""
    names = {
        variable: maker.variable(f"{name}.{variable}", NEURONS, values[variable], type_=type_)
        for variable, type_ in VARIABLES.items()
    }
    maker.neurons(name, NEURONS, sim=maker.code(text, names))


def met_denormal(program: Program, values: dict[str, np.ndarray]) -> np.ndarray:
    """Lanes that come across denormal floats, which the cpu engine flushes to zero."""
    met = np.zeros(NEURONS, bool)
    for lane in range(NEURONS):
        machine = ScalarMachine({name: values[name][lane].item() for name in values})
        machine.run(program)
        met[lane] = machine.met_denormal
    return met


@PRECISIONS
@pytest.mark.parametrize("type_", [INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64], ids=str)
def test_conversion_to_integer_and_back(precision: Precision, type_: NumericType) -> None:
    """Limits of the type and their neighbours, NaN, and small numbers, which come back as positive zero."""
    low, high = limits(type_)
    edges = [float(edge) + offset for edge in (low, high) for offset in (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)]
    values = [-0.0, -0.3, -0.999, 0.3, 0.999, 1.0, -1.0, 2.5, -2.5, np.nan, np.inf, -np.inf, 1e30, -1e30, *edges]
    maker = PlanMaker(precision=precision)
    names = {
        "x": maker.variable("x", len(values), np.array(values)),
        "n": maker.variable("n", len(values), type_=type_),
    }
    maker.neurons("pop", len(values), sim=maker.code(f"n = x; x = ({type_})(x);", names))
    ours, theirs = memories(maker, partial(CpuExecutable, threads=1), steps=1)
    assert differing(ours, theirs) == []
    assert not np.signbit(ours["x"][0, 0, :5]).any()


WRONG_IN_GCC = {
    "zero minus an integer": "x = 0.0 - n;",
    "zero minus an integer, over a number": "x = (0.0 - n) / 2.0;",
    "zero minus a magnitude": "x = 0.0 - fabs(x);",
    "zero minus one of two": "x = 0.0 - (n > 0 ? (scalar)n : fabs(x));",
    "a constant minus a square root": "x = (1.0 - 1.0) - sqrt(fabs(x));",
    "a magnitude below zero": "x = abs(n) <= 0; l = abs(l) < 0l;",
    "a magnitude as a float": "x = abs(l); n = abs(n) / 2;",
}


@PRECISIONS
@pytest.mark.parametrize("code", WRONG_IN_GCC.values(), ids=WRONG_IN_GCC)
def test_what_gcc_would_get_wrong(precision: Precision, code: str) -> None:
    """Zeros and smallest integers in forms which gcc 12 simplifies in a way that does not hold for them."""
    values = np.array([0, 1, -1, 7, *limits(INT32)])
    maker = PlanMaker(precision=precision)
    names = {
        "x": maker.variable("x", values.size, np.array([0.0, -0.0, 1.0, -2.5, 3.0, np.nan])),
        "n": maker.variable("n", values.size, values, type_=INT32),
        "l": maker.variable("l", values.size, np.array([0, 1, -1, 7, *limits(INT64)]), type_=INT64),
    }
    maker.neurons("pop", values.size, sim=maker.code(code, names))
    ours, theirs = memories(maker, partial(CpuExecutable, threads=1), steps=1)
    assert differing(ours, theirs) == []


@PRECISIONS
@BATCHES
def test_recurrent_network(precision: Precision, batch_size: int, threads: int) -> None:
    """Noise, delays, a sparse recurrent connection, events, ring variables, reset: every array after 30 steps."""
    maker = PlanMaker(batch_size=batch_size, precision=precision, seed=99)
    rng = np.random.default_rng(1)
    queue, events = maker.queue("spikes", NEURONS, slots=4), maker.queue("events", NEURONS, slots=2)
    current = maker.array("current", NEURONS, 0.0, batched=True)
    names = {
        "V": maker.variable("V", NEURONS, slots=3, delay=1),
        "refractory": maker.variable("refractory", NEURONS),
        "Isyn": ISYN,
        "alpha": maker.parameter("alpha", 0.9),
        "id": ID,
        "t": T,
        "batch": Value(Builtin.BATCH),
    }
    connectivity, weights = sparse(maker, rng.random((NEURONS, NEURONS)) < 0.2, rng)
    code = maker.code("addToPost(g + 0.01 * v);", {"g": weights, "v": older(names["V"], 3)}, ["addToPost"])
    maker.step.append(Propagation("recur", 11, NEURONS, NEURONS, queue, 2, connectivity, code, current))
    dense = maker.variable("dense", NEURONS * NEURONS, rng.normal(0, 0.1, NEURONS**2), axis=Axis.SYNAPSE, batched=False)
    code = maker.code("addToPost(dense * v);", {"dense": dense, "v": older(names["V"], 1)}, ["addToPost"])
    maker.step.append(Propagation("event", 12, NEURONS, NEURONS, events, 0, DenseConnectivity(), code, current))
    decay = {"current": Element(current, Axis.NEURON), "beta": maker.parameter("beta", 0.7)}
    psm = maker.code("injectCurrent(current); current *= beta;", decay, ["injectCurrent"])
    noise = maker.code("injectCurrent(gennrand_uniform() * 0.4);", {}, ["injectCurrent"])
    maker.neurons(
        "pop",
        NEURONS,
        accumulators=(("Isyn", precision.scalar, 0.0),),
        inputs=(InputBlock(psm, "Isyn", 21), InputBlock(noise, "Isyn", 22)),
        sim=maker.code(
            "if (refractory > 0.0) { refractory -= 1.0; } else { V = alpha * V + Isyn - 0.001 * (t + id + batch); }",
            names,
        ),
        events=(
            EventDetection(maker.condition("V > 0.4 && V <= 0.8", names), events, maker.recording("seen", NEURONS, 7)),
        ),
        threshold=maker.condition("V >= 1.0 && gennrand() % 4 != 0", names),
        reset=maker.code("V -= 1.0; refractory = 2.0;", names),
        queue=queue,
        recording=maker.recording("recorded", NEURONS, 30),
    )
    ours, theirs = memories(maker, partial(CpuExecutable, threads=threads), steps=30)
    assert ours["recorded"].any()
    assert ours["seen"].any()
    assert differing(ours, theirs) == []


def older(bound: Element | Value, delay: int) -> Element:
    """The variable as presynaptic code sees it."""
    assert isinstance(bound, Element)
    return Element(bound.array, Axis.PRE, delay)


def sparse(maker: PlanMaker, connected: np.ndarray, rng: np.random.Generator) -> tuple[SparseConnectivity, Element]:
    """Connectivity and normal weights for a matrix of truth values."""
    num_pre = len(connected)
    row_length = connected.sum(axis=1)
    stride = int(row_length.max()) + 2
    indices = np.zeros((num_pre, stride))
    for pre, row in enumerate(connected):
        indices[pre, : row_length[pre]] = np.flatnonzero(row)
    connectivity = SparseConnectivity(
        maker.array("row_length", num_pre, row_length, type_=UINT32),
        maker.array("indices", indices.size, indices.ravel(), type_=UINT32),
        stride,
    )
    weights = rng.normal(0, 0.2, indices.size)
    return connectivity, maker.variable("g", indices.size, weights, axis=Axis.SYNAPSE, batched=False)


CONVOLUTIONS = [
    ConvolutionConnectivity(pre, (pre[0] // pool[0], pre[1] // pool[1], pre[2]), out, kernel, strides, padding, pool)
    for pre, out, kernel, strides, padding, pool in (
        ((8, 7, 2), (6, 5, 3), (3, 3), (1, 1), (0, 0), (1, 1)),
        ((8, 7, 2), (8, 7, 5), (3, 3), (1, 1), (1, 1), (1, 1)),
        ((9, 8, 1), (4, 4, 4), (3, 2), (2, 2), (0, 0), (1, 1)),
        ((9, 8, 3), (4, 4, 2), (3, 3), (1, 1), (1, 1), (2, 2)),
        ((9, 9, 2), (3, 5, 2), (1, 1), (2, 1), (1, 1), (2, 3)),
    )
]


@PRECISIONS
@BATCHES
@pytest.mark.parametrize("density", [0.0, 0.1, 0.9])
def test_sums_of_every_connectivity(precision: Precision, batch_size: int, threads: int, density: float) -> None:
    """Normal weights, whose sums depend on their order, through dense, sparse and convolution at several densities."""
    maker = PlanMaker(batch_size=batch_size, precision=precision)
    rng = np.random.default_rng(int(10 * density))
    spikes: dict[str, np.ndarray] = {}

    def add(
        name: str, connectivity: Connectivity, g: Element, sizes: tuple[int, int], code: str = "addToPost(g);"
    ) -> None:
        queue = maker.queue(name, sizes[0])
        spikes[name] = rng.random((batch_size, sizes[0])) < density
        target = maker.array(f"{name}.target", sizes[1], 0.0, batched=True)
        text = maker.code(code, {"g": g}, ["addToPost", "maxToPost"])
        maker.step.append(Propagation(name, len(spikes), *sizes, queue, 0, connectivity, text, target))

    def weights(name: str, count: int) -> Element:
        return maker.variable(name, count, rng.normal(0, 1, count), axis=Axis.SYNAPSE, batched=False)

    add("dense", DenseConnectivity(), weights("w0", 50 * 33), (50, 33))
    add(
        "twice",
        DenseConnectivity(),
        weights("w1", 20 * 9),
        (20, 9),
        "addToPost(g); if (g > 0.0) { addToPost(0.1 * g); }",
    )
    add("largest", DenseConnectivity(), weights("w2", 20 * 9), (20, 9), "maxToPost(g);")
    connectivity, g = sparse(maker, rng.random((60, 25)) < 0.3, rng)
    add("sparse", connectivity, g, (60, 25))
    for number, convolution in enumerate(CONVOLUTIONS):
        entries = int(np.prod(convolution.kernel)) * convolution.in_shape[2] * convolution.out_shape[2]
        sizes = (int(np.prod(convolution.pre_shape)), int(np.prod(convolution.out_shape)))
        add(f"convolution{number}", convolution, weights(f"k{number}", entries), sizes)

    def fill(storage: Storage) -> None:
        for name, spiking in spikes.items():
            for example, row in enumerate(spiking):
                ids = np.flatnonzero(row)
                storage[f"{name}.counts"][0, example, 0] = ids.size
                storage[f"{name}.ids"][0, example, : ids.size] = ids

    ours, theirs = memories(maker, partial(CpuExecutable, threads=threads), steps=1, prepare=fill)
    assert differing(ours, theirs) == []


EXACT = """sqrt fabs ceil floor round trunc rint nearbyint fmod remainder fmin fmax min max copysign fdim abs ldexp
scalbn ilogb nextafter isnan isinf isfinite"""


@PRECISIONS
def test_library_functions(precision: Precision) -> None:
    """Every maths function on ordinary and special values: the exact ones equal, others within 4 last places.

    Two come from Python, not from libm: tgamma and lgamma, good to 10 last places, of 1 near the zeros of lgamma.
    """
    functions = {
        name: overloads[-1 if precision.scalar == DOUBLE or len(overloads) == 1 else -2]
        for name, overloads in library(precision).items()
        if overloads[0].kind is FunctionKind.MATHS
    }
    rng = np.random.default_rng(8)
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, np.inf, -np.inf, np.nan]
    x = np.concatenate([special, rng.normal(0, 3, 200), rng.uniform(-1, 1, 100), np.exp(rng.normal(0, 5, 100))])
    values = {"x": x, "y": rng.permutation(x), "z": rng.permutation(x)}
    maker = PlanMaker(precision=precision)
    names = {name: maker.variable(name, x.size, given) for name, given in values.items()}
    names["n"] = maker.variable("n", x.size, rng.integers(-20, 20, x.size), type_=INT32)
    for name, function in functions.items():
        arguments = ", ".join(
            "n" if type_ == INT32 else given for type_, given in zip(function.parameters, "xyz", strict=False)
        )
        out = maker.variable(f"out.{name}", x.size)
        maker.neurons(name, x.size, sim=maker.code(f"out = {name}({arguments});", {**names, "out": out}))
    ours, theirs = memories(maker, partial(CpuExecutable, threads=1), steps=1)
    for name in functions:
        mine, other = ours[f"out.{name}"], theirs[f"out.{name}"]
        tiny = np.finfo(mine.dtype).tiny  # the cpu engine takes what is smaller as zero
        mine, other = (np.where(np.abs(one) < tiny, np.copysign(0, one), one) for one in (mine, other))
        if name in EXACT.split():
            assert equal_bits(mine, other), name
        else:
            unit = np.spacing(np.maximum(np.abs(mine), 1) if name == "lgamma" else np.abs(mine))
            finite = np.isfinite(mine)
            assert equal_bits(mine[~finite], other[~finite]), name
            distance = np.abs(mine[finite] - other[finite]) / unit[finite]
            assert np.all(distance <= (10 if "gamma" in name else 4)), f"{name} differs by {distance.max()} places"
