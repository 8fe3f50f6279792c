"""Both published models under SpikeNorm, 128 timesteps of Poisson input: reported as they are.

python benchmarks/conversion/spike_norm.py
"""

from __future__ import annotations

import time

from common import SEED, finish, moonflower, resnet8, row, run

import ml_genn_tf

TIMESTEPS = 128
EXPLANATION = """\
Thresholds are the largest input of one timestep in the spiking network, measured layer after layer on 256 training
images; the seconds are those of the whole conversion. As with DataNorm one neuron sets the threshold of a layer, and
the reset to zero loses what exceeds it."""

if __name__ == "__main__":
    rows, lines = [], []
    for job in (moonflower(), resnet8()):
        began = time.perf_counter()
        ml_genn_tf.convert(
            ml_genn_tf.load_model(job.model),
            calibration=job.calibration,
            method="spike-norm",
            timesteps=TIMESTEPS,
            seed=SEED,
        )
        seconds = time.perf_counter() - began
        result = run(job, method="spike-norm", timesteps=TIMESTEPS)
        rows.append(row(job.name, result))
        growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
        lines.append(f"{job.name}: converted in {seconds:.1f} s; accuracy by timestep: {growth}.")
    finish("spike_norm", f"SpikeNorm, T = {TIMESTEPS}", rows, [], "\n\n".join([*lines, EXPLANATION]))
