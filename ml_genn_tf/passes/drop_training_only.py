"""Removes the layers that do nothing at inference."""

from __future__ import annotations

from ..ir import Graph, Identity
from .rewrite import bypass


def drop_training_only(graph: Graph) -> Graph:
    """The graph without Identity nodes: y = x."""
    return bypass(graph, [node.name for node in graph.nodes if isinstance(node, Identity)])
