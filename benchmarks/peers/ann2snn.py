"""SpikingJelly's ann2snn and the rate method on the same weights, calibration and test images.

TORCH_PYTHON=... python benchmarks/peers/ann2snn.py [IMAGES]

TORCH_PYTHON is a Python with torch and spikingjelly (SPIKINGJELLY_PATH, if it lies in a folder of its own). Every mode
of theirs is converted once and read after each number of timesteps, ours is converted for each of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conversion"))

import numpy as np
from common import Bar, Job, finish_table, moonflower, resnet8

import ml_genn_tf
from ml_genn_tf import ir
from ml_genn_tf.prepare import prepare

TIMESTEPS = (1, 2, 4, 8, 16, 32)
POINTS = 0.3
SIDE = Path(__file__).with_name("ann2snn_side.py")


def described(graph: ir.Graph) -> tuple[list[dict[str, object]], dict[str, np.ndarray]]:
    """The nodes as JSON and their arrays; the output last."""
    nodes, arrays = [], {}
    for node in graph.nodes:
        kind = type(node).__name__
        entry: dict[str, object] = {"name": node.name, "kind": kind, "inputs": list(node.inputs)}
        for name in ("strides", "padding", "pool"):
            if hasattr(node, name):
                entry[name] = getattr(node, name)
        if isinstance(node, ir.Reshape):
            entry["image"] = len(graph[node.inputs[0]].shape) == 3
        if isinstance(node, ir.Dense | ir.Convolution):
            arrays[f"{node.name}.weight"] = node.weight if isinstance(node, ir.Dense) else node.kernel
            arrays[f"{node.name}.bias"] = node.bias
        nodes.append(entry)
    return nodes, arrays


def theirs(job: Job, images: int) -> dict[str, object]:
    """Accuracies of their modes, from the other Python."""
    graph = prepare(ml_genn_tf.load_model(job.model)).graph
    nodes, arrays = described(graph)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/weights.npz", **arrays)
        np.savez(f"{folder}/data.npz", x=job.x[:images], y=job.y[:images], calibration=job.calibration[:256])
        Path(folder, "job.json").write_text(json.dumps({"nodes": nodes, "timesteps": TIMESTEPS}))
        paths = os.pathsep.join(filter(None, (os.environ.get("SPIKINGJELLY_PATH"), os.environ.get("PYTHONPATH"))))
        subprocess.run(
            [os.environ["TORCH_PYTHON"], str(SIDE), folder], check=True, env={**os.environ, "PYTHONPATH": paths}
        )
        return json.loads(Path(folder, "found.json").read_text())


def ours(job: Job, images: int) -> dict[int, tuple[float, float]]:
    """Accuracy and CPU seconds, conversion included, of a network made for each number of timesteps."""
    model = ml_genn_tf.load_model(job.model)
    found = {}
    for steps in TIMESTEPS:
        began = time.process_time()
        conversion = ml_genn_tf.convert(
            model, calibration=job.calibration[:256], method="rate", timesteps=steps, threads=1
        )
        result = conversion.evaluate(job.x[:images], job.y[:images], diagnosed=0)
        found[steps] = (result.snn.accuracy, time.process_time() - began)
        print(job.name, steps, found[steps], flush=True)
    return found


if __name__ == "__main__":
    if "TORCH_PYTHON" not in os.environ:
        raise SystemExit("needs SpikingJelly: set TORCH_PYTHON to a Python that has torch and spikingjelly")
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10**9
    rows, bars = [], []
    for job in (moonflower(), resnet8()):
        images = min(most, len(job.x))
        peer, own = theirs(job, images), ours(job, images)
        modes = peer["modes"]
        for name, mode in modes.items():
            cells = " | ".join(f"{100 * mode['accuracy'][str(steps)]:.2f}" for steps in TIMESTEPS)
            label = f"{job.name}, {images:,} images: SpikingJelly, {name}"
            rows.append(f"| {label} | {cells} | {mode['cpu_seconds']:.0f} s |")
        cells = " | ".join(f"{100 * own[steps][0]:.2f}" for steps in TIMESTEPS)
        seconds = sum(value for _, value in own.values())
        rows.append(f"| {job.name}, {images:,} images: rate method | {cells} | {seconds:.0f} s |")
        for steps in TIMESTEPS:
            best = max(mode["accuracy"][str(steps)] for mode in modes.values())
            text = f"{job.name}, T = {steps}: at least their best mode less {POINTS} points"
            bars.append(Bar(text, own[steps][0] >= best - POINTS / 100))
        print(*rows, sep="\n", flush=True)
    header = "| accuracy in % after T timesteps | " + " | ".join(map(str, TIMESTEPS)) + " | CPU time |\n"
    header += "|---|" + "---|" * (len(TIMESTEPS) + 1)
    text = "CPU time of calibration and all images: of ours the sum of six conversions, of theirs one run of 32 steps."
    finish_table(
        "ann2snn",
        "Side by side with SpikingJelly's ann2snn",
        [header, *rows],
        bars,
        text,
        "benchmarks/peers/ann2snn.py",
    )
