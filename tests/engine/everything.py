"""One plan with every kind of kernel in it, whose result depends on the order of sums and the number of draws."""

from __future__ import annotations

import numpy as np

from ml_genn.engines.embedded.language.types import INT32, UINT16, UINT32
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Binding,
    Builtin,
    Code,
    Columns,
    Connectivity,
    ConvolutionConnectivity,
    CustomUpdate,
    DenseConnectivity,
    Element,
    EventDetection,
    InputBlock,
    NeuronCode,
    Pointer,
    PostPropagation,
    Propagation,
    Reduction,
    ReductionOperation,
    SparseConnectivity,
    SpikeQueue,
    SynapseDynamics,
    Transposition,
    Value,
)
from tests.engine.plans import ID, ISYN, REDUCED, PlanMaker, T

PRE_SHAPE = (6, 7, 5)
HIDDEN = 100
OUTPUTS = 37
WIDE = 300  # more than the widest tile
STEPS = 8
INEXACT = "inexact"
"""Begins the names of arrays that functions of the maths library decide, which differ in their last places."""

CONVOLUTIONS = {
    "plain": ConvolutionConnectivity(PRE_SHAPE, PRE_SHAPE, (6, 7, 21), (3, 3), (1, 1), (1, 1), (1, 1)),
    "strided": ConvolutionConnectivity(PRE_SHAPE, PRE_SHAPE, (2, 3, 33), (3, 2), (2, 2), (0, 0), (1, 1)),
    "pooled": ConvolutionConnectivity(PRE_SHAPE, (3, 3, 5), (3, 3, 19), (3, 3), (1, 1), (1, 1), (2, 2)),
}


def everything(maker: PlanMaker) -> None:
    """Adds it all to a plan."""
    rng = np.random.default_rng(5)
    inputs = int(np.prod(PRE_SHAPE))
    queues = {
        name: _input(maker, name, inputs, rate) for name, rate in (("rare", 0.03), ("some", 0.3), ("dense", 0.95))
    }
    for name, connectivity in CONVOLUTIONS.items():
        entries = int(np.prod(connectivity.kernel)) * connectivity.in_shape[2] * connectivity.out_shape[2]
        for source, queue in queues.items():
            _target(
                maker, f"{name}.{source}", queue, inputs, int(np.prod(connectivity.out_shape)), connectivity, entries
            )
    spikes, events = _hidden(maker, queues, inputs, rng)
    _target(maker, "dense.wide", queues["some"], inputs, WIDE, DenseConnectivity(), inputs * WIDE)
    others = {"played": _played(maker, "played", inputs), "hidden": spikes, "events": events}
    for source, queue in {**queues, **others}.items():
        size = HIDDEN if source in ("hidden", "events") else inputs
        _target(maker, f"dense.{source}", queue, size, OUTPUTS, DenseConnectivity(), size * OUTPUTS)
        connectivity, synapses = _sparse(maker, f"sparse.{source}", size, rng)
        _target(maker, f"sparse.{source}", queue, size, OUTPUTS, connectivity, synapses)
    _target(maker, "single.some", queues["some"], inputs, OUTPUTS, _single(maker, inputs, rng), inputs)
    repeating, synapses = _sparse(maker, "repeating", inputs, rng, distinct=False)
    _target(maker, "repeating.some", queues["some"], inputs, OUTPUTS, repeating, synapses)
    _plasticity(maker, spikes, rng)
    _updates(maker)


def _numbers(maker: PlanMaker, name: str, elements: int, *, axis: Axis = Axis.NEURON, batched: bool = True) -> Element:
    """Numbers of all sizes, whose sums depend on their order."""
    rng = np.random.default_rng(list(name.encode()))
    shape = (maker.batch_size, elements) if batched else (elements,)
    values = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 3, shape)
    return maker.variable(name, elements, values, axis=axis, batched=batched)


def _input(maker: PlanMaker, name: str, neurons: int, rate: float) -> SpikeQueue:
    """Neurons that fire at random, recorded, with a variable that keeps its past."""
    queue = maker.queue(name, neurons, slots=3)
    names: dict[str, Binding] = {
        "drawn": maker.variable(f"{name}.drawn", neurons, slots=3, delay=1),
        "normal": maker.variable(f"{INEXACT}.{name}", neurons),
        "rate": maker.parameter(f"{name}.rate", rate),
        "id": ID,
    }
    maker.neurons(
        name,
        neurons,
        sim=maker.code("drawn = gennrand_uniform() + 0.25 * drawn; normal += gennrand_normal();", names),
        threshold=maker.condition("gennrand_uniform() <= rate || (gennrand() + id) % 91 == 0", names),
        queue=queue,
        recording=maker.recording(f"{name}.recorded", neurons, STEPS),
    )
    return queue


def _played(maker: PlanMaker, name: str, neurons: int) -> SpikeQueue:
    """Neurons that spike at given times, of which they know when the next comes."""
    rng = np.random.default_rng(9)
    counts = rng.integers(0, 4, (maker.batch_size, neurons))
    end = np.cumsum(counts).reshape(counts.shape)
    times = np.concatenate([np.sort(rng.integers(0, STEPS, count)) for count in counts.flat])
    names: dict[str, Binding] = {
        "start": maker.variable(f"{name}.start", neurons, (end - counts).astype(np.uint32), type_=UINT32),
        "end": maker.variable(f"{name}.end", neurons, end.astype(np.uint32), type_=UINT32),
        "times": Pointer(maker.array(f"{name}.times", len(times), times.astype(float))),
        "t": T,
    }
    queue = maker.queue(name, neurons, slots=3)
    maker.neurons(
        name,
        neurons,
        threshold=maker.condition("start != end && t >= times[start]", names),
        reset=maker.code("start++;", names),
        queue=queue,
        recording=maker.recording(f"{name}.recorded", neurons, STEPS),
    )
    return queue


CODES = {
    "sum": "addToPost(g);",
    "product": "addToPost(g * x); addToPost(0.5 * g / scale);",
    "branch": "if (x > 0.6) { addToPost(g * x); } else { addToPost(-g); addToPost(x); }",
    "largest": "maxToPost(g * x);",
    "drawn": "addToPost(g * gennrand_uniform());",
    "learning": "w = 0.5 * w + x; addToPost(w * g);",
}


def _target(
    maker: PlanMaker,
    name: str,
    queue: SpikeQueue,
    num_pre: int,
    num_post: int,
    connectivity: Connectivity,
    synapses: int,
) -> None:
    """Targets that sum, for each code that weight updates may have."""
    g = _numbers(maker, f"{name}.g", synapses, axis=Axis.SYNAPSE, batched=False)
    x = maker.variable(f"{name}.x", num_pre, np.random.default_rng(2).random(num_pre), axis=Axis.PRE, batched=False)
    scale = maker.parameter(f"{name}.scale", 0.7)
    for code, text in CODES.items():
        if code == "learning" and isinstance(connectivity, ConvolutionConnectivity):
            continue  # synapses of a convolution share their weights
        w = maker.variable(f"{name}.{code}.w", synapses if code == "learning" else 1, axis=Axis.SYNAPSE)
        target = maker.array(f"{name}.{code}", num_post, 0.0, batched=True)
        compiled = maker.code(text, {"g": g, "x": x, "w": w, "scale": scale}, ["addToPost", "maxToPost"])
        delay = len(code) % queue.counts.slots
        number = 1 + len(maker.step)
        maker.step.append(
            Propagation(target.name, number, num_pre, num_post, queue, delay, connectivity, compiled, target)
        )


def _sparse(
    maker: PlanMaker,
    name: str,
    num_pre: int,
    rng: np.random.Generator,
    num_post: int = OUTPUTS,
    *,
    distinct: bool = True,
) -> tuple[SparseConnectivity, int]:
    """Rows of different lengths, some empty, with room at their ends; some have indices of 16 bits, others of 32."""
    lengths = rng.integers(0, num_post // 2, num_pre)
    stride = int(lengths.max()) + 3
    indices = np.zeros((num_pre, stride), np.uint32)
    for row, length in zip(indices, lengths, strict=True):
        row[:length] = np.sort(rng.choice(num_post, length, replace=not distinct))
    connectivity = SparseConnectivity(
        maker.array(f"{name}.length", num_pre, lengths, type_=UINT32),
        maker.array(f"{name}.indices", indices.size, indices.ravel(), type_=UINT16 if len(name) % 2 else UINT32),
        stride,
        distinct,
    )
    return connectivity, indices.size


def _single(maker: PlanMaker, num_pre: int, rng: np.random.Generator) -> SparseConnectivity:
    """One target each, as in max-pooling, or none."""
    return SparseConnectivity(
        maker.array("single.length", num_pre, rng.integers(0, 2, num_pre), type_=UINT32),
        maker.array("single.indices", num_pre, rng.integers(0, OUTPUTS, num_pre), type_=UINT16),
        1,
    )


def _plasticity(maker: PlanMaker, spikes: SpikeQueue, rng: np.random.Generator) -> None:
    """Dynamics of every synapse, spikes forwards and back, and sums at both ends, dense and sparse."""
    lists, places = _sparse(maker, "plastic.lists", HIDDEN, rng, HIDDEN)
    for name, connectivity, synapses in (("dense", DenseConnectivity(), HIDDEN**2), ("sparse", lists, places)):
        whole = f"plastic.{name}"
        post, pre = (maker.array(f"{whole}.{end}", HIDDEN, 0.0, batched=True) for end in ("post", "pre"))
        names: dict[str, Binding] = {
            "g": _numbers(maker, f"{whole}.g", synapses, axis=Axis.SYNAPSE),
            "x": maker.variable(f"{whole}.x", HIDDEN, rng.random(HIDDEN), axis=Axis.PRE, batched=False),
            "y": maker.variable(f"{whole}.y", HIDDEN, rng.random(HIDDEN), axis=Axis.POST, batched=False),
            "id_pre": Value(Builtin.ID_PRE),
        }

        def code(text: str, names: dict[str, Binding] = names) -> Code:
            return maker.code(text, names, ["addToPost", "addToPre"])

        back = connectivity if isinstance(connectivity, DenseConnectivity) else _columns(maker, whole, connectivity)
        size, at = (HIDDEN, HIDDEN), len(maker.step)
        relax = code("g = 0.9 * g + 0.01 * x * y; addToPost(g * x); addToPre(gennrand_uniform() * g);")
        maker.step.append(SynapseDynamics(f"{whole}.relax", at, *size, connectivity, relax, post, pre))
        forth = code("g += x; addToPost(g); addToPre(g * y);")
        maker.step.append(Propagation(f"{whole}.forth", at + 1, *size, spikes, 1, connectivity, forth, post, pre))
        feed = code("addToPre(0.5 * g * y);")
        maker.step.append(Propagation(f"{whole}.feed", at + 3, *size, spikes, 0, connectivity, feed, post, pre))
        most = code("addToPre(fmax(g, y));")  # no arithmetic, and so not in lanes
        maker.step.append(Propagation(f"{whole}.most", at + 4, *size, spikes, 0, connectivity, most, post, pre))
        learn = code("g -= 0.25 * x * gennrand_uniform(); addToPre(g + (scalar)id_pre);")
        maker.step.append(PostPropagation(f"{whole}.learn", at + 2, *size, spikes, 0, back, learn, pre))


def _columns(maker: PlanMaker, name: str, rows: SparseConnectivity) -> Columns:
    """The same synapses by their targets."""
    lengths, indices = (maker.initial[array.name].values for array in (rows.row_length, rows.indices))  # type: ignore[union-attr]
    places = np.concatenate([pre * rows.row_stride + np.arange(length) for pre, length in enumerate(lengths)])
    posts = indices[places].astype(int)
    order = np.lexsort((places, posts))
    start = np.searchsorted(posts[order], np.arange(HIDDEN + 1))
    return Columns(
        maker.array(f"{name}.start", HIDDEN + 1, start, type_=UINT32),
        maker.array(f"{name}.synapses", places.size, places[order], type_=UINT32),
        rows.row_stride,
    )


def _hidden(
    maker: PlanMaker, queues: dict[str, SpikeQueue], inputs: int, rng: np.random.Generator
) -> tuple[SpikeQueue, SpikeQueue]:
    """A recurrent population with inputs that decay, loops of both kinds, a table, events, threshold and reset."""
    spikes, events = maker.queue("hidden", HIDDEN, slots=2), maker.queue("events", HIDDEN)
    arrived = maker.array("hidden.arrived", HIDDEN, 0.0, batched=True)
    code = maker.code(
        "addToPost(0.001 * g);",
        {"g": _numbers(maker, "hidden.in", inputs * HIDDEN, axis=Axis.SYNAPSE, batched=False)},
        ["addToPost"],
    )
    maker.step.append(Propagation("in", 900, inputs, HIDDEN, queues["some"], 0, DenseConnectivity(), code, arrived))
    g = maker.variable("hidden.g", HIDDEN * HIDDEN, rng.normal(0, 0.3, HIDDEN**2), axis=Axis.SYNAPSE, batched=False)
    code = maker.code("addToPost(g);", {"g": g}, ["addToPost"])
    maker.step.append(Propagation("recurrent", 901, HIDDEN, HIDDEN, spikes, 1, DenseConnectivity(), code, arrived))
    names: dict[str, Binding] = {
        "V": maker.variable("hidden.V", HIDDEN),
        "trace": maker.variable("hidden.trace", HIDDEN, slots=2, delay=1),
        "count": maker.variable("hidden.count", HIDDEN, type_=INT32),
        "arrived": Element(arrived, Axis.NEURON),
        "table": Pointer(maker.array("hidden.table", 8, rng.normal(size=8))),
        "K": maker.parameter("hidden.K", 4, INT32),
        "Isyn": ISYN,
        "id": ID,
        "t": T,
        "batch": Value(Builtin.BATCH),
    }
    actions = ["injectCurrent"]
    maker.neurons(
        "hidden",
        HIDDEN,
        accumulators=(("Isyn", maker.precision.scalar, 0.0),),
        inputs=(
            InputBlock(maker.code("injectCurrent(arrived); arrived *= 0.6;", names, actions), "Isyn", 902),
            InputBlock(maker.code("injectCurrent(0.2 * gennrand_uniform());", {}, actions), "Isyn", 903),
        ),
        sim=maker.code(
            "for (int k = 0; k < K; k++) { V = 0.9 * V + 0.25 * Isyn + table[k]; }"
            "while (V > 3.0) { V *= 0.5; count++; }"
            "V += 0.001 * (t + (scalar)id + (scalar)batch);",
            names,
        ),
        events=(
            EventDetection(
                maker.condition("V > 0.5 && V < 2.5", names),
                events,
                maker.recording("seen", HIDDEN, 5),
                maker.code("count += 10000;", names),
            ),
        ),
        dynamics=(NeuronCode(maker.code("trace *= 0.8;", names), 904),),
        on_spike=(NeuronCode(maker.code("trace += 1.0 + 0.1 * gennrand_uniform();", names), 905),),
        threshold=maker.condition("V >= 1.0 && gennrand() % 3 != 0", names),
        reset=maker.code("for (int k = 0; k < 3; k++) { V -= 0.4; } count += 100;", names),
        queue=spikes,
        recording=maker.recording("hidden.recorded", HIDDEN, STEPS),
    )
    return spikes, events


def _updates(maker: PlanMaker) -> None:
    """Sums and maxima over the batch, over elements and over both, of shared and batched updates, and a broadcast."""
    for elements in (5, 1500):
        group = f"update{elements}"
        x = _numbers(maker, f"{group}.x", elements)
        shared = _numbers(maker, f"{group}.shared", elements, batched=False)
        for operation in ReductionOperation:
            for over_batch, over_elements in ((True, False), (False, True), (True, True)):
                name = f"{group}.{operation.value}.{over_batch}.{over_elements}"
                target = maker.array(name, 1 if over_elements else elements, batched=not over_batch)
                _update(maker, group, target, x, operation, over_batch=over_batch, over_elements=over_elements)
        turned = maker.array(f"{group}.turned", elements, batched=True)
        copies = (Transposition(x.array, turned, 5, elements // 5),)
        add(maker, group, CustomUpdate(f"{group}.turn", 76, elements, True, maker.code("", {}), transpositions=copies))
        code = maker.code("shared = shared * 0.5 + gennrand_uniform();", {"shared": shared})
        add(maker, group, CustomUpdate(f"{group}.shared", 77, elements, False, code))
        ring = maker.variable(f"{group}.ring", elements, slots=3, delay=1)
        code = maker.code("ring = shared;", {"ring": ring, "shared": shared})
        add(maker, group, CustomUpdate(f"{group}.ring", 78, elements, False, code, broadcast=("ring",)))


def _update(
    maker: PlanMaker,
    group: str,
    target: Array,
    x: Element,
    operation: ReductionOperation,
    *,
    over_batch: bool,
    over_elements: bool,
) -> None:
    code = maker.code("x += 0.125 * gennrand_uniform(); total = x * x - 3.0 * x;", {"x": x, "total": REDUCED})
    reduction = Reduction("total", target, operation, over_batch, over_elements)
    add(maker, group, CustomUpdate(target.name, 1000 + len(maker.arrays), x.array.elements, True, code, (reduction,)))


def add(maker: PlanMaker, group: str, update: CustomUpdate) -> None:
    """Puts an update behind the others of its group."""
    maker.custom_updates[group] = (*maker.custom_updates.get(group, ()), update)
