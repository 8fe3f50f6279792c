"""Moves max-pooling behind the ReLU, so that it pools what a population emits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..ir import Graph, MaxPool, Node, Relu, Reshape, Scale, ZeroPad
from .fold_batch_norm import per_channel
from .rewrite import rewrite
from .signs import never_negative


def order_max_pooling(graph: Graph, signed_inputs: Collection[str] = ()) -> Graph:
    """relu(s max(x) + t) = max(relu(s x + t)) for a factor s >= 0 per channel.

    Looks at each MaxPool whose argument may be negative, and at the chain of single readers behind it: pooling,
    scaling by factors >= 0, padding and reshaping, then a Relu. The scalings and the Relu go first, then the rest in
    its order. Where there is no such chain the graph stays as it is, and the structure check says why.
    """
    certain = never_negative(graph, signed_inputs)
    for node in graph.nodes:
        if isinstance(node, MaxPool) and node.inputs[0] not in certain:
            chain = _chain_to_relu(graph, node)
            if chain:
                return order_max_pooling(_relu_first(graph, chain), signed_inputs)
    return graph


def _chain_to_relu(graph: Graph, pool: MaxPool) -> list[Node]:
    """The nodes from a MaxPool to the Relu behind it, both included; empty if they cannot change places."""
    chain: list[Node] = [pool]
    while not isinstance(chain[-1], Relu):
        reader = graph.only_consumer(chain[-1].name)
        if reader is None or not _commutes(chain, reader):
            return []
        chain.append(reader)
    return chain


def _commutes(chain: list[Node], reader: Node) -> bool:
    if isinstance(reader, Scale):
        only_pools_before = all(isinstance(node, MaxPool | Scale) for node in chain)
        return only_pools_before and per_channel(reader) and bool((reader.scale >= 0).all())
    return isinstance(reader, MaxPool | Relu | Reshape | ZeroPad)


def _relu_first(graph: Graph, chain: list[Node]) -> Graph:
    """The chain with its scalings and its Relu in front; the last node carries the Relu's name, whose value it has."""
    relu = chain[-1]
    scales = [node for node in chain if isinstance(node, Scale)]
    others = [node for node in chain if node not in (*scales, relu)]
    source = chain[0].inputs[0]
    moved: list[Node] = []
    for node in (*scales, relu, *others):
        name = relu.name if node is others[-1] else graph.fresh_name(f"{node.name}.moved")
        moved.append(replace(node, name=name, inputs=(source,)))
        source = name
    return rewrite(graph, {**dict.fromkeys((node.name for node in chain), ()), relu.name: moved})
