"""Both published models under DataNorm, 128 timesteps of Poisson input: reported as they are.

python benchmarks/conversion/data_norm.py
"""

from __future__ import annotations

from common import finish, moonflower, resnet8, row, run

TIMESTEPS = 128
EXPLANATION = """\
ResNet-8 is near chance here, and that is the method: one lambda for each layer, set by its single largest activation,
leaves the typical neuron of the deepest layers about two spikes in 128 steps, and a reset to zero loses the surplus of
each. Such networks are held against a numpy simulation spike by spike (`tests/converters/test_rate_networks.py`); on
the first 100 images, resetting by subtraction instead gives 23 % at 128 steps and 73 % at 1,024."""

if __name__ == "__main__":
    rows, lines = [], []
    for job in (moonflower(), resnet8()):
        result = run(job, method="data-norm", timesteps=TIMESTEPS)
        rows.append(row(job.name, result))
        growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
        lines.append(f"{job.name}, accuracy by timestep: {growth}.")
    finish("data_norm", f"DataNorm, T = {TIMESTEPS}", rows, [], "\n\n".join([*lines, EXPLANATION]))
