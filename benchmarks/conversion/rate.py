"""A published model under the rate method, its whole test set.

python benchmarks/conversion/rate.py moonflower
python benchmarks/conversion/rate.py resnet8
"""

from __future__ import annotations

import sys

from common import HEADER, Bar, finish_table, moonflower, resnet8, row, run

JOBS = {"moonflower": (moonflower, ((8, 0.3), (32, 0.1))), "resnet8": (resnet8, ((16, 3.0), (64, 1.0)))}
"""Points that a model may lose at so many timesteps."""

if __name__ == "__main__":
    if sys.argv[1:] not in ([name] for name in JOBS):
        raise SystemExit(f"usage: rate.py {'|'.join(JOBS)}")
    make, limits = JOBS[sys.argv[1]]
    job = make()
    rows, bars, lines = [], [], []
    for timesteps, points in limits:
        result = run(job, method="rate", timesteps=timesteps)
        loss = 100 * (result.ann.accuracy - result.snn.accuracy) if result.ann else 100.0
        rows.append(row(f"T = {timesteps}", result))
        bars.append(Bar(f"T = {timesteps}: within {points:g} points of the model (lost {loss:.2f})", loss <= points))
        growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
        lines.append(f"Accuracy by timestep of the network made for {timesteps}: {growth}.")
        print(rows[-1], bars[-1], sep="\n", flush=True)
    text = "Options of the method: defaults, on the first 256 calibration images."
    name, command = f"rate_{sys.argv[1]}", f"benchmarks/conversion/rate.py {sys.argv[1]}"
    finish_table(name, f"{job.name}, rate method", [HEADER, *rows], bars, "\n\n".join([text, *lines]), command)
