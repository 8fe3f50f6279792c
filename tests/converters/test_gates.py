"""Planted faults: a pass or translator that changes what the model computes is caught, and the layer is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.errors import GateError, ShapeError
from ml_genn_tf import ir, passes, prepare
from ml_genn_tf.gates import Gates, most_examples, relative_difference
from ml_genn_tf.keras_graph import Call
from ml_genn_tf.passes.rewrite import rewrite
from ml_genn_tf.stages import StageGraph
from ml_genn_tf.translate import TRANSLATORS, translate

from .conftest import nonnegative, randomised


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return randomised(
        keras.Sequential(
            [
                keras.Input((6, 6, 2), name="image"),
                layers.Conv2D(3, 3, name="first", activation="relu"),
                layers.Conv2D(4, 2, name="second"),
                layers.BatchNormalization(name="norm"),
                layers.ReLU(name="relu"),
                layers.MaxPooling2D(name="pool"),
                layers.Flatten(name="flatten"),
                layers.Dense(5, activation="softmax", name="last"),
            ]
        )
    )


DATA = nonnegative((6, 6, 2), examples=40)
Planted = Callable[[ir.Graph], ir.Graph]


def without_bias(graph: ir.Graph, name: str) -> ir.Graph:
    node = graph[name]
    return rewrite(graph, {name: [replace(node, bias=np.zeros_like(node.bias))]})  # type: ignore[attr-defined]


def test_all_gates_pass_and_are_recorded(model: keras.Model) -> None:
    records = prepare.prepare(model, DATA).gates
    names = [record.pass_name for record in records]
    assert names == ["translate", *passes.normalising_passes(), "find_populations"]
    assert all(0 < record.largest_difference < 1e-5 for record in records)
    assert all(record.agreement == 1.0 and record.examples == 32 for record in records)


@pytest.mark.parametrize(("node", "layer"), [("first.linear", "first"), ("norm", "second"), ("last.linear", "last")])
def test_pass_that_drops_a_bias_is_caught_and_named(
    model: keras.Model, monkeypatch: pytest.MonkeyPatch, node: str, layer: str
) -> None:
    real = passes.fold_batch_norm
    monkeypatch.setattr(passes, "fold_batch_norm", lambda graph: without_bias(real(graph), node))
    message = rf"fold_batch_norm changed what the model computes: at layer {layer} \((Conv2D|Dense)\) values differ by"
    with pytest.raises(GateError, match=message) as caught:
        prepare.prepare(model, DATA)
    assert (caught.value.pass_name, caught.value.layer) == ("fold_batch_norm", layer)
    assert caught.value.difference > 1e-9


def test_pass_that_swaps_the_output_is_caught(model: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "fold_batch_norm", lambda graph: ir.Graph.build(graph.nodes, graph.inputs, ["flatten"]))
    with pytest.raises(
        GateError, match="fold_batch_norm changed what the model computes: at output 0 values differ by"
    ):
        prepare.prepare(model, DATA)


def test_translator_that_is_wrong_is_caught(model: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    real = TRANSLATORS["BatchNormalization"]

    def faulty(call: Call) -> list[ir.Node]:
        (node,) = real(call)
        return [replace(node, shift=node.shift + 1e-2)]  # type: ignore[attr-defined]

    monkeypatch.setitem(TRANSLATORS, "BatchNormalization", faulty)
    message = r"translate changed what the model computes: at layer norm \(BatchNormalization\)"
    with pytest.raises(GateError, match=message):
        prepare.prepare(model, DATA)


def stage_faults() -> Iterator[tuple[str, Callable[[StageGraph], StageGraph]]]:
    def without_stage_bias(stages: StageGraph) -> StageGraph:
        faulty = [replace(s, bias=s.bias * (s.name != "relu")) for s in stages.stages]
        return StageGraph(tuple(faulty), stages.inputs, stages.outputs)

    def without_path(stages: StageGraph) -> StageGraph:
        faulty = [replace(s, paths=s.paths * (2 if s.name == "relu" else 1)) for s in stages.stages]
        return StageGraph(tuple(faulty), stages.inputs, stages.outputs)

    yield from (("bias lost", without_stage_bias), ("path doubled", without_path))


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in stage_faults()])
def test_wrong_stages_are_caught(
    model: keras.Model, monkeypatch: pytest.MonkeyPatch, fault: Callable[[StageGraph], StageGraph]
) -> None:
    real = prepare.find_populations
    monkeypatch.setattr(prepare, "find_populations", lambda graph: fault(real(graph)))
    message = r"find_populations changed what the model computes: at layer relu \(ReLU\)"
    with pytest.raises(GateError, match=message):
        prepare.prepare(model, DATA)


def test_sample_of_wrong_shape(model: keras.Model) -> None:
    with pytest.raises(ShapeError, match=r"input image needs shape \(examples, 6, 6, 2\), got \(3, 6, 6\)"):
        prepare.prepare(model, np.zeros((3, 6, 6)))


def test_sample_is_cut_and_random_without_data(model: keras.Model) -> None:
    assert Gates(model, translate(model), DATA).check_translation(translate(model).graph).examples == 32
    assert prepare.prepare(model).gates[0].examples == prepare.SAMPLE_EXAMPLES


def test_large_models_get_fewer_examples(model: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = translate(model).graph
    assert most_examples(graph) == 32
    monkeypatch.setattr("ml_genn_tf.gates.MOST_BYTES", 3 * 16 * sum(ir.size(node.shape) for node in graph.nodes))
    assert most_examples(graph) == 3
    assert {record.examples for record in prepare.prepare(model, DATA).gates} == {3}
    monkeypatch.setattr("ml_genn_tf.gates.MOST_BYTES", 1)
    assert most_examples(graph) == 1


def test_relative_difference() -> None:
    assert relative_difference(np.array([1.0, 4.5]), np.array([1.0, 4.0])) == 0.125
    assert relative_difference(np.array([0.5]), np.array([0.0])) == 0.5
    assert relative_difference(np.array([np.nan]), np.array([1.0])) == np.inf
    assert relative_difference(np.zeros((2, 3)), np.zeros((3, 2))) == np.inf
