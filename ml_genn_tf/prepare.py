"""From a Keras model to the stage graph: translate, check, rewrite, find populations; a gate after each step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import final

import keras
import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import UnsupportedModelError

from .gates import GateRecord, Gates
from .ir import Graph
from .loading.finite_weights import nonfinite_weights
from .passes import normalising_passes
from .passes.check_structure import structure_faults
from .passes.layer_names import name_by_layers
from .passes.populations import find_populations
from .problems import Problem, unsupported
from .stages import StageGraph
from .translate import Translation, translate

SAMPLE_EXAMPLES = 16
SAMPLE_SEED = 1234


@final
@dataclass(frozen=True, eq=False)
class Prepared:
    """A model ready for a method: the layer graph after all passes, its stages, and what the gates measured."""

    graph: Graph
    stages: StageGraph
    gates: tuple[GateRecord, ...]


def check_supported(model: keras.Model, *, signed_inputs: Collection[str] | None = None) -> list[Problem]:
    """Every reason why the model cannot be converted, in the order of its layers; empty if it can.

    `signed_inputs` names the inputs whose data may be negative (None: none of them).
    """
    try:
        return _problems(model, translate(model), signed_inputs or ())
    except UnsupportedModelError as error:
        return [problem for problem in error.problems if isinstance(problem, Problem)]


def require_supported(model: keras.Model) -> None:
    """Raises UnsupportedModelError listing every reason why the model cannot be converted, if there is one."""
    problems = check_supported(model)
    if problems:
        raise unsupported(model.name, problems)


def prepare(
    model: keras.Model,
    sample: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    signed_inputs: Collection[str] = (),
) -> Prepared:
    """The stages of a model, each step checked against Keras on `sample`.

    Parameters: `sample` one array (examples, *shape) or a mapping of input name to array, of which 32 examples are
    used; without it numbers between 0 and 1 are drawn. `signed_inputs` names the inputs whose data may be negative.

    Raises UnsupportedModelError listing all problems, GateError when a step changes what the model computes, and
    ShapeError when the sample does not fit the model.
    """
    translation = translate(model)
    problems = _problems(model, translation, signed_inputs)
    if problems:
        raise unsupported(model.name, problems)
    graph = translation.graph
    gates = Gates(model, translation, random_sample(graph) if sample is None else sample)
    records = [gates.check_translation(graph)]
    for name, rewrite in normalising_passes(signed_inputs).items():
        rewritten = rewrite(graph)
        unchanged = rewritten is graph
        records.append(replace(records[-1], pass_name=name) if unchanged else gates.check_pass(name, rewritten))
        graph = rewritten
    stages = find_populations(graph)
    records.append(gates.check_stages(stages))
    graph, stages = name_by_layers(graph, stages)
    return Prepared(graph, stages, tuple(records))


def _problems(model: keras.Model, translation: Translation, signed_inputs: Collection[str]) -> list[Problem]:
    classes = {call.name: call.class_name for call in translation.keras_graph.calls}
    graph = translation.graph
    for rewrite in normalising_passes(signed_inputs).values():
        graph = rewrite(graph)
    faults = [
        Problem(fault.node.layer, classes.get(fault.node.layer, ""), fault.reason, fault.remedy)
        for fault in structure_faults(graph, signed_inputs)
    ]
    order = {name: at for at, name in enumerate(classes)}
    found = [*translation.problems, *nonfinite_weights(model), *faults]
    return sorted(dict.fromkeys(found), key=lambda problem: order.get(problem.layer, -1))


def random_sample(graph: Graph) -> dict[str, np.ndarray]:
    """Sixteen examples between 0 and 1 for each input, always the same."""
    generator = np.random.default_rng(SAMPLE_SEED)
    return {name: generator.random((SAMPLE_EXAMPLES, *graph[name].shape), np.float32) for name in graph.inputs}
