"""Small convolutional networks for the 8x8 digits: builders, training and model cards.

`python models/digits.py [NAME ...]` trains the named variants (all by default) from a fixed seed and writes
`models/digits_NAME.keras` and its card `models/digits_NAME.md`. Each takes well under a minute on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers

from ml_genn.data import load_data

FOLDER = Path(__file__).parent
SEED = 1234
EPOCHS = 60
BATCH_SIZE = 32


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


VARIANTS: dict[str, Callable[[], keras.Model]] = {
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


def train(name: str) -> None:
    """Trains one variant on the training split and writes its model file and card."""
    keras.utils.set_random_seed(SEED)
    shape = (8, 8, 1)
    training = load_data("digits", split="train", expected_shape=shape)
    test = load_data("digits", split="test", expected_shape=shape)
    model = VARIANTS[name]()
    steps = EPOCHS * (len(training.x) // BATCH_SIZE)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(training.x, training.y, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    correct = int(np.sum(model.predict(test.x, verbose=0).argmax(axis=1) == test.y))
    path = FOLDER / f"digits_{name}.keras"
    weights = model.get_weights()
    model = VARIANTS[name]()  # a fresh copy leaves the optimiser's state out of the file
    model.set_weights(weights)
    model.save(path)
    _write_card(name, model, len(training.x), correct, len(test.x))
    print(f"{path.name}: {correct} of {len(test.x)} test images right")


def _write_card(name: str, model: keras.Model, training: int, correct: int, test: int) -> None:
    summary = (VARIANTS[name].__doc__ or "").splitlines()[0]
    chain = " → ".join(type(layer).__name__ for layer in model.layers)
    source = "the 1,797 digits shipped with this package (UCI, optical recognition of handwritten digits)"
    split = f"{training:,} training and {test:,} test images, stratified; nothing was chosen on the test images"
    recipe = f"Adam, cosine decay from 2e-3, {EPOCHS} epochs of batches of {BATCH_SIZE}, seed {SEED}"
    (FOLDER / f"digits_{name}.md").write_text(
        f"""# digits_{name}

{summary}

| | |
|---|---|
| layers | {chain} |
| parameters | {model.count_params():,} |
| input | (8, 8, 1), grey levels 0 to 1 |
| output | 10 classes, softmax |
| data | {source} |
| split | {split} |
| training | {recipe}: `python models/digits.py {name}` |
| test accuracy | {correct} of {test} = {100 * correct / test:.2f} % |
| licence | model: MIT, as this project; data: CC BY 4.0 (E. Alpaydin, C. Kaynak) |
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    for variant in sys.argv[1:] or VARIANTS:
        if variant not in VARIANTS:
            raise SystemExit(f"unknown variant {variant!r}: choose from {', '.join(VARIANTS)}")
        train(variant)
