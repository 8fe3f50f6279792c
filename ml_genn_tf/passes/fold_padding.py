"""ZeroPad followed by one convolution becomes that convolution's own padding."""

from __future__ import annotations

from dataclasses import replace

from ..ir import Convolution, Graph, Padding, ZeroPad
from .rewrite import rewrite


def fold_padding(graph: Graph) -> Graph:
    """conv(zero_pad(x)) with padding p after padding q is conv(x) with padding p + q."""
    for node in graph.nodes:
        consumer = graph.only_consumer(node.name)
        if isinstance(node, ZeroPad) and isinstance(consumer, Convolution):
            merged = replace(consumer, inputs=node.inputs, padding=add_padding(node.padding, consumer.padding))
            return fold_padding(rewrite(graph, {node.name: (), consumer.name: (merged,)}))
    return graph


def add_padding(one: Padding, other: Padding) -> Padding:
    """Cells of both paddings, side by side."""
    (top, bottom), (left, right) = one
    (more_top, more_bottom), (more_left, more_right) = other
    return (top + more_top, bottom + more_bottom), (left + more_left, right + more_right)
