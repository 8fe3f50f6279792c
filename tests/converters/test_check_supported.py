"""What is refused: every problem of a model at once, each with layer, class, reason and remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.errors import UnsupportedModelError
from ml_genn_tf.prepare import check_supported, prepare
from ml_genn_tf.problems import Problem, shortened

IMAGE = (6, 6, 3)
REFUSED: dict[str, tuple[Callable[[], Any], tuple[int, ...], str]] = {
    "LSTM": (lambda: layers.LSTM(3), (4, 2), r"layer \(LSTM\) is not supported; supported are Activation, "),
    "bilinear": (
        lambda: layers.UpSampling2D(interpolation="bilinear"),
        IMAGE,
        r"has interpolation='bilinear', which is not supported; use interpolation=\"nearest\"",
    ),
    "dilated transpose": (
        lambda: layers.Conv2DTranspose(2, 3, dilation_rate=2),
        IMAGE,
        r"layer \(Conv2DTranspose\) has dilation_rate=\(2, 2\), which is not supported; use dilation_rate=1",
    ),
    "exponential": (
        lambda: layers.Dense(2, "exponential"),
        (4,),
        r"has the activation 'exponential', which is not sup",
    ),
    "Activation": (lambda: layers.Activation("mish"), (4,), r"has the activation 'mish'.*retrain with one of linear"),
    "threshold": (
        lambda: layers.ReLU(threshold=0.5, max_value=2.0),
        (4,),
        r"has threshold=0.5, which is not supported; a positive threshold can stand alone",
    ),
    "softmax axis": (lambda: layers.Softmax(axis=1), IMAGE, r"has axis=1, which is not supported; apply softmax over"),
    "bfloat16": (lambda: layers.Dense(2, dtype="bfloat16"), (4,), r"computes in bfloat16; rebuild the model in float"),
    "max pool": (
        lambda: keras.Sequential([keras.Input(IMAGE), layers.Conv2D(2, 3), layers.MaxPooling2D(name="layer")]),
        IMAGE,
        r"layer \(MaxPooling2D\) takes the maximum of values that may be negative, which spike codes cannot carry; "
        r"put a ReLU directly before or behind it",
    ),
    "hidden softmax": (
        lambda: keras.Sequential([keras.Input((4,)), layers.Softmax(name="layer"), layers.Dense(2)]),
        (4,),
        r"layer \(Softmax\) is a softmax inside the network; use softmax at the outputs only",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    make, shape, message = REFUSED[case]
    layer = make()
    if not isinstance(layer, keras.Model):
        layer.name = "layer"
    model = keras.Sequential([keras.Input(shape), layer])
    (problem,) = check_supported(model)
    assert problem.layer.split("/")[-1] == "layer"
    with pytest.raises(UnsupportedModelError, match=message):
        prepare(model)


def test_add_of_different_shapes() -> None:
    source = keras.Input((4, 3))
    model = keras.Model(source, layers.Add(name="sum")([source, layers.Dense(1)(source)]))
    (problem,) = check_supported(model)
    assert problem == Problem(
        "sum", "Add", "adds different shapes (4, 3), (4, 1)", "bring the branches to one shape before this layer"
    )


def test_activation_that_is_a_function() -> None:
    def twice(x: Any) -> Any:
        return x + x

    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation=twice, name="d")])
    with pytest.raises(UnsupportedModelError, match=r"d \(Dense\) has the activation .*, which is no plain Keras"):
        prepare(model)


def test_input_of_variable_size() -> None:
    source = keras.Input((None, None, 3), name="image")
    model = keras.Model(source, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(source)))
    (problem,) = check_supported(model)
    assert str(problem) == (
        "image (InputLayer) has the shape (None, None, 3), which is not fixed; "
        "rebuild the model with a fixed input shape"
    )


def test_all_problems_at_once_in_the_order_of_layers() -> None:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2DTranspose(2, 3, dilation_rate=2, name="dilated"),
            layers.MaxPooling2D(name="fine_for_all_we_know"),
            layers.Conv2D(2, 1, name="plain"),
            layers.MaxPooling2D(name="signed"),
            layers.Flatten(name="flatten"),
            layers.Softmax(name="hidden"),
            layers.Dense(3, activation="mish", name="curved"),
        ],
        name="bad",
    )
    problems = check_supported(model)
    assert [problem.layer for problem in problems] == ["dilated", "signed", "hidden", "curved"]
    with pytest.raises(UnsupportedModelError, match=r"bad cannot be converted, 4 problems:\n  - dilated") as caught:
        prepare(model)
    assert list(caught.value.problems) == problems
    assert str(caught.value).count("retrain with one of linear") == 1


def test_a_remedy_is_told_once() -> None:
    """The list of what is supported is long."""
    model = keras.Sequential([keras.Input((4, 2)), layers.LSTM(3, name="a", return_sequences=True), layers.LSTM(3)])
    problems = check_supported(model)
    assert [problem.remedy == "as above" for problem in shortened(problems)] == [False, True]
    assert "as above" not in [problem.remedy for problem in problems]
    with pytest.raises(UnsupportedModelError) as caught:
        prepare(model)
    assert str(caught.value).count("supported are") == 1


def test_layers_behind_a_result_of_unknown_shape_are_still_checked() -> None:
    class Odd(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

        def compute_output_shape(self, input_shape: Any) -> Any:
            raise NotImplementedError

        def compute_output_spec(self, inputs: Any) -> Any:
            return keras.KerasTensor(inputs.shape)

    source = keras.Input((4, 2))
    value = layers.LSTM(3, name="lstm")(layers.Dense(2)(Odd(name="odd")(source)))
    assert [problem.layer for problem in check_supported(keras.Model(source, value))] == ["odd", "lstm"]


def test_weights_that_are_not_finite() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="d")])
    model.layers[0].kernel.assign(np.full((4, 3), np.inf))
    (problem,) = check_supported(model)
    assert str(problem) == (
        "d (Dense) has 12 NaN or infinite values of 12 in its weight kernel; train again or load an earlier checkpoint"
    )


def test_supported_model_has_no_problems() -> None:
    assert check_supported(keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu")])) == []


def test_pooling_of_signed_input_depends_on_the_data() -> None:
    model = keras.Sequential([keras.Input((4, 4, 1), name="image"), layers.MaxPooling2D(name="pool")])
    assert check_supported(model) == []
    assert [problem.layer for problem in check_supported(model, signed_inputs=["image"])] == ["pool"]
