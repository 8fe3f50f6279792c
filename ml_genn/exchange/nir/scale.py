"""One weight per neuron: Scale, or an edge without any node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...connectivity import OneToOne
from .library import nir_library
from .pairs import Ends, Nodes, PathPair
from .problems import Refusal
from .weights import weight_array


def _write(connectivity: Any, connection: Any, ends: Ends, bias: Any) -> Nodes:
    if ends.source != ends.target:
        raise Refusal("it joins an image with a population without rows and columns", "give both the same shape")
    weights = weight_array(connectivity, (ends.source.size,))
    return (("", nir_library().Scale(ends.source.to_nir(weights))),)


def _read(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    values = np.asarray(nodes[0].scale)
    if values.size not in (1, ends.source.size) or ends.source.size != ends.target.size:
        return None
    weight = np.broadcast_to(values, ends.source.shape) if values.size == 1 else values.reshape(ends.source.shape)
    flat_weight = np.empty(ends.source.size, values.dtype)
    flat_weight[ends.source.ours] = weight.ravel()
    return OneToOne(flat_weight)


def _read_edge(nodes: Sequence[Any], ends: Ends, flat: bool) -> Any:
    return OneToOne(1.0) if ends.source.size == ends.target.size else None


PAIRS = (
    PathPair("OneToOne", ("Scale",), _write, _read, carries_bias=False, makes_image=None),
    PathPair("OneToOne", (), _write, _read_edge, carries_bias=False, makes_image=None),
)
