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
    """A model of that one layer (Add: with two branches), with random weights."""
    source = keras.Input(row.shape)
    if row.class_name == "InputLayer":
        return keras.Model(source, layers.Activation("linear")(source))
    layer = getattr(layers, row.class_name)(**row.options)
    value = layer([source, layers.Dense(row.shape[-1])(source)]) if row.class_name == "Add" else layer(source)
    return randomised(keras.Model(source, value))


def random_rows(class_name: str, options: Callable[[np.random.Generator], dict[str, Any]], count: int) -> list[Row]:
    """Rows with options and image sizes drawn at random, the same ones in every run."""
    generator = np.random.default_rng(sum(class_name.encode()))
    return [
        Row(class_name, options(generator), (int(generator.integers(6, 10)), int(generator.integers(6, 10)), 3))
        for _ in range(count)
    ]


def convolution_options(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "filters": int(generator.integers(1, 5)),
        "kernel_size": tuple(int(k) for k in generator.integers(1, 5, 2)),
        "strides": tuple(int(s) for s in generator.integers(1, 4, 2)),
        "padding": str(generator.choice(["same", "valid"])),
        "use_bias": bool(generator.integers(2)),
        "activation": [None, "relu", "linear", "softmax"][generator.integers(4)],
    }


def pooling_options(generator: np.random.Generator) -> dict[str, Any]:
    return {
        "pool_size": tuple(int(k) for k in generator.integers(1, 5, 2)),
        "strides": tuple(int(s) for s in generator.integers(1, 5, 2)),
        "padding": str(generator.choice(["same", "valid"])),
    }


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
    *random_rows("AveragePooling2D", pooling_options, 8),
    *random_rows("MaxPooling2D", pooling_options, 8),
    Row("MaxPooling2D", {"pool_size": 2}),
    *(Row("GlobalAveragePooling2D", {"keepdims": keep}) for keep in (False, True)),
    *(Row("GlobalMaxPooling2D", {"keepdims": keep}) for keep in (False, True)),
    Row("BatchNormalization"),
    Row("BatchNormalization", {"scale": False, "center": False, "epsilon": 0.1}, (6,)),
    Row("ZeroPadding2D"),
    Row("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}),
    Row("Flatten"),
    Row("Flatten", shape=(4,)),
    Row("Reshape", {"target_shape": (6, -1)}),
    *(Row("Activation", {"activation": name}) for name in ("relu", "linear", "softmax")),
    Row("ReLU"),
    Row("Softmax"),
    Row("Add"),
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
    assert [record.pass_name for record in prepared.gates][0::8] == ["translate", "find_populations"]
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
