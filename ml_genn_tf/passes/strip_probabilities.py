"""Reads the logits instead of the probabilities: softmax and sigmoid keep the order of their inputs."""

from __future__ import annotations

from ..ir import Curve, Graph, Node, Softmax
from .rewrite import bypass


def strip_probabilities(graph: Graph) -> Graph:
    """The graph whose outputs are the inputs of its output softmaxes and sigmoids; one that something reads stays."""
    return bypass(
        graph,
        [
            node.name
            for node in graph.nodes
            if makes_probabilities(node) and node.name in graph.outputs and not graph.consumers(node.name)
        ],
    )


def makes_probabilities(node: Node) -> bool:
    """Whether the operation turns logits into probabilities."""
    return isinstance(node, Softmax) or (isinstance(node, Curve) and node.function == "sigmoid")
