"""The synapses that a rule of sparse connectivity means: listed, one to one, drawn at random, or made by a snippet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ml_genn.engines.embedded.language.tree import Function, FunctionKind
from ml_genn.engines.embedded.language.types import UINT32, VOID, PointerType
from ml_genn.engines.embedded.plan.description import (
    FixedProbabilitySynapses,
    FixedTotalSynapses,
    GlobalParameter,
    ListedSynapses,
    OneToOneSynapses,
    Parameter,
    SnippetSynapses,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.fixed_probability import draw_rows
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type, pointer_type
from ml_genn.engines.embedded.plan.plan import Array, Axis, Builtin, Element, Pointer, Value
from ml_genn.engines.embedded.plan.random import philox
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.errors import DescriptionError, InternalCompilerError

Sizes = tuple[int, int]
"""Numbers of presynaptic and of postsynaptic neurons."""


@final
@dataclass(frozen=True, eq=False)
class Made:
    """Row by row, ascending in each: `length` [pre] of the rows, and `posts` of all synapses.

    Where there is a kernel, `kernel` is the entry of it that each synapse belongs to; where the user has listed the
    synapses in another order, `order` says which of his each is, equal ones in his order.
    """

    length: np.ndarray
    posts: np.ndarray
    kernel: np.ndarray | None = None
    order: np.ndarray | None = None


def made(layout: Layout, group: SynapseGroup, num_pre: int, num_post: int) -> Made:
    """The synapses of a group."""
    rule = _RULES.get(type(group.synapses))
    if rule is None:
        raise InternalCompilerError(f"{group.name}: no synapses for {group.synapses!r}; this is a bug in ml_genn")
    return rule(layout, group, group.synapses, (num_pre, num_post))


def _listed(_: Layout, group: SynapseGroup, synapses: ListedSynapses, sizes: Sizes) -> Made:
    for indices, neurons in zip((synapses.pre, synapses.post), sizes, strict=True):
        outside = indices[(indices < 0) | (indices >= neurons)]
        if len(outside):
            raise DescriptionError(
                f"{group.name}: set_sparse_connections got neuron {outside[0]}, "
                f"but the population has {neurons} neurons"
            )
    pre, post = synapses.pre.astype(np.int64), synapses.post.astype(np.int64)
    order = np.lexsort((post, pre))
    return Made(np.bincount(pre, minlength=sizes[0]), post[order], order=order)


def _one_to_one(_: Layout, __: SynapseGroup, ___: OneToOneSynapses, sizes: Sizes) -> Made:
    diagonal = np.arange(min(sizes))
    return Made(np.bincount(diagonal, minlength=sizes[0]), diagonal)


def _fixed_probability(layout: Layout, group: SynapseGroup, random: FixedProbabilitySynapses, sizes: Sizes) -> Made:
    key = {"stream": layout.streams.number(f"synapses.{group.name}.connectivity"), "seed": layout.model.seed}
    return Made(*draw_rows(*sizes, random.probability, self_connections=random.self_connections, **key))


def _fixed_total(layout: Layout, group: SynapseGroup, random: FixedTotalSynapses, sizes: Sizes) -> Made:
    """Each synapse has both of its neurons drawn, keyed by its number."""
    stream = layout.streams.number(f"synapses.{group.name}.connectivity")
    zero = np.zeros((), np.uint64)
    words = philox(np.arange(random.number), zero, 0, stream, zero, layout.model.seed)
    pre, post = (word.astype(np.int64) % size for word, size in zip(words, sizes, strict=False))
    return Made(np.bincount(pre, minlength=sizes[0]), post[np.lexsort((post, pre))])


def _snippet(layout: Layout, group: SynapseGroup, snippet: SnippetSynapses, sizes: Sizes) -> Made:
    """The synapses that code adds; its parameters need memory only while it runs."""
    names, storage = _snippet_names(layout, group, snippet)
    role = "col_build_code" if snippet.by_column else "row_build_code"
    parameters = (UINT32,) * (1 + len(snippet.kernel))
    code = names.code(snippet.code, role, (Function("addSynapse", parameters, VOID, FunctionKind.ACTION),))
    if code is None:
        raise DescriptionError(f"{group.name}: its connectivity snippet has neither row_build_code nor col_build_code")
    build = layout.row_builders[snippet.by_column]
    stream = layout.streams.number(f"synapses.{group.name}.connectivity")
    row_length, indices, entries = build(
        code, *sizes, storage=storage, seed=layout.model.seed, stream=stream, kernel=snippet.kernel
    )
    existing = np.arange(indices.shape[1])[None, :] < row_length[:, None]
    return Made(row_length, indices[existing], entries[existing] if snippet.kernel else None)


def _snippet_names(layout: Layout, group: SynapseGroup, snippet: SnippetSynapses) -> tuple[Namespace, Storage]:
    names = Namespace(group.name, layout.precision)
    storage: Storage = {}
    begin = "id_pre_begin" if snippet.by_column else "id_post_begin"
    for parameter in (*snippet.parameters, Parameter(begin, "unsigned int", 0)):
        type_ = numeric_type(parameter.type, f"{group.name}.{parameter.name}", layout.precision)
        storage[parameter.name] = np.full((1, 1, 1), parameter.value, type_.dtype)
        names.add(parameter.name, type_, Element(Array(parameter.name, type_, 1), Axis.SHARED))
    for pointer in snippet.global_parameters:
        array = _table(layout, group, pointer, storage)
        names.add(pointer.name, PointerType(array.type), Pointer(array))
    running = Builtin.ID_POST if snippet.by_column else Builtin.ID_PRE
    for builtin in (running, Builtin.NUM_PRE, Builtin.NUM_POST):
        names.add(builtin.value, UINT32, Value(builtin))
    return names, storage


def _table(layout: Layout, group: SynapseGroup, pointer: GlobalParameter, storage: Storage) -> Array:
    where = f"{group.name}.{pointer.name}"
    type_ = pointer_type(pointer.type, where, layout.precision).element
    if pointer.values is None:
        raise DescriptionError(f"{where}: call set_init_values before building the model, which makes the connectivity")
    values = np.asarray(pointer.values).ravel().astype(type_.dtype)
    storage[pointer.name] = values[None, None]
    return Array(pointer.name, type_, len(values))


_RULES: dict[type, Callable[[Layout, SynapseGroup, Any, Sizes], Made]] = {
    ListedSynapses: _listed,
    OneToOneSynapses: _one_to_one,
    FixedProbabilitySynapses: _fixed_probability,
    FixedTotalSynapses: _fixed_total,
    SnippetSynapses: _snippet,
}
