"""From the layer graph to stages: which values are populations, and the linear paths between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..execute import evaluate
from ..ir import Add, Array, Curve, Graph, Input, MaxPool, Node, Relu, fresh_name
from ..stages import Kind, Path, Stage, StageGraph
from .simplify_path import simplify_path, without_constant

KINDS: dict[type[Node], Kind] = {Input: "input", Relu: "relu", Curve: "curve", MaxPool: "max_pool"}


def find_populations(graph: Graph) -> StageGraph:
    """The stages of a graph in which `check_structure` found no fault.

    Each Input, Relu, Curve and MaxPool is a stage of its own name; each output is one, named after its layer. The bias
    of a stage is its drive when all its sources are zero, worked out in float64: exact, padding and all, position by
    position.
    """
    constants = _values_of_silence(graph)
    paths: dict[str, tuple[Path, ...]] = {}
    stages: list[Stage] = []
    for node in graph.nodes:
        if type(node) in KINDS:
            stages.append(_population(node, constants, paths))
            paths[node.name] = (Path(node.name),)
        elif isinstance(node, Add):
            paths[node.name] = tuple(path for name in node.inputs for path in paths[name])
        else:
            op = without_constant(node)
            paths[node.name] = tuple(Path(path.source, (*path.ops, op)) for path in paths[node.inputs[0]])
    taken = {stage.name for stage in stages}
    readouts: dict[str, str] = {}
    for name in dict.fromkeys(graph.outputs):
        readouts[name] = fresh_name(graph[name].layer, taken)
        taken.add(readouts[name])
        stages.append(_readout(readouts[name], graph[name], constants, paths))
    shapes = {stage.name: stage.shape for stage in stages}
    simple = tuple(
        replace(stage, paths=tuple(simplify_path(path, shapes[path.source]) for path in stage.paths))
        for stage in stages
    )
    return StageGraph(simple, graph.inputs, tuple(readouts[name] for name in graph.outputs))


def _values_of_silence(graph: Graph) -> dict[str, Array]:
    """Every value, a batch of one, when all populations are zero."""
    values: dict[str, Array] = {}
    for node in graph.nodes:
        if type(node) in KINDS:
            values[node.name] = np.zeros((1, *node.shape))
        else:
            values[node.name] = evaluate(node, [values[name] for name in node.inputs])
    return values


def _population(node: Node, constants: dict[str, Array], paths: dict[str, tuple[Path, ...]]) -> Stage:
    drive = node.inputs[0] if node.inputs else None
    pooled = isinstance(node, MaxPool)
    return Stage(
        name=node.name,
        layer=node.layer,
        kind=KINDS[type(node)],
        shape=node.shape,
        bias=np.zeros(node.shape) if drive is None or pooled else constants[drive][0],
        paths=() if drive is None else paths[drive],
        ceiling=node.ceiling if isinstance(node, Relu) else None,
        curve=node if isinstance(node, Curve) else None,
        pool=node if isinstance(node, MaxPool) else None,
        pool_shape=constants[node.inputs[0]].shape[1:] if pooled else (),
    )


def _readout(name: str, node: Node, constants: dict[str, Array], paths: dict[str, tuple[Path, ...]]) -> Stage:
    return Stage(
        name=name,
        layer=node.layer,
        kind="output",
        shape=node.shape,
        bias=constants[node.name][0] if type(node) not in KINDS else np.zeros(node.shape),
        paths=paths[node.name],
    )
