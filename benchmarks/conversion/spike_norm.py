"""Both published models under SpikeNorm, 128 timesteps of Poisson input: reported as they are.

python benchmarks/conversion/spike_norm.py
"""

from __future__ import annotations

import time

from common import SEED, Job, finish, moonflower, resnet8, row

import ml_genn_tf

TIMESTEPS = 128
IMAGES = {moonflower: 10_000, resnet8: 500}
"""Of ResNet-8 the first 500 images: its network is near chance, which needs no more to be seen."""
EXPLANATION = """\
Thresholds are the largest input of one timestep in the spiking network, measured layer after layer on 256 training
images; the seconds are those of the whole conversion. As with DataNorm one neuron sets the threshold of a layer, and
the reset to zero loses what exceeds it."""


def one(job: Job, images: int) -> tuple[str, str]:
    """Its row in the table, and how its answers form."""
    model = ml_genn_tf.load_model(job.model)
    began = time.perf_counter()
    conversion = ml_genn_tf.convert(
        model, calibration=job.calibration, method="spike-norm", timesteps=TIMESTEPS, seed=SEED
    )
    seconds = time.perf_counter() - began
    result = conversion.evaluate(job.x[:images], job.y[:images], diagnosed=0)
    growth = ", ".join(f"{100 * accuracy:.2f} % at {steps}" for steps, accuracy in result.accuracy_by_timestep)
    what = f"{job.name}, {min(images, len(job.x)):,} images"
    return row(what, result), f"{what}: converted in {seconds:.1f} s; accuracy by timestep: {growth}."


if __name__ == "__main__":
    rows, lines = zip(*(one(load(), images) for load, images in IMAGES.items()), strict=True)
    finish("spike_norm", f"SpikeNorm, T = {TIMESTEPS}", rows, [], "\n\n".join([*lines, EXPLANATION]))
