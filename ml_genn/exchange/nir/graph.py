"""A NIR graph made flat and taken apart: nodes with state, and the paths of other nodes between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from ...errors import ModelFileError
from .maps import shape_after
from .problems import Problem, Refusal, refuse_all
from .registry import BORDERS, STATEFUL, STATELESS

Edge = tuple[str, str]
KNOWN = STATEFUL | STATELESS | BORDERS
GRAPH = "NIRGraph"
MOST_PATHS = 100_000


@final
@dataclass(frozen=True)
class Path:
    """From one node with state, or Input, through others to the next, or to Output; `names` are those between."""

    source: str
    names: tuple[str, ...]
    target: str
    first_edge: int


@final
class FlatGraph:
    """A graph without graphs inside; unknown nodes are refused when it is made.

    Attributes:
        nodes: nodes by name.
        edges: (from, to), in the graph's order.
        shape_behind: the shape that leaves each node without state; known after `shapes`.

    Raises:
        UnsupportedModelError: nodes of kinds that have no counterpart.
        ModelFileError: edges lead nowhere, or there is no Input or no Output.
    """

    def __init__(self, graph: Any) -> None:
        self.nodes, self.edges = _flat(graph)
        _check(self.nodes, self.edges)
        self.shape_behind: dict[str, tuple[int, ...]] = {}
        self._after: dict[str, list[tuple[str, int]]] = {name: [] for name in self.nodes}
        self._before: dict[str, list[str]] = {name: [] for name in self.nodes}
        for index, (source, target) in enumerate(self.edges):
            self._after[source].append((target, index))
            self._before[target].append(source)

    def kind(self, name: str) -> str:
        """The class of a node."""
        return type(self.nodes[name]).__name__

    def of_kind(self, *kinds: str) -> list[str]:
        """The nodes of some kinds, in the order in which edges name them."""
        named = dict.fromkeys(name for edge in self.edges for name in edge)
        return [name for name in named if self.kind(name) in kinds]

    def after(self, name: str) -> list[str]:
        """Where edges lead to from a node."""
        return [target for target, _ in self._after[name]]

    def before(self, name: str) -> list[str]:
        """Where edges come from."""
        return self._before[name]

    def paths(self, source: str) -> Iterator[Path]:
        """All paths from a node.

        Raises:
            Refusal: nodes without state lead to each other in a circle, or there are too many paths.
        """
        stack: list[tuple[tuple[str, ...], str, int]] = [
            ((), name, index) for name, index in reversed(self._after[source])
        ]
        found = 0
        while stack:
            names, name, index = stack.pop()
            if self.kind(name) not in STATELESS:
                found += 1
                if found > MOST_PATHS:
                    raise Refusal(f"more than {MOST_PATHS} ways lead from it to other neurons", "simplify the graph")
                yield Path(source, names, name, index)
                continue
            if name in names:
                raise Refusal("nodes lead to each other in a circle without neurons", "correct the graph")
            stack += [((*names, name), other, index) for other in reversed(self.after(name))]

    def between(self, names: Sequence[str]) -> list[Any]:
        """The nodes called `names`."""
        return [self.nodes[name] for name in names]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each Input and of each node with state: its own, or that of what reaches it.

        Raises:
            UnsupportedModelError: some do not fit.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        problems: list[Problem] = []
        waiting = self.of_kind("Input")
        while waiting:
            name = waiting.pop(0)
            try:
                if self.kind(name) == "Input":
                    shapes[name] = input_shape(self.nodes[name])
                for path in self.paths(name):
                    shape = self._through(path, shapes[name])
                    if path.target not in shapes and self.kind(path.target) in STATEFUL:
                        shapes[path.target] = shape
                        waiting.append(path.target)
            except Refusal as refusal:
                problems.append(Problem(name, self.kind(name), refusal.reason, refusal.remedy))
        refuse_all("the graph cannot be read", problems)
        for name in self.of_kind(*STATEFUL):
            if name not in shapes:
                problems.append(Problem(name, self.kind(name), "no Input leads to it", "connect it"))
        refuse_all("the graph cannot be read", problems)
        return shapes

    def _through(self, path: Path, shape: tuple[int, ...]) -> tuple[int, ...]:
        for name in path.names:
            try:
                shape = self.shape_behind[name] = shape_after([self.nodes[name]], shape)
            except Refusal as refusal:
                raise Refusal(f"at {name!r}: {refusal.reason}", refusal.remedy) from refusal
            except (ValueError, TypeError, IndexError, AttributeError) as error:
                raise Refusal(f"{name!r} does not fit what reaches it ({error})", "correct the graph") from error
        return shape


def input_shape(node: Any) -> tuple[int, ...]:
    """The shape of an Input node.

    Raises:
        Refusal: it tells none.
    """
    shape = (node.input_type or {}).get("input")
    sizes = () if shape is None else tuple(int(size) for size in shape)
    if not sizes or min(sizes) < 1:
        raise Refusal(f"it has no shape of positive sizes, got {sizes}", "write the shape of the input into the graph")
    return sizes


def _flat(graph: Any) -> tuple[dict[str, Any], list[Edge]]:
    """Nodes and edges with graphs inside opened: their Inputs and Outputs become edges."""
    nodes: dict[str, Any] = {}
    edges: list[Edge] = [(str(source), str(target)) for source, target in graph.edges]
    for name, node in graph.nodes.items():
        if type(node).__name__ != GRAPH:
            nodes[str(name)] = node
            continue
        inner, inner_edges = _flat(node)
        renamed = {key: f"{name}.{key}" for key in inner}
        nodes |= {renamed[key]: value for key, value in inner.items()}
        edges += [(renamed.get(a, a), renamed.get(b, b)) for a, b in inner_edges]
        for kind, end in (("Input", 1), ("Output", 0)):
            doors = [renamed[key] for key, value in inner.items() if type(value).__name__ == kind]
            if len(doors) != 1:
                raise ModelFileError(f"the graph {name!r} inside the graph has {len(doors)} {kind} nodes; it needs one")
            edges = _without([_led(edge, end, str(name), doors[0]) for edge in edges], doors[0])
            del nodes[doors[0]]
    return nodes, edges


def _led(edge: Edge, end: int, name: str, door: str) -> Edge:
    if edge[end] != name:
        return edge
    return (edge[0], door) if end else (door, edge[1])


def _without(edges: Sequence[Edge], name: str) -> list[Edge]:
    """The edges with what leads to a node led on to where it leads."""
    after = [target for source, target in edges if source == name]
    before = [source for source, target in edges if target == name]
    through = [(source, target) for source in before for target in after]
    return [edge for edge in edges if name not in edge] + through


def _check(nodes: Mapping[str, Any], edges: Sequence[Edge]) -> None:
    unknown = [
        Problem(name, kind, "it has no counterpart here", f"use {', '.join(sorted(KNOWN))}")
        for name, node in nodes.items()
        if (kind := type(node).__name__) not in KNOWN
    ]
    refuse_all("the graph cannot be read", unknown)
    missing = sorted({name for edge in edges for name in edge} - set(nodes))
    if missing:
        raise ModelFileError(f"edges of the graph lead to nodes that it does not have: {', '.join(missing)}")
    for kind in sorted(BORDERS):
        if not any(type(node).__name__ == kind for node in nodes.values()):
            raise ModelFileError(f"the graph has no {kind} node; write one where data come in or results go out")
