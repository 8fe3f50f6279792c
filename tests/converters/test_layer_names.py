"""Populations bear the names of the Keras layers that they stand for, whatever the passes have moved."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

import ml_genn_tf
from ml_genn_tf import ir
from ml_genn_tf.macs import ann_macs, macs_by_stage
from ml_genn_tf.passes.layer_names import name_by_layers
from ml_genn_tf.prepare import prepare

from .conftest import nonnegative, randomised
from .methods.nets import Builder


def pooled_before_relu() -> keras.Model:
    """Pooling, then normalisation and ReLU: the conversion pools spikes, so it changes their order."""
    return randomised(
        keras.Sequential(
            [
                keras.Input((8, 8, 2), name="image"),
                layers.Conv2D(4, 3, name="edges"),
                layers.MaxPooling2D(name="pool"),
                layers.ReLU(name="rectify"),
                layers.Flatten(name="flat"),
                layers.Dense(3, name="digit"),
            ]
        )
    )


def test_what_changed_places() -> None:
    model = pooled_before_relu()
    x = nonnegative((8, 8, 2), examples=20)
    conversion = ml_genn_tf.convert(model, calibration=x, k=8)
    result = conversion.evaluate(x, np.arange(20) % 3)
    assert [layer.name for layer in result.layers] == ["image", "rectify", "pool", "digit"]
    assert [layer.neurons for layer in result.layers] == [128, 144, 36, 3]
    assert [layer.name for layer in result.diagnosis] == ["image", "rectify", "pool", "digit"]
    assert [layer.ann_macs for layer in result.layers] == [0, 36 * 9 * 2 * 4, 0, 36 * 3]


def test_two_populations_of_one_layer_keep_their_names() -> None:
    source = keras.Input((6,), name="image")
    leaky = layers.LeakyReLU(name="leaky")(layers.Dense(5, name="dense")(source))
    prepared = prepare(randomised(keras.Model(source, layers.Dense(2, name="out")(leaky))), nonnegative((6,)))
    names = [stage.name for stage in prepared.stages.stages]
    assert len({*names}) == 4
    assert (names[0], names[-1]) == ("image", "out")


@pytest.mark.parametrize("layer", ["free", "n0", "n1"])
def test_names_stay_unique(layer: str) -> None:
    """Of the layers "free", of the input and of the convolution, whose node makes room."""
    b = Builder()
    x = b.relu(b.dense(b.input(4), 4, 3))
    stages = b.stages(b.dense(x, 3, 2))
    graph = b.graph("n3")
    moved = ir.Graph(
        tuple(replace(node, layer=layer) if node.name == "n2" else node for node in graph.nodes),
        graph.inputs,
        graph.outputs,
    )
    relayered = type(stages)(
        tuple(replace(stage, layer=layer) if stage.name == "n2" else stage for stage in stages.stages),
        stages.inputs,
        stages.outputs,
    )
    new_graph, new_stages = name_by_layers(moved, relayered)
    names = [stage.name for stage in new_stages.stages]
    assert names == ["n0", "n2" if layer == "n0" else layer, "n3"]
    assert len({node.name for node in new_graph.nodes}) == len(graph.nodes)
    assert macs_by_stage(new_graph, new_stages)[names[1]] == 12
    assert ann_macs(new_graph) == ann_macs(graph)
