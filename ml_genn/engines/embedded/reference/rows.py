"""Sparse connectivity from a snippet: its code runs for each row (or column) and calls `addSynapse`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Clock, Code
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import run_code
from ml_genn.engines.embedded.reference.lanes import Indices, Space, Values
from ml_genn.errors import DescriptionError

Rows = tuple[NDArray[np.uint32], NDArray[np.uint32]]


def build_rows(code: Code, num_pre: int, num_post: int, *, storage: Storage, seed: int, stream: int) -> Rows:
    """Runs row-building code for every `id_pre`; `addSynapse(j)` connects to post neuron j.

    `storage` holds the arrays that the code's names are bound to (parameters, extra global parameters); draws are
    keyed by the row. Returns row_length uint32 [num_pre] and indices uint32 [num_pre, longest row], ascending in each
    row, zero beyond its length. Raises DescriptionError for a post neuron that does not exist.
    """
    pre, post = _run(code, Axis.PRE, (num_pre, num_post), storage, seed, stream)
    return _ragged_rows(pre, _checked(post, num_post, "postsynaptic", code), num_pre)


def build_columns(code: Code, num_pre: int, num_post: int, *, storage: Storage, seed: int, stream: int) -> Rows:
    """Runs column-building code for every `id_post`; `addSynapse(i)` connects from pre neuron i. Returns rows."""
    post, pre = _run(code, Axis.POST, (num_pre, num_post), storage, seed, stream)
    return _ragged_rows(_checked(pre, num_pre, "presynaptic", code), post, num_pre)


def _run(
    code: Code, axis: Axis, sizes: tuple[int, int], storage: Storage, seed: int, stream: int
) -> tuple[Indices, Indices]:
    """The running index and the argument of each call of `addSynapse`."""
    count = sizes[0] if axis is Axis.PRE else sizes[1]
    index = np.arange(count)
    space = Space(count, np.zeros(count, np.intp), {axis: index}, index, batched=False)
    sizes_by_name = {Builtin.NUM_PRE: sizes[0], Builtin.NUM_POST: sizes[1]}
    frame = Frame(Surroundings(storage, Clock(), seed=seed), space, counts=sizes_by_name)
    running: list[Indices] = [index[:0]]
    called: list[Indices] = [index[:0]]

    def add_synapse(lanes: Indices, arguments: tuple[Values, ...]) -> None:
        running.append(lanes)
        called.append(np.broadcast_to(arguments[0], lanes.shape).astype(np.intp))

    with np.errstate(all="ignore"):
        run_code(code, frame, stream, {"addSynapse": add_synapse})
    return np.concatenate(running), np.concatenate(called)


def _checked(neurons: Indices, count: int, side: str, code: Code) -> Indices:
    outside = neurons[(neurons < 0) | (neurons >= count)]
    if outside.size:
        raise DescriptionError(
            f"{code.program.where}: addSynapse({outside[0]}) names no {side} neuron; they are 0 to {count - 1}"
        )
    return neurons


def _ragged_rows(pre: Indices, post: Indices, num_pre: int) -> Rows:
    order = np.lexsort((post, pre))
    pre, post = pre[order], post[order]
    row_length = np.bincount(pre, minlength=num_pre)
    place = np.arange(pre.size) - (np.cumsum(row_length) - row_length)[pre]
    indices = np.zeros((num_pre, row_length.max(initial=0)), np.uint32)
    indices[pre, place] = post
    return row_length.astype(np.uint32), indices
