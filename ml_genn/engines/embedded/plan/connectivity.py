"""Who connects to whom: from a description to the plan's connectivity arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from ml_genn.engines.embedded.language.types import UINT16, UINT32
from ml_genn.engines.embedded.plan.description import DenseSynapses, SynapseGroup
from ml_genn.engines.embedded.plan.layout import Elements, Layout
from ml_genn.engines.embedded.plan.names import Namespace
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
from ml_genn.engines.embedded.plan.synapse_rules import Made, made
from ml_genn.errors import InternalCompilerError, ShapeError


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
        case _:
            return _sparse(layout, group, made(layout, group, num_pre, num_post), num_pre, num_post)


def _sparse(layout: Layout, group: SynapseGroup, rows: Made, num_pre: int, num_post: int) -> Wiring:
    """Rows of equal stride."""
    row_length = rows.length
    stride = max(int(row_length.max(initial=0)), 1)
    type_ = UINT16 if num_post <= 1 << UINT16.bits else UINT32
    existing = _existing(row_length, stride)
    indices = np.zeros((num_pre, stride), type_.dtype)
    indices[existing] = rows.posts

    def positions() -> np.ndarray:
        slots = np.flatnonzero(_existing(row_length, stride))
        if rows.order is None:
            return slots
        placed = np.empty_like(slots)
        placed[rows.order] = slots
        return placed

    prefix = f"synapses.{group.name}"
    connectivity = SparseConnectivity(
        layout.declare(f"{prefix}.row_length", UINT32, num_pre, initial=ArrayInitial(row_length.astype(np.uint32))),
        layout.declare(f"{prefix}.indices", type_, num_pre * stride, initial=ArrayInitial(indices.ravel())),
        stride,
        _distinct(rows),
    )
    names = _indices(layout, group, num_pre, num_post, lambda: (np.repeat(np.arange(num_pre), stride), indices.ravel()))
    if rows.kernel is not None:
        entries = np.zeros((num_pre, stride), np.uint32)
        entries[existing] = rows.kernel
        names = _kernel_entry(layout, group, entries.ravel(), names)
    return Wiring(connectivity, Elements(num_pre * stride, names, positions, group.name))


def _existing(row_length: np.ndarray, stride: int) -> np.ndarray:
    """Which places of padded rows hold a synapse, [rows][stride]."""
    existing: np.ndarray = np.arange(stride, dtype=np.uint32) < row_length[:, None].astype(np.uint32)
    return existing


def _distinct(rows: Made) -> bool:
    """Whether no row names a target twice."""
    same: np.ndarray = rows.posts[1:] == rows.posts[:-1]
    first = np.cumsum(rows.length)  # of the rows that follow; neighbours in different rows may be equal
    same[first[(first > 0) & (first < rows.posts.size)] - 1] = False
    return not same.any()


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
        names.add("id_kernel", UINT32, Value(Builtin.ID))
        reason = "a kernel entry belongs to many synapses"
        for name in ("id_pre", "id_post", "num_pre", "num_post"):
            names.refuse(name, UINT32, reason)

    return Wiring(convolution, Elements(int(np.prod(kernel)), no_names, synapses=group.name))


def _kernel_entry(
    layout: Layout, group: SynapseGroup, entries: np.ndarray, others: Callable[[Namespace], None]
) -> Callable[[Namespace], None]:
    """Makes the entry of the kernel that a sparse synapse belongs to known by name, besides `others`."""

    def element() -> Element:
        full = f"synapses.{group.name}.id_kernel"
        if full not in layout.arrays:
            layout.declare(full, UINT32, len(entries), initial=ArrayInitial(entries))
        return Element(layout.arrays[full], Axis.NEURON)

    def add_names(names: Namespace) -> None:
        others(names)
        names.add("id_kernel", UINT32, element)

    return add_names


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
