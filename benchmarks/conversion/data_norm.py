"""Both published models under DataNorm, 128 timesteps of Poisson input: reported as they are.

python benchmarks/conversion/data_norm.py
"""

from __future__ import annotations

from common import finish, moonflower, resnet8, row, run

TIMESTEPS = 128

if __name__ == "__main__":
    rows, lines = [], []
    for job in (moonflower(), resnet8()):
        result = run(job, method="data-norm", timesteps=TIMESTEPS)
        rows.append(row(job.name, result))
        growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
        lines.append(f"{job.name}, accuracy by timestep: {growth}.")
    finish("data_norm", f"DataNorm, T = {TIMESTEPS}", rows, [], "\n\n".join(lines))
