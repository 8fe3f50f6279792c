"""Holds every pass to its promise: on sample data the rewritten graph computes what the Keras model computes.

Two comparisons. The outputs against Keras' own, which adds up in float32. And, in float64, every value that a
pass kept under its name against the value that name had after translation; the first that differs names the
layer.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import keras
import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import GateError

from .execute import by_name, evaluate, run
from .execute_stages import run_stages
from .ir import Array, Graph, Node, size
from .keras_graph import Call, KerasGraph
from .passes.strip_probabilities import makes_probabilities
from .stages import StageGraph
from .translate import Translation

KERAS_TOLERANCE = 1e-4
"""Keras sums in float32: 2^-24 for each of up to 10^4 terms in the worst case, some 1e-6 seen in deep
networks."""

PASS_TOLERANCE = 1e-9
"""float64 against float64: passes only change the order of a few roundings of 1e-16."""

MOST_EXAMPLES = 32

MOST_BYTES = 512 * 2**20
"""Bound of what the values of all layers take, in float64 and twice; very large models get fewer examples."""


@final
@dataclass(frozen=True)
class GateRecord:
    """What one gate measured, outputs against Keras' outputs.

    `largest_difference` relative to the largest output; `agreement` the fraction of `examples` with the same
    argmax.
    """

    pass_name: str
    largest_difference: float
    agreement: float
    examples: int


@final
class Gates:
    """Compares graphs with one Keras model on one sample of data (at most 32 examples are used)."""

    def __init__(
        self, model: keras.Model, translation: Translation, sample: ArrayLike | Mapping[str, ArrayLike]
    ) -> None:
        graph = translation.graph
        shapes = {name: graph[name].shape for name in graph.inputs}
        arrays = by_name(graph.inputs, shapes, sample, np.float32)
        examples = most_examples(graph)
        self._sample = {name: array[:examples] for name, array in arrays.items()}
        self._layers = keras_values(translation.keras_graph, self._sample)
        self._outputs = keras_outputs(model, [self._sample[name] for name in graph.inputs])
        self._endings = [graph[name] if makes_probabilities(graph[name]) else None for name in graph.outputs]
        self._classes = {call.name: call.class_name for call in translation.keras_graph.calls}
        names = [node.name for node in graph.nodes]
        self._reference = run(graph, self._sample, dtype=np.float64, keep=names)

    def check_translation(self, graph: Graph) -> GateRecord:
        """Every layer's value against Keras' value of that layer, then the outputs.

        Raises GateError naming the first layer that differs.
        """
        values = run(graph, self._sample, dtype=np.float64, keep=self._layers)
        layers = {name: (values[name], self._layers[name]) for name in self._layers}
        self._require_equal("translate", layers, {name: name for name in layers}, KERAS_TOLERANCE)
        return self._record("translate", [values[name] for name in graph.outputs], [None] * len(graph.outputs))

    def check_pass(self, pass_name: str, graph: Graph) -> GateRecord:
        """Every value that kept its name, then the outputs. Raises GateError naming the first layer that
        differs."""
        kept = {node.name: node.layer for node in graph.nodes if node.name in self._reference}
        values = run(graph, self._sample, dtype=np.float64, keep=kept)
        pairs = {name: (values[name], self._reference[name]) for name in kept}
        self._require_equal(pass_name, pairs, kept, PASS_TOLERANCE)
        pending = [
            None if makes_probabilities(graph[name]) else ending
            for name, ending in zip(graph.outputs, self._endings, strict=True)
        ]
        return self._record(pass_name, [values[name] for name in graph.outputs], pending)

    def check_stages(self, stages: StageGraph) -> GateRecord:
        """The value of every population, then the outputs. Raises GateError naming the first layer that
        differs."""
        kept = {stage.name: stage.layer for stage in stages.stages if stage.kind != "output"}
        shared = {name: layer for name, layer in kept.items() if name in self._reference}
        values = run_stages(stages, self._sample, dtype=np.float64, keep=shared)
        pairs = {name: (values[name], self._reference[name]) for name in shared}
        self._require_equal("find_populations", pairs, shared, PASS_TOLERANCE)
        return self._record("find_populations", [values[name] for name in stages.outputs], self._endings)

    def _require_equal(
        self,
        pass_name: str,
        pairs: Mapping[str, tuple[Array, Array]],
        layers: Mapping[str, str],
        tolerance: float,
    ) -> None:
        for name, (value, expected) in pairs.items():
            difference = relative_difference(value, expected)
            if not difference <= tolerance:
                layer = layers[name]
                place = f"layer {layer} ({self._classes[layer]})" if layer in self._classes else layer
                raise GateError(
                    f"{pass_name} changed what the model computes: at {place} values differ by {difference:.2g} of "
                    f"the largest, allowed is {tolerance:.0e}; this is a fault of the conversion, please report it",
                    pass_name=pass_name,
                    layer=layer,
                    difference=difference,
                )

    def _record(self, pass_name: str, outputs: Sequence[Array], lacking: Sequence[Node | None]) -> GateRecord:
        """Compares outputs with Keras', after the operation at the model's end that each of them still lacks."""
        values = [evaluate(end, [value]) if end else value for value, end in zip(outputs, lacking, strict=True)]
        pairs = list(zip(values, self._outputs, strict=True))
        named = {f"output {at}": pair for at, pair in enumerate(pairs)}
        self._require_equal(pass_name, named, {name: name for name in named}, KERAS_TOLERANCE)
        same = [np.mean(value.argmax(axis=-1) == expected.argmax(axis=-1)) for value, expected in pairs]
        return GateRecord(
            pass_name=pass_name,
            largest_difference=max(relative_difference(*pair) for pair in pairs),
            agreement=float(min(same)),
            examples=len(pairs[0][0]),
        )


def most_examples(graph: Graph) -> int:
    """How many examples a gate uses: 32, or as many as keep the values of all nodes within MOST_BYTES, at least 1."""
    bytes_per_example = 2 * 8 * sum(size(node.shape) for node in graph.nodes)
    return max(1, min(MOST_EXAMPLES, MOST_BYTES // bytes_per_example))


def relative_difference(value: Array, expected: Array) -> float:
    """max |value - expected| / max |expected|; NaN counts as infinite, an expected value of zero everywhere
    as one."""
    if value.shape != expected.shape:
        return float("inf")
    if value.size == 0:
        return 0.0
    largest = float(np.abs(expected).max())
    difference = float(np.abs(value - expected).max()) / (largest or 1.0)
    return difference if np.isfinite(difference) else float("inf")


def keras_values(graph: KerasGraph, sample: Mapping[str, Array]) -> dict[str, Array]:
    """The value of every call, computed by the Keras layer itself from the values before it."""
    values: dict[str, Array] = {}
    for call in graph.calls:
        arguments = [values[name] for name in call.inputs]
        values[call.name] = sample[call.name] if not call.inputs else _call_layer(call, arguments)
    return values


def _call_layer(call: Call, arguments: Sequence[Array]) -> Array:
    inference = {"training": False} if "training" in inspect.signature(call.layer.call).parameters else {}
    value = call.layer(arguments[0] if len(arguments) == 1 else list(arguments), **inference)
    return np.asarray(keras.ops.convert_to_numpy(value))


def keras_outputs(model: Any, inputs: Sequence[Array]) -> list[Array]:
    """The model's outputs in its order, at inference; `inputs` in the order of the model's inputs."""
    chain = isinstance(model, keras.Sequential)
    data = inputs[0] if chain else keras.tree.pack_sequence_as(model.input, list(inputs))
    value = model(data, training=False)
    return [np.asarray(keras.ops.convert_to_numpy(tensor)) for tensor in keras.tree.flatten(value)]
