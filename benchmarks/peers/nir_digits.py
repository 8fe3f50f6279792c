"""The digits model, converted and exported as NIR, in snnTorch: the same spikes, and NeuroBench's count of operations.

NIR_PYTHON=... python benchmarks/peers/nir_digits.py [IMAGES]

NIR_PYTHON is a Python with torch, snntorch, nir, nirtorch and neurobench (the extra `peers` names them); without it
nothing is run, and the reason is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import ml_genn_tf
from ml_genn.callbacks import SpikeRecorder
from ml_genn.data import load_data
from ml_genn.exchange.nir import export_nir, save_graph

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "digits_average_pool.keras"
SIDE = Path(__file__).with_name("nir_digits_side.py")
PACKAGES = ("torch", "snntorch", "nir", "nirtorch", "neurobench")
TIMESTEPS = 16
SAME_SPIKES = 0.999
"""Of each layer. Sums are added in another order; where a membrane comes as near to its threshold as its last bits, a
spike moves by a step, and may move some of the next layer's 288 neurons behind it."""
SAME_OPERATIONS = 0.001
"""Relative; spikes that move by a step are counted all the same, but for those that leave the last one."""


def peer_python() -> str:
    """The other Python; ends the program, saying why, where there is none that will do."""
    python = os.environ.get("NIR_PYTHON", "")
    if not python:
        raise SystemExit(f"skipped: set NIR_PYTHON to a Python with {', '.join(PACKAGES)}")
    tried = subprocess.run([python, "-c", f"import {', '.join(PACKAGES)}"], capture_output=True, text=True)
    if tried.returncode:
        raise SystemExit(f"skipped: {python} lacks something: {tried.stderr.strip().splitlines()[-1]}")
    return python


def converted() -> Any:
    """With neurons that start at 0, so that a reset by subtraction takes the threshold, as snnTorch has it."""
    train = load_data("digits", split="train", expected_shape=(8, 8, 1))
    return ml_genn_tf.convert(
        ml_genn_tf.load_model(MODEL),
        calibration=train.x,
        method="rate",
        timesteps=TIMESTEPS,
        initial=0.0,
        negative_spikes=False,
        batch_size=60,
    )


def ours(conversion: Any, x: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
    """Spikes (steps, examples, neurons) of each layer, chosen classes, operations an example."""
    network, output = conversion.network, conversion.outputs[0]
    hidden = [p for p in network.populations if p is not output and not p.neuron.sends_values]
    for population in hidden:
        population.record_spikes = True
    compiler = conversion.method.create_compiler(batch_size=60)
    with compiler.compile(network) as compiled:
        callbacks = [SpikeRecorder(population, key=population.name) for population in hidden]
        values, recorded = compiled.predict({conversion.inputs[0]: x}, [output], callbacks)
    spikes, operations = {}, 0.0
    for depth, population in enumerate(hidden, start=1):
        raster = np.zeros((TIMESTEPS, len(x), population.num_neurons), np.float32)
        for example, (times, ids) in enumerate(zip(*recorded[population.name], strict=True)):
            raster[np.round(times).astype(int) - depth, example, ids] = 1
        spikes[population.name] = raster
        for reference in population.outgoing_connections:
            connection = reference()
            assert connection is not None
            operations += float((raster.sum((0, 1)) * connection.connectivity.fan_out(connection)).sum()) / len(x)
    return spikes, np.asarray(values[output]).argmax(1), operations


def main() -> None:
    """Runs both sides and prints what came out."""
    python = peer_python()
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    test = load_data("digits", split="test", expected_shape=(8, 8, 1))
    x = np.asarray(test.x[:images], np.float32)
    conversion = converted()
    spikes, classes, operations = ours(conversion, x)
    compiler = conversion.method.create_compiler()
    graph = export_nir(conversion.network, conversion.inputs, conversion.outputs, compiler=compiler, soft_reset=True)
    with tempfile.TemporaryDirectory() as folder:
        save_graph(f"{folder}/digits.nir", graph)
        np.save(f"{folder}/x.npy", x.transpose(0, 3, 1, 2))
        run = [python, str(SIDE), folder, str(TIMESTEPS)]
        told = json.loads(subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])
        theirs = np.load(f"{folder}/spikes.npz")
        same = []
        for name, raster in spikes.items():
            found = np.moveaxis(theirs[name], 2, -1).reshape(raster.shape)
            differing = float((found != raster).sum() / raster.sum())
            same.append(1 - differing)
            print(f"{name}: {raster.sum() / images:.1f} spikes an example, {100 * same[-1]:.3f} % the same in snnTorch")
        answers = float((theirs["output"][-1].argmax(1) == classes).mean())
    counted = told["Effective_ACs"]
    print(f"answers the same: {100 * answers:.1f} % of {images} ({told['versions']})")
    print(f"synaptic operations an example: {operations:.1f} ours, {counted:.1f} by NeuroBench (accumulations)")
    print(f"first layer, on analog input: {told['Effective_MACs']:.1f} multiply-accumulates by NeuroBench")
    if min(same) < SAME_SPIKES or abs(counted - operations) > SAME_OPERATIONS * operations:
        raise SystemExit("the two sides differ by more than they may")


if __name__ == "__main__":
    main()
