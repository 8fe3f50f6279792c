"""Walking Keras graphs: shared and nested layers, several inputs and outputs, the legacy form of configurations."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.errors import UnsupportedModelError
from ml_genn_tf.gates import keras_outputs
from ml_genn_tf.ir import Add
from ml_genn_tf.keras_graph import _references, _Walker, walk
from ml_genn_tf.prepare import check_supported, prepare
from ml_genn_tf.translate.registry import translates

from .conftest import nonnegative, randomised


def calls(model: keras.Model) -> list[tuple[str, tuple[str, ...]]]:
    return [(call.name, call.inputs) for call in walk(model).calls]


def test_sequential_is_a_chain() -> None:
    model = keras.Sequential([keras.Input((3,), name="in"), layers.Dense(2, name="a"), layers.ReLU(name="b")])
    assert calls(model) == [("in", ()), ("a", ("in",)), ("b", ("a",))]
    assert walk(model).inputs == ("in",) and walk(model).outputs == ("b",)


def test_sequential_without_input_shape_is_refused() -> None:
    model = keras.Sequential([layers.Dense(2)], name="shapeless")
    with pytest.raises(UnsupportedModelError, match=r"shapeless \(Sequential\) has no input shape yet; begin it with"):
        walk(model)
    assert [problem.layer for problem in check_supported(model)] == ["shapeless"]


def test_sequential_built_by_calling_it() -> None:
    model = keras.Sequential([layers.Dense(2, name="a")])
    model(np.zeros((1, 3), np.float32))
    assert [call.class_name for call in walk(model).calls] == ["InputLayer", "Dense"]


def test_subclassed_model_is_refused() -> None:
    class Mine(keras.Model):
        def call(self, inputs: object) -> object:
            return inputs

    with pytest.raises(UnsupportedModelError, match=r"mine \(Mine\) is a subclassed model.*rebuild it as a Sequential"):
        walk(Mine(name="mine"))


def test_shared_layer_is_called_twice_with_one_weight() -> None:
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    shared = layers.Dense(3, activation="relu", name="shared")
    model = randomised(keras.Model([one, two], layers.Add(name="sum")([shared(one), shared(two)])))
    assert calls(model)[2:] == [("shared", ("one",)), ("shared#2", ("two",)), ("sum", ("shared", "shared#2"))]
    data = {"one": nonnegative((4,)), "two": nonnegative((4,), seed=2)}
    stages = prepare(model, data).stages
    assert [stage.name for stage in stages.stages] == ["one", "two", "shared", "shared#2", "sum"]


def test_nested_models_are_unfolded() -> None:
    block = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="relu", name="d")], name="block")
    inner_in = keras.Input((4,))
    inner = keras.Model(inner_in, layers.Add(name="sum")([block(inner_in), inner_in]), name="inner")
    source = keras.Input((4,), name="x")
    model = randomised(keras.Model(source, inner(inner(source))))
    assert calls(model)[1:] == [
        ("inner/block/d", ("x",)),
        ("inner/sum", ("inner/block/d", "x")),
        ("inner#2/block/d", ("inner/sum",)),
        ("inner#2/sum", ("inner#2/block/d", "inner/sum")),
    ]
    prepare(model, nonnegative((4,)))


def test_several_outputs_keep_their_order() -> None:
    source = keras.Input((4,), name="x")
    hidden = layers.Dense(5, activation="relu", name="hidden")(source)
    outputs = [layers.Dense(2, name="b")(hidden), layers.Dense(3, activation="softmax", name="a")(hidden), hidden]
    model = randomised(keras.Model(source, outputs))
    prepared = prepare(model, nonnegative((4,)))
    assert prepared.stages.outputs == ("b", "a", "hidden_1")
    assert [prepared.stages[name].shape for name in prepared.stages.outputs] == [(2,), (3,), (5,)]


def test_dictionary_of_inputs_and_outputs() -> None:
    sources = {"left": keras.Input((2,), name="left"), "right": keras.Input((3,), name="right")}
    values = {"q": layers.Dense(2, name="q")(sources["right"]), "p": layers.Dense(2, name="p")(sources["left"])}
    model = randomised(keras.Model(sources, values))
    graph = walk(model)
    data = {"left": nonnegative((2,)), "right": nonnegative((3,))}
    assert graph.inputs == ("left", "right") and graph.outputs == ("p", "q")
    assert [len(value) for value in keras_outputs(model, [data[name] for name in graph.inputs])] == [5, 5]
    prepare(model, data)


def test_order_of_calls_follows_data_not_creation() -> None:
    """A residual block whose shortcut is added by a layer made before the convolution it waits for."""
    source = keras.Input((4, 4, 2), name="x")
    add = layers.Add(name="add")
    value = add([layers.Conv2D(2, 3, padding="same", name="conv")(source), source])
    graph = prepare(randomised(keras.Model(source, value)), nonnegative((4, 4, 2))).graph
    assert [node.name for node in graph.nodes if isinstance(node, Add)] == ["add"]


def test_references_of_both_configuration_forms() -> None:
    def tensor(name: str, call: int) -> dict[str, object]:
        return {"class_name": "__keras_tensor__", "config": {"shape": [None, 2], "keras_history": [name, call, 0]}}

    new = {"args": [[tensor("b", 1), tensor("a", 0)]], "kwargs": {"other": tensor("c", 0), "training": True}}
    old = [["b", 1, 0, {}], ["a", 0, 0, {"training": True}]]
    assert list(_references(new)) == [("b", 1, 0), ("a", 0, 0), ("c", 0, 0)]
    assert list(_references(old)) == [("b", 1, 0), ("a", 0, 0)]
    assert list(_references(["x", 0, 0])) == [("x", 0, 0)]


def test_a_layer_that_reads_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras makes no such model; a damaged configuration must end and not go round for ever."""
    source = keras.Input((2,), name="x")
    model = keras.Model(source, layers.Dense(2, name="d")(source))
    config = model.get_config()
    node = config["layers"][1]["inbound_nodes"][0]
    node["args"][0]["config"]["keras_history"] = ["d", 0, 0]
    with pytest.raises(ValueError, match=r"layers \['d'\] read values that nothing computes"):
        _Walker()._functional(config, {layer.name: layer for layer in model.layers}, "", None)


def test_one_translator_for_each_layer() -> None:
    with pytest.raises(ValueError, match="two translators for Dense"):
        translates("Dense")(lambda call: [])
