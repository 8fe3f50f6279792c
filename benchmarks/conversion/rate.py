"""Both published models under the rate method, whole test sets.

python benchmarks/conversion/rate.py
"""

from __future__ import annotations

from common import Bar, finish, moonflower, resnet8, row, run

BARS = ((moonflower, ((8, 0.3), (32, 0.1))), (resnet8, ((16, 3.0), (64, 1.0))))
"""Points that a model may lose at so many timesteps."""

if __name__ == "__main__":
    rows, bars, lines = [], [], []
    for make, limits in BARS:
        job = make()
        for timesteps, points in limits:
            result = run(job, method="rate", timesteps=timesteps)
            loss = 100 * (result.ann.accuracy - result.snn.accuracy) if result.ann else 100.0
            name = f"{job.name}, T = {timesteps}"
            rows.append(row(name, result))
            bars.append(Bar(f"{name}: within {points:g} points of the model (lost {loss:.2f})", loss <= points))
            growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
            lines.append(f"{name}: accuracy by timestep of this network, made for {timesteps}: {growth}.")
            print(bars[-1], flush=True)
    text = "Options of the method: defaults, on the first 256 calibration images."
    finish("rate", "Rate method", rows, bars, "\n\n".join([text, *lines]))
