"""The few-spike network of a trained MNIST model, K = 8, against TensorFlow running the model, and against PyGeNN.

    ML_GENN_DATA=... PYGENN_PYTHON=... python -m benchmarks.engine.few_spike [--write]

The model is mnist_moonflower_keras: two convolutions with max-pooling and a dense layer. The engine and TensorFlow run
all 10,000 test images on two cores, TensorFlow in batches of 128; PyGeNN runs the first 200 on one. The Python of
PYGENN_PYTHON needs the packages that saved networks need, h5py above all.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import ml_genn_tf
from benchmarks.engine.harness import Bar, Contestant, cells, finish, header, peer, take_turns, timed
from ml_genn.data import load_data

K, THREADS, BATCH, PYGENN_IMAGES = 8, 2, 128, 200
TENSORFLOW_BAR, TENSORFLOW_AIM, PYGENN_BAR = 5.0, 3.0, 15.0


def engine(conversion: Any, x: np.ndarray) -> Contestant:
    """What runs all examples, from the arrays given to the readouts."""
    compiled = conversion.compile()
    compiled.__enter__()
    inputs, outputs = {conversion.inputs[0]: x}, conversion.outputs
    return timed(lambda: compiled.predict(inputs, outputs, callbacks=()))


def main() -> None:
    """Prints the table."""
    folder = Path(os.environ.get("ML_GENN_DATA") or "")
    if not (folder / "mnist").is_dir():
        raise SystemExit("needs real data and models: set ML_GENN_DATA to their folder")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    x = load_data(str(folder / "mnist"), expected_shape=(28, 28, 1)).x
    calibration = load_data(f"{folder / 'mnist'}:train", expected_shape=(28, 28, 1)).x[:2000]
    (path,) = (folder / "keras_models" / "mnist_moonflower_keras").glob("*.keras")
    model = ml_genn_tf.load_model(path)
    conversion = ml_genn_tf.convert(model, calibration=calibration, k=K, threads=THREADS)
    with tempfile.TemporaryDirectory() as scratch:
        saved, images = Path(scratch) / "snn.h5", Path(scratch) / "images.npy"
        conversion.save(saved)
        np.save(images, x[:PYGENN_IMAGES])
        with peer("pygenn", "genn_few_spike.py", saved, images) as pygenn:
            runs = {"engine": engine(conversion, x)}
            runs["TensorFlow"] = timed(lambda: model.predict(x, batch_size=BATCH, verbose=0))
            timings = take_turns({**runs, "PyGeNN": pygenn} if pygenn is not None else runs)
    sizes = {"engine": len(x), "TensorFlow": len(x), "PyGeNN": PYGENN_IMAGES}
    table = header("", "CPU (wall) ms per image")
    table += [cells(name, timing.ms(sizes[name])) for name, timing in timings.items()]
    ratio = timings["engine"] / timings["TensorFlow"]
    claim = f"at most {TENSORFLOW_BAR:g} times TensorFlow's time, {TENSORFLOW_AIM:g} aimed at: {ratio:.2f}"
    bars = [Bar(claim, ratio <= TENSORFLOW_BAR)]
    if "PyGeNN" in timings:
        faster = timings["PyGeNN"].cpu / PYGENN_IMAGES / (timings["engine"].cpu / len(x))
        bars.append(Bar(f"at least {PYGENN_BAR:g} times faster than PyGeNN: {faster:.1f}", faster >= PYGENN_BAR))
    finish("few_spike", f"mnist_moonflower_keras, few-spike, K = {K}, {THREADS} threads", table, bars)


if __name__ == "__main__":
    main()
