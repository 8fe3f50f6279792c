"""Random models out of all supported layers: each converts with all gates closed, or is refused with reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn_tf.passes.path_matrix import path_matrix
from ml_genn_tf.prepare import check_supported, prepare

from .conftest import nonnegative, randomised, signed

Random = np.random.Generator
Block = Callable[[Random, Any], Any]


def convolution(random: Random, value: Any) -> Any:
    kernel = tuple(int(k) for k in random.integers(1, 4, 2))
    activation = [None, "relu"][random.integers(2)]
    return layers.Conv2D(3, kernel, strides=int(random.integers(1, 3)), padding="same", activation=activation)(value)


def residual(random: Random, value: Any) -> Any:
    branch = layers.Conv2D(value.shape[-1], 3, padding="same")(value)
    return layers.Add()([layers.BatchNormalization()(branch) if random.integers(2) else branch, value])


def pooling(random: Random, value: Any) -> Any:
    kind = [layers.MaxPooling2D, layers.AveragePooling2D][random.integers(2)]
    return kind(int(random.integers(1, 4)), strides=int(random.integers(1, 3)), padding="same")(value)


def depthwise(random: Random, value: Any) -> Any:
    value = layers.DepthwiseConv2D(3, strides=int(random.integers(1, 3)), padding="same")(value)
    return layers.ReLU(6.0)(layers.BatchNormalization()(value))


def dense_block(random: Random, value: Any) -> Any:
    branch = layers.Conv2D(3, 3, padding="same", activation=[None, "relu"][random.integers(2)])(value)
    value = layers.Concatenate()([value, branch])
    return layers.ReLU()(layers.BatchNormalization()(value)) if random.integers(2) else value


def decoder(random: Random, value: Any) -> Any:
    return [layers.UpSampling2D(2), layers.Conv2DTranspose(3, 3, 2, padding="same")][random.integers(2)](value)


def permuted(random: Random, value: Any) -> Any:
    value = layers.Permute((2, 1, 3))(value)
    return layers.ReLU()(value) if random.integers(2) else value


BLOCKS: list[Block] = [
    convolution,
    residual,
    pooling,
    lambda random, value: layers.BatchNormalization()(value),
    lambda random, value: layers.ReLU()(value),
    lambda random, value: layers.ReLU()(layers.BatchNormalization()(value)),
    lambda random, value: layers.ZeroPadding2D(1)(value),
    lambda random, value: layers.Dropout(0.5)(value),
    depthwise,
    dense_block,
    decoder,
    permuted,
    lambda random, value: layers.LeakyReLU()(value),
    lambda random, value: layers.Cropping2D(((1, 0), (0, 1)))(value),
    lambda random, value: layers.Maximum()([value, layers.Conv2D(value.shape[-1], 1)(value)]),
]


def random_model(seed: int) -> keras.Model:
    """Three to seven random blocks, then a classifier; weights random, so that half of all gammas are negative."""
    random = np.random.default_rng(seed)
    source = keras.Input((int(random.integers(4, 8)), int(random.integers(4, 8)), 2), name="image")
    value = source
    for _ in range(random.integers(3, 8)):
        value = BLOCKS[random.integers(len(BLOCKS))](random, value)
    value = [layers.Flatten(), layers.GlobalMaxPooling2D(), layers.GlobalAveragePooling2D()][random.integers(3)](value)
    if random.integers(2):
        value = layers.Dense(6, activation="relu")(value)
    model = keras.Model(source, layers.Dense(4, activation=[None, "softmax"][random.integers(2)])(value))
    return randomised(model, seed)


@pytest.mark.parametrize("seed", range(32))
def test_random_model(seed: int) -> None:
    model = random_model(seed)
    shape = model.inputs[0].shape[1:]
    for data, names in ((nonnegative(shape), ()), (signed(shape), ("image",))):
        if check_supported(model, signed_inputs=names):
            continue
        prepared = prepare(model, data, signed_inputs=names)
        assert prepared.gates[-1].agreement == 1.0
        for stage in prepared.stages.stages:
            for path in stage.paths:
                path_matrix(path, prepared.stages[path.source].shape, stage.pool_shape or stage.shape)


def test_enough_random_models_convert() -> None:
    """Of the models above, at least a third is legal, and some are refused."""
    legal = [not check_supported(random_model(seed)) for seed in range(32)]
    assert 11 <= sum(legal) < 32
