"""Gives populations the names of the Keras layers that they stand for, where each is the only one of its layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..ir import Graph, fresh_name
from ..stages import Path, Stage, StageGraph


def name_by_layers(graph: Graph, stages: StageGraph) -> tuple[Graph, StageGraph]:
    """Both with new names. What passes have moved keeps the name of its value until here, so that gates can compare it.

    Several populations of one layer (the two of a leaky ReLU) keep names of their own, as do inputs and outputs.
    """
    names = _new_names(stages)
    if all(old == new for old, new in names.items()):
        return graph, stages
    return _renamed_graph(graph, names), _renamed_stages(stages, names)


def _new_names(stages: StageGraph) -> dict[str, str]:
    hidden = [stage for stage in stages.stages if stage.kind not in ("input", "output")]
    found = Counter(stage.layer for stage in hidden)
    names = {stage.name: stage.layer for stage in hidden if found[stage.layer] == 1}
    while True:
        kept = {stage.name for stage in stages.stages} - {*names}
        taken = {old: new for old, new in names.items() if new in kept}
        if not taken:
            return names
        names = {old: new for old, new in names.items() if old not in taken}


def _renamed_graph(graph: Graph, names: Mapping[str, str]) -> Graph:
    """Other nodes make room where they bear a name that a population gets."""
    final, all_names = dict(names), {node.name for node in graph.nodes} | {*names.values()}
    for node in graph.nodes:
        if node.name not in names and node.name in names.values():
            final[node.name] = fresh_name(f"{node.name}.linear", all_names)
            all_names.add(final[node.name])
    nodes = tuple(
        replace(
            node,
            name=final.get(node.name, node.name),
            inputs=tuple(final.get(name, name) for name in node.inputs),
        )
        for node in graph.nodes
    )
    return Graph(nodes, graph.inputs, tuple(final.get(name, name) for name in graph.outputs))


def _renamed_stages(stages: StageGraph, names: Mapping[str, str]) -> StageGraph:
    return StageGraph(tuple(_renamed(stage, names) for stage in stages.stages), stages.inputs, stages.outputs)


def _renamed(stage: Stage, names: Mapping[str, str]) -> Stage:
    paths = tuple(Path(names.get(path.source, path.source), path.ops) for path in stage.paths)
    return replace(stage, name=names.get(stage.name, stage.name), paths=paths)
