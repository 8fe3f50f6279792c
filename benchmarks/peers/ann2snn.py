"""SpikingJelly's ann2snn and the rate method on the same weights, calibration and test images.

TORCH_PYTHON=... python benchmarks/peers/ann2snn.py moonflower|resnet8 [IMAGES]

TORCH_PYTHON is a Python with torch and spikingjelly (SPIKINGJELLY_PATH, if it lies in a folder of its own). Every mode
of theirs is converted once and read after each number of timesteps, ours is converted for each of them. Times are those
of the process, one thread, all examples; operations those of the first examples.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "conversion"))

import numpy as np
from common import SEED, Bar, Job, finish_table, moonflower, resnet8

import ml_genn_tf
from ml_genn_tf import ir
from ml_genn_tf.prepare import prepare

TIMESTEPS = (1, 2, 4, 8, 16, 32)
POINTS = 0.3
COUNTED, BATCH = 100, 100
"""Examples whose operations are counted."""
JOBS = {"moonflower": moonflower, "resnet8": resnet8}
SIDE = Path(__file__).with_name("ann2snn_side.py")


@dataclass(frozen=True)
class Found:
    """After some number of timesteps: fraction of right answers, operations an example, CPU seconds of all examples."""

    accuracy: float
    operations: float
    seconds: float
    convert_seconds: float


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


def theirs(job: Job, images: int) -> dict[str, list[Found]]:
    """What their modes do, from the other Python."""
    graph = prepare(ml_genn_tf.load_model(job.model)).graph
    nodes, arrays = described(graph)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/weights.npz", **arrays)
        np.savez(f"{folder}/data.npz", x=job.x[:images], y=job.y[:images], calibration=job.calibration[:256])
        Path(folder, "job.json").write_text(json.dumps({"nodes": nodes, "timesteps": TIMESTEPS, "counted": COUNTED}))
        paths = os.pathsep.join(filter(None, (os.environ.get("SPIKINGJELLY_PATH"), os.environ.get("PYTHONPATH"))))
        subprocess.run(
            [os.environ["TORCH_PYTHON"], str(SIDE), folder], check=True, env={**os.environ, "PYTHONPATH": paths}
        )
        modes = json.loads(Path(folder, "found.json").read_text())
    return {
        name: [
            Found(*(mode[what][str(steps)] for what in ("accuracy", "operations", "seconds")), mode["convert_seconds"])
            for steps in TIMESTEPS
        ]
        for name, mode in modes.items()
    }


def ours(job: Job, images: int) -> list[Found]:
    """A network made for each number of timesteps."""
    model, found = ml_genn_tf.load_model(job.model), []
    x, y = job.x[:images], job.y[:images]
    for steps in TIMESTEPS:
        began = time.process_time()
        conversion = ml_genn_tf.convert(
            model, calibration=job.calibration[:256], method="rate", timesteps=steps, threads=1, seed=SEED
        )
        converted = time.process_time() - began
        counted = conversion.evaluate(x[:COUNTED], y[:COUNTED], diagnosed=0)
        compiler = conversion.method.create_compiler(batch_size=BATCH, num_threads=1, rng_seed=SEED + 1)
        (image,), (output,) = conversion.inputs, conversion.outputs
        with compiler.compile(conversion.network) as compiled:
            compiled.predict({image: x[:BATCH]}, output, callbacks=())  # memory that is touched for the first time
            began = time.process_time()
            values, _ = compiled.predict({image: x}, output, callbacks=())
            seconds = time.process_time() - began
        accuracy = float(np.mean(values[output].argmax(axis=1) == y))
        found.append(Found(accuracy, counted.totals.synops, seconds, converted))
        print(job.name, steps, found[-1], flush=True)
    return found


def rows_of(what: str, found: list[Found]) -> list[str]:
    """Accuracies, operations and times of one network, or of those made for each number of timesteps."""
    cells = {
        "accuracy [%]": [f"{100 * one.accuracy:.2f}" for one in found],
        "operations [M]": [f"{one.operations / 1e6:.2f}" for one in found],
        "simulation [s]": [f"{one.seconds:.1f}" for one in found],
    }
    rows = [f"| {what}: {kind} | {' | '.join(values)} | |" for kind, values in cells.items()]
    conversions = sorted({round(one.convert_seconds, 1) for one in found})
    rows[-1] = (
        rows[-1].removesuffix(" |")
        + f" {' to '.join(f'{one:.1f}' for one in conversions[:: len(conversions) - 1 or 1])} s |"
    )
    return rows


def bars_of(modes: dict[str, list[Found]], own: list[Found]) -> list[Bar]:
    """At least as accurate at each T; and for each of their best answers one of ours, as right, that costs less."""
    bars = []
    best = [max((found[at] for found in modes.values()), key=lambda one: one.accuracy) for at in range(len(TIMESTEPS))]
    for steps, peer, mine in zip(TIMESTEPS, best, own, strict=True):
        text = f"T = {steps}: {100 * mine.accuracy:.2f} %, their best mode {100 * peer.accuracy:.2f} % less {POINTS}"
        bars.append(Bar(text, mine.accuracy >= peer.accuracy - POINTS / 100))
    means = {name: float(np.mean([one.accuracy for one in found])) for name, found in modes.items()}
    mean = float(np.mean([one.accuracy for one in own]))
    text = f"mean over T {100 * mean:.2f} %, their best mode's {100 * max(means.values()):.2f} %"
    bars.append(Bar(text, mean > max(means.values())))
    for steps, peer in zip(TIMESTEPS, best, strict=True):
        equal = [one for one in own if one.accuracy >= peer.accuracy] or [max(own, key=lambda one: one.accuracy)]
        for what, unit, scale in (("operations", "M operations", 1e-6), ("seconds", "s of simulation", 1.0)):
            theirs_, mine_ = scale * getattr(peer, what), scale * min(getattr(one, what) for one in equal)
            text = f"as right as their best at T = {steps}: {mine_:.2f} {unit}, theirs {theirs_:.2f}"
            bars.append(Bar(text, mine_ <= theirs_ and equal[0].accuracy >= peer.accuracy))
    return bars


TEXT = f"""\
The same weights, calibration on the first 256 training images. Theirs is one network a mode, read after each number of
timesteps; ours one network made for each. Simulation: CPU time of the process for all images, one thread; the last
column is that of the conversion. Operations: inputs other than 0 times their targets, mean of {COUNTED} images, an
analog first layer once; ours include those of spikes that reach pooling, theirs do not."""

if __name__ == "__main__":
    if "TORCH_PYTHON" not in os.environ:
        raise SystemExit("needs SpikingJelly: set TORCH_PYTHON to a Python that has torch and spikingjelly")
    if len(sys.argv) < 2 or sys.argv[1] not in JOBS:
        raise SystemExit(f"usage: ann2snn.py {'|'.join(JOBS)} [IMAGES]")
    job = JOBS[sys.argv[1]]()
    images = min(int(sys.argv[2]) if len(sys.argv) > 2 else len(job.x), len(job.x))
    modes, own = theirs(job, images), ours(job, images)
    rows = [row for name, found in modes.items() for row in rows_of(f"SpikingJelly, {name}", found)]
    rows += rows_of("rate method", own)
    header = "| | " + " | ".join(map(str, TIMESTEPS)) + " | conversion |\n|---|" + "---|" * (len(TIMESTEPS) + 1)
    finish_table(
        f"ann2snn_{sys.argv[1]}",
        f"Side by side with SpikingJelly's ann2snn (2.0.0): {job.name}, {images:,} images",
        [header, *rows],
        bars_of(modes, own),
        TEXT,
        f"benchmarks/peers/ann2snn.py {' '.join(sys.argv[1:])}",
    )
