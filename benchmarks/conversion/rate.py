"""Published models, and our own, under the rate method, their whole test sets.

python benchmarks/conversion/rate.py moonflower
python benchmarks/conversion/rate.py resnet8
python benchmarks/conversion/rate.py fashion
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from common import HEADER, Bar, Job, fashion, finish_table, moonflower, resnet8, row, run

FASHION = ("vgg", "resnet", "mobilenet")
JOBS: Mapping[str, tuple[str, Callable[[], list[Job]], Mapping[int, float]]] = {
    "moonflower": ("mnist_moonflower_keras, MNIST", lambda: [moonflower()], {8: 0.3, 32: 0.1}),
    "resnet8": ("cifar10_mlcommons_resnet8, CIFAR-10", lambda: [resnet8()], {16: 3.0, 64: 1.0}),
    "fashion": ("Fashion-MNIST, our own models", lambda: [fashion(name) for name in FASHION], {32: 1.0}),
}
"""Title, models, and the points that they may lose at so many timesteps."""

if __name__ == "__main__":
    if sys.argv[1:] not in ([name] for name in JOBS):
        raise SystemExit(f"usage: rate.py {'|'.join(JOBS)}")
    title, make, limits = JOBS[sys.argv[1]]
    jobs = make()
    rows, bars, lines = [], [], []
    for job in jobs:
        for timesteps, points in limits.items():
            result = run(job, method="rate", timesteps=timesteps)
            loss = 100 * (result.ann.accuracy - result.snn.accuracy) if result.ann else 100.0
            what = f"{job.name}, T = {timesteps}" if len(jobs) > 1 else f"T = {timesteps}"
            rows.append(row(what, result))
            bars.append(Bar(f"{what}: within {points:g} points of the model (lost {loss:.2f})", loss <= points))
            growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
            lines.append(f"{what}, accuracy by timestep: {growth}.")
            print(rows[-1], bars[-1], sep="\n", flush=True)
    text = "Options of the method: defaults, on the first 256 calibration images."
    name, command = f"rate_{sys.argv[1]}", f"benchmarks/conversion/rate.py {sys.argv[1]}"
    finish_table(name, f"{title}, rate method", [HEADER, *rows], bars, "\n\n".join([text, *lines]), command)
