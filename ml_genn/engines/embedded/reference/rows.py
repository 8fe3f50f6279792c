"""Sparse connectivity from a snippet: its code runs for each row (or column) and calls `addSynapse`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Clock, Code
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import run_code
from ml_genn.engines.embedded.reference.lanes import Indices, Space, Values
from ml_genn.errors import DescriptionError

Rows = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]

Shape = tuple[int, ...]


def build_rows(
    code: Code, num_pre: int, num_post: int, *, storage: Storage, seed: int, stream: int, kernel: Shape = ()
) -> Rows:
    """Runs row-building code for every `id_pre`; `addSynapse(j)` connects to post neuron j.

    With a kernel of some shape, `addSynapse(j, i0, i1 ...)` also says which of its entries the synapse belongs to.
    `storage` holds the arrays that the code's names are bound to (parameters, extra global parameters); draws are
    keyed by the row. Returns row_length uint32 [num_pre], and indices and kernel entries uint32 [num_pre, longest row],
    indices ascending in each row, zero beyond its length. Raises DescriptionError for a post neuron or an entry that
    does not exist.
    """
    synapses = _run(code, Axis.PRE, (num_pre, num_post), storage, (seed, stream), kernel)
    post = _checked(synapses.joined(synapses.called), num_post, "postsynaptic", code)
    return _ragged_rows(synapses.joined(synapses.running), post, synapses.joined(synapses.entries), num_pre)


def build_columns(
    code: Code, num_pre: int, num_post: int, *, storage: Storage, seed: int, stream: int, kernel: Shape = ()
) -> Rows:
    """Runs column-building code for every `id_post`; `addSynapse(i)` connects from pre neuron i. Returns rows."""
    synapses = _run(code, Axis.POST, (num_pre, num_post), storage, (seed, stream), kernel)
    pre = _checked(synapses.joined(synapses.called), num_pre, "presynaptic", code)
    return _ragged_rows(pre, synapses.joined(synapses.running), synapses.joined(synapses.entries), num_pre)


@final
@dataclass
class _Synapses:
    """Of each call of `addSynapse`: the running index, the neuron named, and the entry of the kernel."""

    code: Code
    kernel: Shape
    running: list[Indices] = field(default_factory=list)
    called: list[Indices] = field(default_factory=list)
    entries: list[Indices] = field(default_factory=list)

    def add(self, lanes: Indices, arguments: tuple[Values, ...]) -> None:
        """The action."""
        numbers = [np.broadcast_to(argument, lanes.shape).astype(np.intp) for argument in arguments]
        self.running.append(lanes)
        self.called.append(numbers[0])
        self.entries.append(self._entry(numbers[1:]) if self.kernel else np.zeros_like(lanes))

    def joined(self, parts: list[Indices]) -> Indices:
        """One after the other."""
        return np.concatenate([np.zeros(0, np.intp), *parts])

    def _entry(self, indices: list[Indices]) -> Indices:
        for axis, (index, size) in enumerate(zip(indices, self.kernel, strict=True)):
            outside = index[(index < 0) | (index >= size)]
            if outside.size:
                raise DescriptionError(
                    f"{self.code.program.where}: index {axis} of the kernel is {outside[0]} in addSynapse; "
                    f"the kernel has shape {self.kernel}"
                )
        entry: Indices = np.ravel_multi_index(tuple(indices), self.kernel)
        return entry


def _run(
    code: Code, axis: Axis, sizes: tuple[int, int], storage: Storage, keys: tuple[int, int], kernel: Shape
) -> _Synapses:
    count = sizes[0] if axis is Axis.PRE else sizes[1]
    index = np.arange(count)
    space = Space(count, np.zeros(count, np.intp), {axis: index}, index, batched=False)
    sizes_by_name = {Builtin.NUM_PRE: sizes[0], Builtin.NUM_POST: sizes[1]}
    frame = Frame(Surroundings(storage, Clock(), seed=keys[0]), space, counts=sizes_by_name)
    synapses = _Synapses(code, kernel)
    with np.errstate(all="ignore"):
        run_code(code, frame, keys[1], {"addSynapse": synapses.add})
    return synapses


def _checked(neurons: Indices, count: int, side: str, code: Code) -> Indices:
    outside = neurons[(neurons < 0) | (neurons >= count)]
    if outside.size:
        raise DescriptionError(
            f"{code.program.where}: addSynapse({outside[0]}) names no {side} neuron; they are 0 to {count - 1}"
        )
    return neurons


def _ragged_rows(pre: Indices, post: Indices, entry: Indices, num_pre: int) -> Rows:
    order = np.lexsort((post, pre))
    pre, post, entry = pre[order], post[order], entry[order]
    row_length = np.bincount(pre, minlength=num_pre)
    place = np.arange(pre.size) - (np.cumsum(row_length) - row_length)[pre]
    rows = []
    for values in (post, entry):
        padded = np.zeros((num_pre, row_length.max(initial=0)), np.uint32)
        padded[pre, place] = values
        rows.append(padded)
    return row_length.astype(np.uint32), rows[0], rows[1]
