"""The conformance table of Keras layers: every translated class has rows here, and computes what Keras computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn_tf.execute import run
from ml_genn_tf.passes import normalising_passes
from ml_genn_tf.prepare import prepare
from ml_genn_tf.translate import TRANSLATORS, translate
from ml_genn_tf.translate.training_only import AUGMENTATION, REGULARISATION

from .conftest import nonnegative, randomised, signed

# float32 sums of fewer than 10^3 products, in another order than Keras': 2^-24 for each in the worst case, relative
# to the largest value; measured 1e-6.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Row:
    """One layer class under some options, on data of some shape."""

    class_name: str
    options: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (7, 6, 3)

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.class_name}({options})-{self.shape}".replace(" ", "")


def build(row: Row) -> keras.Model:
    """A model of that one layer (those that merge: with two branches, or three), with random weights."""
    source = keras.Input(row.shape)
    if row.class_name == "InputLayer":
        return keras.Model(source, layers.Activation("linear")(source))
    layer = getattr(layers, row.class_name)(**row.options)
    branches = [source, *(layers.Dense(row.shape[-1])(source) for _ in range(MERGED.get(row.class_name, 1) - 1))]
    return randomised(keras.Model(source, layer(branches if len(branches) > 1 else source)))


MERGED = {"Add": 2, "Subtract": 2, "Average": 3, "Concatenate": 3, "Maximum": 3, "Minimum": 3}
"""Layers that read several values, and how many they get."""


def random_rows(
    class_name: str, options: Callable[[np.random.Generator], dict[str, Any]], count: int, channels: int = 3
) -> list[Row]:
    """Rows with options and sizes of images or sequences drawn at random, the same ones in every run.

    A third of them has its channels first, where Keras can compute that: TensorFlow has no grouped convolutions so.
    """
    generator = np.random.default_rng(sum(class_name.encode()))
    rows = []
    for number in range(count):
        positions = tuple(int(size) for size in generator.integers(6, 10, 1 if "1D" in class_name else 2))
        chosen = options(generator)
        if "1D" in class_name:
            chosen = {key: value[0] if isinstance(value, tuple) else value for key, value in chosen.items()}
        first = number % 3 == 2 and chosen.get("groups", 1) == 1
        shape = (channels, *positions) if first else (*positions, channels)
        rows.append(Row(class_name, {**chosen, **({"data_format": "channels_first"} if first else {})}, shape))
    return rows


def convolution_options(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "filters": int(generator.integers(1, 5)),
        "kernel_size": tuple(int(k) for k in generator.integers(1, 5, 2)),
        "strides": tuple(int(s) for s in generator.integers(1, 4, 2)),
        "padding": str(generator.choice(["same", "valid"])),
        "use_bias": bool(generator.integers(2)),
        "activation": [None, "relu", "linear", "softmax"][generator.integers(4)],
    }


def grouped_options(generator: np.random.Generator) -> dict[str, Any]:
    """Groups of two channels each, or dilation, which Keras does not combine with strides."""
    groups = int(generator.choice([1, 2, 4]))
    dilated = bool(generator.integers(2))
    return {
        "filters": groups * int(generator.integers(1, 3)),
        "groups": groups,
        "kernel_size": int(generator.integers(1, 4)),
        "dilation_rate": (int(generator.integers(1, 3)), int(generator.integers(1, 3))) if dilated else 1,
        "strides": 1 if dilated else int(generator.integers(1, 3)),
        "padding": str(generator.choice(["same", "valid"])),
        "activation": [None, "relu", "relu6", "leaky_relu"][generator.integers(4)],
    }


def depthwise_options(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "kernel_size": int(generator.integers(1, 4)),
        "depth_multiplier": int(generator.integers(1, 3)),
        "strides": int(generator.integers(1, 3)),
        "padding": str(generator.choice(["same", "valid"])),
        "use_bias": bool(generator.integers(2)),
        "activation": [None, "relu", "relu6"][generator.integers(3)],
    }


def separable_options(generator: np.random.Generator) -> dict[str, Any]:
    return {**depthwise_options(generator), "filters": int(generator.integers(1, 5))}


def transposed_options(generator: np.random.Generator) -> dict[str, Any]:
    strides = tuple(int(s) for s in generator.integers(1, 4, 2))
    extra = bool(generator.integers(2)) and min(strides) > 1
    return {
        "filters": int(generator.integers(1, 4)),
        "kernel_size": tuple(int(k) for k in generator.integers(1, 5, 2)),
        "strides": strides,
        "padding": str(generator.choice(["same", "valid"])),
        "output_padding": tuple(stride - 1 for stride in strides) if extra else None,
        "activation": [None, "relu"][generator.integers(2)],
    }


def pooling_options(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "pool_size": tuple(int(k) for k in generator.integers(1, 5, 2)),
        "strides": tuple(int(s) for s in generator.integers(1, 5, 2)),
        "padding": str(generator.choice(["same", "valid"])),
    }


CURVES = ("sigmoid", "tanh", "hard_sigmoid", "silu", "swish", "gelu", "elu", "softplus")

AUGMENTATION_OPTIONS: dict[str, dict[str, Any]] = {
    "RandomFlip": {},
    "RandomShear": {"x_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
}
ROWS = [
    Row("InputLayer"),
    Row("InputLayer", shape=(4,)),
    *(Row("Dense", {"units": 4, "activation": name}, (5,)) for name in (None, "relu", "softmax")),
    Row("Dense", {"units": 4, "use_bias": False}, (5,)),
    Row("Dense", {"units": 4, "activation": "relu"}, (3, 2, 5)),
    Row("Dense", {"units": 4}, (3, 5)),
    *random_rows("Conv2D", convolution_options, 12),
    *random_rows("Conv2D", grouped_options, 6, channels=8),
    *random_rows("Conv1D", convolution_options, 6),
    *random_rows("Conv1D", grouped_options, 4, channels=8),
    Row("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, (9, 3)),
    *random_rows("DepthwiseConv2D", depthwise_options, 6),
    *random_rows("DepthwiseConv1D", depthwise_options, 3),
    *random_rows("SeparableConv2D", separable_options, 3),
    *random_rows("SeparableConv1D", separable_options, 3),
    *random_rows("Conv2DTranspose", transposed_options, 8),
    *random_rows("Conv1DTranspose", transposed_options, 4),
    *(row for axes in (1, 2) for row in random_rows(f"AveragePooling{axes}D", pooling_options, 8 // (3 - axes))),
    *(row for axes in (1, 2) for row in random_rows(f"MaxPooling{axes}D", pooling_options, 8 // (3 - axes))),
    Row("MaxPooling2D", {"pool_size": 2}),
    *(
        Row(f"Global{kind}Pooling{axes}D", {"keepdims": keep, "data_format": form}, (6, 5, 3)[-axes - 1 :])
        for kind in ("Average", "Max")
        for axes in (1, 2)
        for keep, form in ((False, "channels_last"), (True, "channels_first"))
    ),
    *(Row("BatchNormalization", {"axis": axis}) for axis in (-1, 1, 2)),
    Row("BatchNormalization", {"scale": False, "center": False, "epsilon": 0.1}, (6,)),
    Row("Normalization", {"mean": [0.1, 0.2, 0.3], "variance": [0.5, 1.0, 2.0]}),
    Row("Normalization", {"mean": 0.1, "variance": 0.5, "axis": None, "invert": True}, (5,)),
    Row("Rescaling", {"scale": 0.5, "offset": 0.1}),
    Row("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": [0.0, 0.5, -0.5]}),
    Row("ZeroPadding2D"),
    Row("ZeroPadding2D", {"padding": ((1, 0), (2, 3)), "data_format": "channels_first"}),
    Row("ZeroPadding1D", {"padding": (2, 1)}, (5, 3)),
    Row("Cropping2D", {"cropping": ((1, 0), (2, 3))}),
    Row("Cropping1D", {"cropping": (2, 1)}, (5, 3)),
    *(Row("UpSampling2D", {"size": (2, 3), "data_format": form}) for form in ("channels_last", "channels_first")),
    Row("UpSampling1D", {"size": 3}, (5, 3)),
    Row("RepeatVector", {"n": 3}, (4,)),
    Row("Permute", {"dims": (3, 1, 2)}),
    Row("Flatten"),
    Row("Flatten", {"data_format": "channels_first"}),
    Row("Flatten", shape=(4,)),
    Row("Reshape", {"target_shape": (6, -1)}),
    *(Row("Activation", {"activation": name}) for name in ("relu", "relu6", "leaky_relu", "linear", "softmax")),
    *(Row("Activation", {"activation": name}) for name in CURVES),
    Row("Dense", {"units": 4, "activation": "sigmoid"}, (5,)),
    Row("ELU", {"alpha": 0.5}),
    Row("ReLU", {"threshold": 0.4}),
    Row("ReLU"),
    Row("ReLU", {"max_value": 0.5}),
    Row("ReLU", {"max_value": 0.5, "negative_slope": 0.3}),
    Row("LeakyReLU"),
    Row("PReLU"),
    Row("PReLU", {"shared_axes": (1, 2)}),
    Row("Softmax"),
    *(Row(name) for name in MERGED),
    Row("Concatenate", {"axis": 1}),
    *(Row(name, {"rate": 0.5}) for name in REGULARISATION if "ropout" in name and "Spatial" not in name),
    Row("SpatialDropout1D", {"rate": 0.5}, (5, 3)),
    Row("SpatialDropout2D", {"rate": 0.5}),
    Row("SpatialDropout3D", {"rate": 0.5}, (3, 4, 5, 2)),
    Row("GaussianNoise", {"stddev": 1.0}),
    Row("ActivityRegularization", {"l1": 0.1}),
    Row("Identity"),
    *(Row(name, AUGMENTATION_OPTIONS.get(name, {"factor": 0.3})) for name in AUGMENTATION),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_layer_computes_what_keras_computes(row: Row) -> None:
    model = build(row)
    translation = translate(model)
    data = signed(row.shape)
    (value,) = run(translation.graph, data).values()
    expected = model(data, training=False).numpy()
    assert translation.problems == ()
    np.testing.assert_allclose(value, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_layer_becomes_stages(row: Row) -> None:
    """All passes and gates hold, and the stages end in the model's outputs; data is >= 0 so that pooling is legal."""
    prepared = prepare(build(row), nonnegative(row.shape))
    passes = [record.pass_name for record in prepared.gates]
    assert passes == ["translate", *normalising_passes(), "find_populations"]
    assert all(record.agreement == 1.0 for record in prepared.gates)


def test_every_translator_has_a_row() -> None:
    assert {row.class_name for row in ROWS} == set(TRANSLATORS)


def test_float64_interpreter_is_closer_than_float32() -> None:
    """The judge must be better than the judged: float64 differs from Keras only by Keras' own float32 rounding."""
    row = Row("Conv2D", {"filters": 4, "kernel_size": 5}, (9, 9, 8))
    model, data = build(row), signed(row.shape)
    exact = next(iter(run(translate(model).graph, data, dtype=np.float64).values()))
    rounded = next(iter(run(translate(model).graph, data).values()))
    assert exact.dtype == np.float64 and rounded.dtype == np.float32
    assert 0 < np.abs(exact - rounded).max() < 1e-5 * np.abs(exact).max()
