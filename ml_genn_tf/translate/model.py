"""A whole model into a layer graph; layers that are refused leave a placeholder and a problem each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import keras

from .. import ir
from ..ir import Graph, Node
from ..keras_graph import Call, KerasGraph, walk
from ..problems import Problem, Refusal
from .registry import TRANSLATORS

DTYPE_POLICIES = ("float32", "float64")


@final
@dataclass(frozen=True, eq=False)
class Translation:
    """The layer graph of a model, the Keras calls it came from, and the layers that were refused."""

    graph: Graph
    keras_graph: KerasGraph
    problems: tuple[Problem, ...]


def translate(model: keras.Model) -> Translation:
    """Every call of the model as nodes. Nothing is skipped: what cannot be translated is an `Unsupported`
    node."""
    keras_graph = walk(model)
    nodes: list[Node] = []
    problems: list[Problem] = []
    for call in keras_graph.calls:
        try:
            nodes += _translate_call(call)
        except Refusal as refusal:
            problems.append(Problem(call.name, call.class_name, refusal.reason, refusal.remedy))
            nodes.append(_placeholder(call))
    graph = Graph.build(nodes, keras_graph.inputs, keras_graph.outputs)
    return Translation(graph, keras_graph, tuple(problems))


def _placeholder(call: Call) -> Node:
    return ir.Unsupported(name=call.name, layer=call.name, inputs=call.inputs, shape=call.shape or ())


def _translate_call(call: Call) -> Sequence[Node]:
    if call.class_name not in TRANSLATORS:
        raise Refusal("is not supported", f"supported are {', '.join(sorted(TRANSLATORS))}")
    policy = getattr(getattr(call.layer, "dtype_policy", None), "name", "float32")
    if policy not in DTYPE_POLICIES:
        raise Refusal(f"computes in {policy}", "rebuild the model in float32 and copy the weights")
    if any(shape is None or None in shape for shape in call.input_shapes):
        return [_placeholder(call)]  # reads, maybe far behind, a layer that was refused: one problem is enough
    return TRANSLATORS[call.class_name](call)
