"""Who connects to whom: from a description to the plan's connectivity arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import UINT32, VOID
from ml_genn.engines.embedded.plan.description import (
    DenseSynapses,
    FixedProbabilitySynapses,
    ListedSynapses,
    OneToOneSynapses,
    Parameter,
    SnippetSynapses,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.layout import Elements, Layout
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type
from ml_genn.engines.embedded.plan.plan import (
    Array,
    ArrayInitial,
    Axis,
    Builtin,
    Columns,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    Element,
    SparseConnectivity,
    Value,
)
from ml_genn.engines.embedded.plan.random import philox
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.errors import DescriptionError, InternalCompilerError, ShapeError

_WORDS_AT_ONCE = 1 << 20


@final
@dataclass(frozen=True, eq=False)
class Wiring:
    """Connectivity of a synapse group and what the elements of its variables are."""

    connectivity: Connectivity
    elements: Elements


def wire(layout: Layout, group: SynapseGroup, num_pre: int, num_post: int) -> Wiring:
    """Declares the arrays that hold the connectivity of a group."""
    match group.synapses:
        case DenseSynapses():
            names = _indices(
                layout, group, num_pre, num_post, lambda: np.divmod(np.arange(num_pre * num_post), num_post)
            )
            matrix = (num_pre, num_post)
            return Wiring(DenseConnectivity(), Elements(num_pre * num_post, names, synapses=group.name, matrix=matrix))
        case ConvolutionConnectivity() as convolution:
            return _convolution(group, convolution, num_pre, num_post)
        case ListedSynapses(pre, post):
            return _sparse(
                layout, group, _checked(group, pre, num_pre), _checked(group, post, num_post), num_pre, num_post
            )
        case OneToOneSynapses():
            both = np.arange(min(num_pre, num_post))
            return _sparse(layout, group, both, both, num_pre, num_post)
        case FixedProbabilitySynapses() as random:
            pre, post = _draw(layout, group, random, num_pre, num_post)
            return _sparse(layout, group, pre, post, num_pre, num_post)
        case SnippetSynapses() as snippet:
            pre, post = _run(layout, group, snippet, num_pre, num_post)
            return _sparse(layout, group, pre, post, num_pre, num_post)


def _run(
    layout: Layout, group: SynapseGroup, snippet: SnippetSynapses, num_pre: int, num_post: int
) -> tuple[np.ndarray, np.ndarray]:
    """The synapses that a snippet adds; its parameters need memory only while it runs."""
    names = Namespace(group.name, layout.precision)
    storage: Storage = {}
    for parameter in (*snippet.parameters, Parameter("id_post_begin", "unsigned int", 0)):
        type_ = numeric_type(parameter.type, f"{group.name}.{parameter.name}", layout.precision)
        storage[parameter.name] = np.full((1, 1, 1), parameter.value, type_.dtype)
        names.add(parameter.name, type_, Element(Array(parameter.name, type_, 1), Axis.SHARED))
    running = Builtin.ID_POST if snippet.by_column else Builtin.ID_PRE
    for builtin in (running, Builtin.NUM_PRE, Builtin.NUM_POST):
        names.add(builtin.value, UINT32, Value(builtin))
    role = "col_build_code" if snippet.by_column else "row_build_code"
    code = names.code(snippet.code, role, (Function("addSynapse", (UINT32,), VOID, FunctionKind.ACTION),))
    if code is None:
        raise DescriptionError(f"{group.name}: its connectivity snippet has neither row_build_code nor col_build_code")
    build = layout.row_builders[snippet.by_column]
    stream = layout.streams.number(f"synapses.{group.name}.connectivity")
    row_length, indices = build(code, num_pre, num_post, storage=storage, seed=layout.model.seed, stream=stream)
    existing = np.arange(indices.shape[1])[None, :] < row_length[:, None]
    return np.repeat(np.arange(num_pre), row_length), indices[existing].astype(np.int64)


def _checked(group: SynapseGroup, indices: np.ndarray, neurons: int) -> np.ndarray:
    outside = indices[(indices < 0) | (indices >= neurons)]
    if len(outside):
        raise DescriptionError(
            f"{group.name}: set_sparse_connections got neuron {outside[0]}, but the population has {neurons} neurons"
        )
    return indices.astype(np.int64)


def _sparse(
    layout: Layout, group: SynapseGroup, pre: np.ndarray, post: np.ndarray, num_pre: int, num_post: int
) -> Wiring:
    """Rows of equal stride; within each, targets ascend and equal ones keep the user's order."""
    order = np.lexsort((post, pre))
    row_length = np.bincount(pre, minlength=num_pre)
    stride = max(int(row_length.max(initial=0)), 1)
    begin = np.concatenate([[0], np.cumsum(row_length)[:-1]])
    sorted_pre = pre[order]
    slots = sorted_pre * stride + np.arange(len(pre)) - begin[sorted_pre]
    positions = np.empty(len(pre), np.int64)
    positions[order] = slots
    indices = np.zeros(num_pre * stride, np.uint32)
    indices[slots] = post[order]
    prefix = f"synapses.{group.name}"
    connectivity = SparseConnectivity(
        layout.declare(f"{prefix}.row_length", UINT32, num_pre, initial=ArrayInitial(row_length.astype(np.uint32))),
        layout.declare(f"{prefix}.indices", UINT32, num_pre * stride, initial=ArrayInitial(indices)),
        stride,
    )
    names = _indices(
        layout, group, num_pre, num_post, lambda: (np.repeat(np.arange(num_pre), stride), indices.astype(np.int64))
    )
    return Wiring(connectivity, Elements(num_pre * stride, names, positions, group.name))


def columns(layout: Layout, group: SynapseGroup, rows: SparseConnectivity, num_post: int) -> Columns:
    """Declares, once, where the synapses of each postsynaptic neuron lie in the rows."""
    prefix = f"synapses.{group.name}"
    names = (f"{prefix}.column_start", f"{prefix}.column_synapses")
    if names[0] not in layout.arrays:
        lengths, post = (_given(layout, array) for array in (rows.row_length, rows.indices))
        synapses = np.flatnonzero(np.arange(rows.row_stride)[None, :] < lengths[:, None])
        order = np.argsort(post[synapses], kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(post[synapses], minlength=num_post))])
        for name, values in zip(names, (start, synapses[order]), strict=True):
            layout.declare(name, UINT32, len(values), initial=ArrayInitial(values.astype(np.uint32)))
    return Columns(layout.arrays[names[0]], layout.arrays[names[1]], rows.row_stride)


def _given(layout: Layout, array: Array) -> np.ndarray:
    initial = layout.initial[array.name]
    if not isinstance(initial, ArrayInitial):
        raise InternalCompilerError(f"{array.name} must be given as numbers; this is a bug in ml_genn")
    return initial.values


def _draw(
    layout: Layout, group: SynapseGroup, random: FixedProbabilitySynapses, num_pre: int, num_post: int
) -> tuple[np.ndarray, np.ndarray]:
    """One 32-bit word per pair, keyed by both neurons, so that a row depends on nothing but its own index."""
    stream = layout.streams.number(f"synapses.{group.name}.connectivity")
    below = round(random.probability * 2**32)
    blocks = np.arange(-(-num_post // 4))
    rows_at_once = max(_WORDS_AT_ONCE // max(num_post, 1), 1)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for begin in range(0, num_pre, rows_at_once):
        rows = np.arange(begin, min(begin + rows_at_once, num_pre))
        words = philox(rows[:, None], blocks[None, :], 0, stream, np.zeros((), np.uint64), layout.model.seed)
        drawn = np.stack(words, axis=-1).reshape(len(rows), -1)[:, :num_post]
        connected = drawn.astype(np.uint64) < below
        if not random.self_connections:
            connected &= rows[:, None] != np.arange(num_post)[None, :]
        pre, post = np.nonzero(connected)
        found.append((pre + begin, post))
    return np.concatenate([pre for pre, _ in found]), np.concatenate([post for _, post in found])


def _convolution(group: SynapseGroup, convolution: ConvolutionConnectivity, num_pre: int, num_post: int) -> Wiring:
    for what, shape, neurons in (
        ("presynaptic", convolution.pre_shape, num_pre),
        ("postsynaptic", convolution.out_shape, num_post),
    ):
        if int(np.prod(shape)) != neurons:
            raise ShapeError(
                f"{group.name}: the convolution's {what} side has shape {shape}, "
                f"{int(np.prod(shape))} neurons, but the population has {neurons}"
            )
    kernel = (*convolution.kernel, convolution.in_shape[2], convolution.out_shape[2])

    def no_names(names: Namespace) -> None:
        reason = "a kernel entry belongs to many synapses"
        for name in ("id_pre", "id_post", "num_pre", "num_post"):
            names.refuse(name, UINT32, reason)

    return Wiring(convolution, Elements(int(np.prod(kernel)), no_names, synapses=group.name))


def _indices(
    layout: Layout,
    group: SynapseGroup,
    num_pre: int,
    num_post: int,
    pairs: Callable[[], tuple[np.ndarray, np.ndarray]],
) -> Callable[[Namespace], None]:
    """Makes the neurons of a synapse known by name; their arrays exist only if code asks for them."""

    def element(name: str, axis: Axis, make: Callable[[], np.ndarray]) -> Element:
        full = f"synapses.{group.name}.{name}"
        if full not in layout.arrays:
            values = make().astype(np.uint32)
            layout.declare(full, UINT32, len(values), initial=ArrayInitial(values))
        return Element(layout.arrays[full], axis)

    def add_names(names: Namespace) -> None:
        names.add("id_pre", UINT32, lambda: element("id_pre", Axis.NEURON, lambda: pairs()[0]))
        names.add("id_post", UINT32, lambda: element("id_post", Axis.NEURON, lambda: pairs()[1]))
        names.add("num_pre", UINT32, lambda: element("num_pre", Axis.SHARED, lambda: np.array([num_pre])))
        names.add("num_post", UINT32, lambda: element("num_post", Axis.SHARED, lambda: np.array([num_post])))

    return add_names
