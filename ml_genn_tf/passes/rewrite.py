"""The one way in which passes change a graph: swap nodes for others, and let readers read something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..ir import Graph, Node


def rewrite(
    graph: Graph,
    swap: Mapping[str, Sequence[Node]],
    read_instead: Mapping[str, str] | None = None,
) -> Graph:
    """The graph with each node in `swap` replaced, at its place, by the given nodes (none: removed).

    Nodes and outputs that read a key of `read_instead` read its value instead, followed as far as it leads.
    """
    redirect = dict(read_instead or {})

    def follow(name: str) -> str:
        while name in redirect:
            name = redirect[name]
        return name

    nodes = [new for node in graph.nodes for new in swap.get(node.name, (node,))]
    redirected = [replace(node, inputs=tuple(follow(name) for name in node.inputs)) for node in nodes]
    return Graph.build(redirected, graph.inputs, [follow(name) for name in graph.outputs])


def bypass(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph without these nodes; whoever read one reads its first input. No nodes: the same graph."""
    if not names:
        return graph
    return rewrite(graph, dict.fromkeys(names, ()), {name: graph[name].inputs[0] for name in names})
