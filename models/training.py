"""What the training scripts beside this file share: one job trained from a seed, saved small, and its card written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import keras
import numpy as np

from ml_genn.data import Dataset, load_data

FOLDER = Path(__file__).parent
SEED = 1234

Build = Callable[[], keras.Model]
Batches = Callable[[Dataset, int], keras.utils.PyDataset]
"""Training batches of a data set, of the given size."""


@final
@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a family of models is trained, and what its cards say of it.

    `data` names the data set as commands do; `batches` augments the training images (None: they are used as they are).
    """

    family: str
    data: str
    shape: tuple[int, ...]
    epochs: int
    batch_size: int
    learning_rate: float
    source: str
    split: str
    licence: str
    augmentation: str = ""
    batches: Batches | None = None

    @property
    def words(self) -> str:
        """The recipe in one line."""
        seed = f"batches of {self.batch_size}{self.augmentation}, seed {SEED}"
        return f"Adam, cosine decay from {self.learning_rate:g}, {self.epochs} epochs of {seed}"


def train(recipe: Recipe, name: str, build: Build) -> None:
    """Trains one model on the training split and writes its model file and its card."""
    keras.utils.set_random_seed(SEED)
    training = load_data(recipe.data, split="train", expected_shape=recipe.shape)
    test = load_data(recipe.data, split="test", expected_shape=recipe.shape)
    model = build()
    steps = recipe.epochs * (len(training.x) // recipe.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    if recipe.batches is None:
        model.fit(training.x, training.y, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0)
    else:
        model.fit(recipe.batches(training, recipe.batch_size), epochs=recipe.epochs, verbose=0)
    correct = int(np.sum(model.predict(test.x, verbose=0).argmax(axis=1) == test.y))
    weights = model.get_weights()
    model = build()  # a fresh copy leaves the optimiser's state out of the file
    model.set_weights(weights)
    path = FOLDER / f"{recipe.family}_{name}.keras"
    model.save(path)
    _write_card(recipe, name, model, correct, len(test.x), (build.__doc__ or "").splitlines()[0])
    print(f"{path.name}: {correct} of {len(test.x)} test images right")


def train_named(recipe: Recipe, variants: Mapping[str, Build]) -> None:
    """Trains the variants named on the command line, all of them where none is."""
    for name in sys.argv[1:] or variants:
        if name not in variants:
            raise SystemExit(f"unknown variant {name!r}: choose from {', '.join(variants)}")
        train(recipe, name, variants[name])


def _write_card(recipe: Recipe, name: str, model: keras.Model, correct: int, test: int, summary: str) -> None:
    chain = " → ".join(type(layer).__name__ for layer in model.layers)
    (FOLDER / f"{recipe.family}_{name}.md").write_text(
        f"""# {recipe.family}_{name}

{summary}

| | |
|---|---|
| layers | {chain} |
| parameters | {model.count_params():,} |
| input | {recipe.shape}, grey levels 0 to 1 |
| output | 10 classes, softmax |
| data | {recipe.source} |
| split | {recipe.split}; nothing was chosen on the test images |
| training | {recipe.words}: `python models/{recipe.family}.py {name}` |
| test accuracy | {correct:,} of {test:,} = {100 * correct / test:.2f} % |
| licence | {recipe.licence} |
""",
        encoding="utf-8",
    )
