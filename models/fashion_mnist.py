"""Three small networks for Fashion-MNIST in the style of well-known ones: builders and training.

`python models/fashion_mnist.py [NAME ...]` trains the named variants (all by default) from a fixed seed and writes
`models/fashion_mnist_NAME.keras` and its card; `ML_GENN_DATA` names the folder that holds `fashion_mnist/`. Each takes
some minutes on two cores.
"""

from __future__ import annotations

import os
from typing import Any, final

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from training import SEED, Build, Recipe, train_named

from ml_genn.data import Dataset

SHAPE = (28, 28, 1)
MOST_SHIFT = 2


def vgg() -> keras.Model:
    """Like VGG: pairs of bias-free convolutions with batch normalisation, max-pooling, and a dense layer."""
    model = keras.Sequential([keras.Input(SHAPE, name="image")], name="fashion_mnist_vgg")
    for block, filters in enumerate((16, 32, 48), start=1):
        for half in "ab":
            model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}{half}"))
            model.add(layers.BatchNormalization(name=f"norm{block}{half}"))
            model.add(layers.ReLU(name=f"relu{block}{half}"))
        model.add(layers.MaxPooling2D(2, name=f"pool{block}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(64, activation="relu", name="hidden"))
    model.add(layers.Dropout(0.3, name="dropout"))
    model.add(layers.Dense(10, activation="softmax", name="article"))
    return model


def resnet() -> keras.Model:
    """Like ResNet: three residual blocks with batch normalisation and Add, projections of 1x1, global average."""
    image = keras.Input(SHAPE, name="image")
    x = _convolution(image, 16, 3, 2, "stem")
    x = layers.ReLU(name="stem_relu")(x)
    for block, (filters, stride) in enumerate(((16, 1), (32, 2), (64, 2)), start=1):
        shortcut = x if filters == x.shape[-1] else _convolution(x, filters, 1, stride, f"shortcut{block}")
        x = layers.ReLU(name=f"relu{block}a")(_convolution(x, filters, 3, stride, f"conv{block}a"))
        x = layers.Add(name=f"add{block}")([_convolution(x, filters, 3, 1, f"conv{block}b"), shortcut])
        x = layers.ReLU(name=f"relu{block}b")(x)
    return _classifier(image, x, "fashion_mnist_resnet")


def mobilenet() -> keras.Model:
    """Like MobileNet: depthwise and pointwise convolutions with batch normalisation and ReLU6, global average."""
    image = keras.Input(SHAPE, name="image")
    x = layers.ReLU(6.0, name="stem_relu6")(_convolution(image, 16, 3, 2, "stem"))
    for block, (filters, stride) in enumerate(((32, 1), (64, 2), (64, 1), (96, 2)), start=1):
        x = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, name=f"depthwise{block}")(x)
        x = layers.BatchNormalization(name=f"depthwise_norm{block}")(x)
        x = layers.ReLU(6.0, name=f"depthwise_relu6_{block}")(x)
        x = layers.ReLU(6.0, name=f"relu6_{block}")(_convolution(x, filters, 1, 1, f"pointwise{block}"))
    return _classifier(image, x, "fashion_mnist_mobilenet")


VARIANTS: dict[str, Build] = {"vgg": vgg, "resnet": resnet, "mobilenet": mobilenet}


def _convolution(x: Any, filters: int, size: int, stride: int, name: str) -> Any:
    x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)


def _classifier(image: Any, x: Any, name: str) -> keras.Model:
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="article")(x), name=name)


@final
class Augmented(keras.utils.PyDataset):
    """The training images in a new order each epoch, half of them mirrored, each batch moved by up to two cells."""

    def __init__(self, data: Dataset, batch_size: int) -> None:
        super().__init__()
        self._data, self._batch_size = data, batch_size
        self._generator = np.random.default_rng(SEED)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._data.x) // self._batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        x = self._data.x[chosen]
        mirrored = self._generator.random(len(x)) < 0.5
        x = np.where(mirrored[:, None, None, None], x[:, :, ::-1], x)
        rows, cols = self._generator.integers(-MOST_SHIFT, MOST_SHIFT + 1, 2)
        return np.roll(x, (rows, cols), axis=(1, 2)), self._data.y[chosen]

    def on_epoch_end(self) -> None:
        """Draws the order of the next epoch."""
        self._order = self._generator.permutation(len(self._data.x))


if __name__ == "__main__":
    if "ML_GENN_DATA" not in os.environ:
        raise SystemExit("ML_GENN_DATA must name the folder that holds fashion_mnist/ (four IDX files)")
    recipe = Recipe(
        family="fashion_mnist",
        data=f"{os.environ['ML_GENN_DATA']}/fashion_mnist",
        shape=SHAPE,
        epochs=12,
        batch_size=128,
        learning_rate=3e-3,
        augmentation=", half of the images mirrored and each batch moved by up to two cells",
        batches=Augmented,
        source="Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017)",
        split="the published 60,000 training and 10,000 test images",
        licence="model: MIT, as this project; data: MIT (Zalando SE)",
    )
    train_named(recipe, VARIANTS)
