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
            nodes.append(ir.Unsupported(name=call.name, layer=call.name, inputs=call.inputs, shape=call.shape or ()))
    graph = Graph.build(nodes, keras_graph.inputs, keras_graph.outputs)
    return Translation(graph, keras_graph, tuple(problems))


def _translate_call(call: Call) -> Sequence[Node]:
    if call.arguments.get("training"):
        raise Refusal("is called with training=True, so it is random or changes at inference", "call it without")
    if call.class_name not in TRANSLATORS:
        supported = ", ".join(sorted(TRANSLATORS))
        raise Refusal("is not supported", f"supported are {supported}")
    return TRANSLATORS[call.class_name](call)
