"""What a layer graph, all passes done, still holds that no spiking network can do exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import final

from ..ir import Graph, MaxPool, Node, Softmax
from .signs import never_negative

MOST_PATHS = 256
"""Most linear paths into one population; branches that add up without a ReLU in between multiply them."""


@final
@dataclass(frozen=True)
class Fault:
    """A node that stands in the way, why, and what the user can do."""

    node: Node
    reason: str
    remedy: str


def structure_faults(graph: Graph, signed_inputs: Collection[str] = ()) -> tuple[Fault, ...]:
    """All faults: softmax that something reads, max-pooling of signed values, too many linear branches."""
    return tuple((*_hidden_softmax(graph), *_signed_pooling(graph, signed_inputs), *_branches(graph)))


def _hidden_softmax(graph: Graph) -> Iterator[Fault]:
    for node in graph.nodes:
        if isinstance(node, Softmax):
            yield Fault(node, "is a softmax inside the network", "use softmax at the outputs only")


def _signed_pooling(graph: Graph, signed_inputs: Collection[str]) -> Iterator[Fault]:
    certain = never_negative(graph, signed_inputs)
    reason = "takes the maximum of values that may be negative, which spike codes cannot carry"
    remedy = "put a ReLU directly before or behind it; between the two, batch normalisation with gamma >= 0 may stand"
    for node in graph.nodes:
        if isinstance(node, MaxPool) and node.inputs[0] not in certain:
            yield Fault(node, reason, remedy)


def _branches(graph: Graph) -> Iterator[Fault]:
    paths: dict[str, int] = {}
    for node in graph.nodes:
        incoming = sum(paths[name] for name in node.inputs)
        if incoming > MOST_PATHS:
            yield Fault(node, f"adds up {incoming} linear branches", "put ReLUs between the additions")
        paths[node.name] = incoming if node.linear and incoming <= MOST_PATHS else 1
