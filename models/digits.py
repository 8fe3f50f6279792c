"""Small convolutional networks for the 8x8 digits: builders and training.

`python models/digits.py [NAME ...]` trains the named variants (all by default) from a fixed seed and writes
`models/digits_NAME.keras` and its card. Each takes well under a minute on one core.
"""

from __future__ import annotations

import keras
from keras import layers
from training import Build, Recipe, train_named


def average_pool() -> keras.Model:
    """Two convolutions with bias, each followed by average pooling: 6,090 parameters."""
    return _plain(layers.AveragePooling2D)


def max_pool() -> keras.Model:
    """Two convolutions with bias, each followed by max-pooling: 6,090 parameters."""
    return _plain(layers.MaxPooling2D)


def batch_norm() -> keras.Model:
    """Bias-free convolutions with batch normalisation, max-pooling and global average pooling; functional."""
    image = keras.Input((8, 8, 1), name="image")
    x = image
    for block, filters in enumerate((16, 32), start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}")(x)
        x = layers.BatchNormalization(name=f"norm{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = layers.Conv2D(32, 2, activation="relu", padding="same", name="conv3")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(x), name="digits_batch_norm")


VARIANTS: dict[str, Build] = {
    "average_pool": average_pool,
    "max_pool": max_pool,
    "batch_norm": batch_norm,
}


def _plain(pooling: type[keras.layers.Layer]) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, activation="relu", padding="same", name="conv1"),
            pooling(2, name="pool1"),
            layers.Conv2D(32, 3, activation="relu", padding="same", name="conv2"),
            pooling(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="digit"),
        ]
    )


RECIPE = Recipe(
    family="digits",
    data="digits",
    shape=(8, 8, 1),
    epochs=60,
    batch_size=32,
    learning_rate=2e-3,
    source="the 1,797 digits shipped with this package (UCI, optical recognition of handwritten digits)",
    split="1,437 training and 360 test images, stratified",
    licence="model: MIT, as this project; data: CC BY 4.0 (E. Alpaydin, C. Kaynak)",
)

if __name__ == "__main__":
    train_named(RECIPE, VARIANTS)
