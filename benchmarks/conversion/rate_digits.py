"""A digits CNN under the rate method, five splits and trainings: losses at few timesteps, CPU time of a simulation.

python benchmarks/conversion/rate_digits.py
"""

from __future__ import annotations

import time

import numpy as np
from common import Bar, finish_table

import ml_genn_tf
from ml_genn.data import load_data

SEEDS = range(5)
TRAINING = 1437
EPOCHS, BATCH = 60, 32
BARS = {1: 8.5, 2: 2.0, 4: None, 8: 0.3, 16: None, 32: None}
"""Points that the mean over the seeds may lose, by timesteps."""
SECONDS = 0.10
TEXT = """\
Conv 16 - ReLU - average pool - Conv 32 - ReLU - average pool - Dense 10, 6,090 parameters, trained for 60 epochs with
multiplicative noise (Gaussian dropout, 0.4) after each ReLU, on 1,437 of the 1,797 digits; calibrated on the first 256
of these and tested on the 360 others. Options of the method: defaults. The CPU time is that of the process during the
simulation of all 360 images, 32 timesteps, one thread, best of three."""


def train(x: np.ndarray, y: np.ndarray, seed: int) -> object:
    """A model trained on the examples."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    blocks = []
    for filters in (16, 32):
        blocks += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.GaussianDropout(0.4)]
        blocks.append(layers.AveragePooling2D(2))
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), *blocks, layers.Flatten(), layers.Dropout(0.25), layers.Dense(10)]
    )
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * (len(x) // BATCH + 1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss)
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model


def cpu_seconds(model: object, calibration: np.ndarray, x: np.ndarray) -> float:
    """CPU time of the process while all examples run, one thread."""
    conversion = ml_genn_tf.convert(
        model, calibration=calibration, method="rate", timesteps=32, threads=1, batch_size=len(x)
    )
    times = []
    with conversion.compile() as compiled:
        for _ in range(3):
            began = time.process_time()
            compiled.predict({conversion.inputs[0]: x}, conversion.outputs, callbacks=())
            times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    parts = [load_data("digits", split=part, expected_shape=(8, 8, 1)) for part in ("train", "test")]
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in "xy")
    losses: dict[int, list[float]] = {steps: [] for steps in BARS}
    accuracies, seconds = [], []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(images))
        fit, test = order[:TRAINING], order[TRAINING:]
        model = train(images[fit], labels[fit], seed)
        for steps in BARS:
            conversion = ml_genn_tf.convert(model, calibration=images[fit], method="rate", timesteps=steps)
            result = conversion.evaluate(images[test], labels[test])
            losses[steps].append(100 * (result.ann.accuracy - result.snn.accuracy))
        accuracies.append(100 * result.ann.accuracy)
        seconds.append(cpu_seconds(model, images[fit], images[test]))
        print(
            seed,
            accuracies[-1],
            {steps: round(found[-1], 2) for steps, found in losses.items()},
            seconds[-1],
            flush=True,
        )
    rows = [
        f"| {steps} | {np.mean(found):.2f} | " + ", ".join(f"{loss:.2f}" for loss in found) + " |"
        for steps, found in losses.items()
    ]
    bars = [
        Bar(f"T = {steps}: within {bar:g} points of the ANN, mean of five", bool(np.mean(losses[steps]) <= bar))
        for steps, bar in BARS.items()
        if bar is not None
    ]
    bars.append(Bar(f"simulation within {SECONDS:.2f} s of CPU time ({min(seconds):.3f} s)", min(seconds) <= SECONDS))
    header = "| timesteps | points lost, mean | by seed |\n|---|---|---|"
    accuracy = f"Accuracies of the ANNs: {', '.join(f'{value:.2f}' for value in accuracies)} %."
    finish_table("rate_digits", "A digits CNN, rate method", [header, *rows], bars, f"{TEXT}\n\n{accuracy}")
