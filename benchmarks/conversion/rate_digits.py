"""A digits CNN, five splits and trainings: losses at few timesteps and few bits, CPU time of a simulation.

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
BITS = {3: 0.3, 4: 0.15}
"""The same for few-spike coding, by K."""
INPUTS = ("code", "centred", "current")
FITTED = 1077
"""Training images on which networks are calibrated whose input coding is still to be chosen on the others."""
FEW_SPIKE = {"per_channel": True, "rule": "least-error", "correct": True, "refit": 0.001, "norm_examples": None}
HEADER = "| {} | points lost, mean | by seed |\n|---|---|---|"
FEW_SPIKE_TEXT = """\
Few-spike coding with `per_channel`, `rule="least-error"`, `correct` and `refit=0.001` on all training images; how the
input is coded is what errs least on 360 of them when the other 1,077 are those of the calibration."""
TEXT = """\
Conv 16 - ReLU - average pool - Conv 32 - ReLU - average pool - Dense 10, 6,090 parameters, trained for 60 epochs with
multiplicative noise (Gaussian dropout, 0.4) after each ReLU, on 1,437 of the 1,797 digits; calibrated on the first 256
of these and tested on the 360 others. Options of the rate method: defaults. The CPU time is that of the process during
the simulation of all 360 images, 32 timesteps, one thread, best of three."""


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


def few_spike(model: object, k: int, code: str, calibration: np.ndarray) -> ml_genn_tf.Conversion:
    """The model as a few-spike network, whose input is coded in one of INPUTS' ways."""
    return ml_genn_tf.convert(model, calibration=calibration, method="few-spike", k=k, input_type=code, **FEW_SPIKE)


def logit_error(model: object, conversion: ml_genn_tf.Conversion, x: np.ndarray) -> float:
    """Mean square difference of the network's and the model's logits."""
    with conversion.compile() as compiled:
        found, _ = compiled.predict({conversion.inputs[0]: x}, conversion.outputs[0], callbacks=())
    return float(np.square(found[conversion.outputs[0]] - np.asarray(model(x))).mean())


def chosen_input(model: object, k: int, x: np.ndarray) -> str:
    """The way of coding inputs with the least error of the logits on a quarter of the training images."""
    errors = {code: logit_error(model, few_spike(model, k, code, x[:FITTED]), x[FITTED:]) for code in INPUTS}
    return min(errors, key=lambda code: errors[code])


def points_lost(conversion: ml_genn_tf.Conversion, x: np.ndarray, y: np.ndarray) -> float:
    """Accuracy of the model less that of the network."""
    result = conversion.evaluate(x, y, diagnosed=0)
    return 100 * (result.ann.accuracy - result.snn.accuracy)


def line(setting: object, found: list[float]) -> str:
    """A row of a table: mean and each seed's."""
    return f"| {setting} | {np.mean(found):.2f} | " + ", ".join(f"{loss:.2f}" for loss in found) + " |"


def within(what: str, found: list[float], bar: float) -> Bar:
    """The bar for a mean over the seeds."""
    return Bar(f"{what}: within {bar:g} points of the ANN, mean of five", bool(np.mean(found) <= bar))


if __name__ == "__main__":
    parts = [load_data("digits", split=part, expected_shape=(8, 8, 1)) for part in ("train", "test")]
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in "xy")
    losses: dict[int, list[float]] = {steps: [] for steps in BARS}
    bits: dict[int, list[float]] = {k: [] for k in BITS}
    codes: dict[int, list[str]] = {k: [] for k in BITS}
    accuracies, seconds = [], []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(len(images))
        fit, test = order[:TRAINING], order[TRAINING:]
        model = train(images[fit], labels[fit], seed)
        for steps, found in losses.items():
            rate = ml_genn_tf.convert(model, calibration=images[fit], method="rate", timesteps=steps)
            found.append(points_lost(rate, images[test], labels[test]))
        for k, found in bits.items():
            codes[k].append(chosen_input(model, k, images[fit]))
            conversion = few_spike(model, k, codes[k][-1], images[fit])
            found.append(points_lost(conversion, images[test], labels[test]))
        accuracies.append(100 * float(np.mean(np.asarray(model(images[test])).argmax(axis=1) == labels[test])))
        seconds.append(cpu_seconds(model, images[fit], images[test]))
        print(seed, accuracies[-1], losses, bits, codes, seconds[-1], flush=True)
    table = [HEADER.format("timesteps"), *(line(steps, found) for steps, found in losses.items())]
    table += ["", HEADER.format("few-spike, K"), *(line(k, found) for k, found in bits.items())]
    bars = [within(f"T = {steps}", losses[steps], bar) for steps, bar in BARS.items() if bar is not None]
    bars += [within(f"K = {k}", bits[k], bar) for k, bar in BITS.items()]
    bars.append(Bar(f"simulation within {SECONDS:.2f} s of CPU time ({min(seconds):.3f} s)", min(seconds) <= SECONDS))
    chosen = "; ".join(f"K = {k}: {', '.join(names)}" for k, names in codes.items())
    accuracy = f"Accuracies of the ANNs: {', '.join(f'{value:.2f}' for value in accuracies)} %."
    text = f"{TEXT}\n\n{FEW_SPIKE_TEXT} Chosen: {chosen}.\n\n{accuracy}"
    finish_table("rate_digits", "A digits CNN, rate and few-spike coding", table, bars, text)
