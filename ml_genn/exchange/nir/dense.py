"""All-to-all connectivity and lists of synapses: Linear and Affine, whose weights are (target, source)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...connectivity import Dense
from .library import nir_library
from .order import Order
from .pairs import Ends, Nodes, PathPair
from .problems import Refusal
from .weights import weight_array

MOST_WEIGHTS = 2**27
"""Of a matrix written for a list of synapses: 512 MiB in single precision."""


def matrix_nodes(weight: np.ndarray, source: Order, bias: np.ndarray | None) -> Nodes:
    """Nodes for weights of shape (source, target): rows of a source that is an image come in NIR's order."""
    nir = nir_library()
    is_flat = len(source.shape) == 1
    flat = () if is_flat else (("flatten", nir.Flatten(np.array(source.shape), start_dim=0, end_dim=-1)),)
    matrix = np.ascontiguousarray(weight[source.ours].T)
    node = nir.Linear(matrix) if bias is None else nir.Affine(matrix, np.asarray(bias, np.float32).ravel())
    return (*flat, ("", node))


def matrix_of(node: Any, source: Order) -> np.ndarray:
    """The weights of Linear or Affine as (source, target) in our order."""
    matrix = np.asarray(node.weight)
    weight = np.empty(matrix.shape[::-1], matrix.dtype)
    weight[source.ours] = matrix.T
    return weight


def _write(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    weight = weight_array(connectivity, (ends.source.size, ends.target.size))
    return matrix_nodes(weight[:, ends.target.ours], ends.source, bias)


def _write_sparse(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    if ends.source.size * ends.target.size > MOST_WEIGHTS:
        raise Refusal("NIR has no lists of synapses, and their matrix would be too large", "use smaller populations")
    values = weight_array(connectivity, connectivity.pre_ind.shape)
    weight = np.zeros((ends.source.size, ends.target.size), values.dtype)
    weight[connectivity.pre_ind, connectivity.post_ind] = values
    return matrix_nodes(weight[:, ends.target.ours], ends.source, bias)


def _read(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    weight = np.empty((ends.source.size, ends.target.size), nodes[0].weight.dtype)
    weight[:, ends.target.ours] = matrix_of(nodes[0], ends.source)
    return Dense(weight)


def _never(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    return None


PAIRS = (
    PathPair("Dense", ("Affine",), _write, _read, carries_bias=True, makes_image=False),
    PathPair("Dense", ("Linear",), _write, _read, carries_bias=True, makes_image=False),
    PathPair("Sparse", ("Linear", "zeros where there is no synapse"), _write_sparse, _never, True, False),
)
