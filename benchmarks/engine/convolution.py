"""Convolution of spikes, 32x32x64 -> 64, 3x3, batch 32, against PyTorch's dense convolution of the same images.

TORCH_PYTHON=... python -m benchmarks.engine.convolution [--write]
"""

from __future__ import annotations

import numpy as np

from benchmarks.engine.harness import Bar, cells, finish, header, peer, take_turns
from benchmarks.engine.one_connection import BATCH, STEPS, connection, engine
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity

SHAPE, FILTERS, KERNEL = (32, 32, 64), 64, (3, 3)
BARS = {0.01: 8.0, 0.05: 4.5, 0.1: 2.7, 0.3: 1.2}


def main() -> None:
    """Prints the table."""
    connectivity = ConvolutionConnectivity(SHAPE, SHAPE, (*SHAPE[:2], FILTERS), KERNEL, (1, 1), (1, 1))
    num_pre, num_post = int(np.prod(SHAPE)), SHAPE[0] * SHAPE[1] * FILTERS
    weights = 9 * SHAPE[2] * FILTERS
    runs, spikes = {}, {}
    for density in BARS:
        name = f"{100 * density:g} %"
        runs[name], storage = engine(connection(num_pre, num_post, weights, connectivity, density))
        spikes[name] = float(storage["pre.counts"].sum()) * STEPS
    with peer("torch", "torch_convolution.py") as torch:
        timings = take_turns(runs if torch is None else {**runs, "torch": torch})
        dense = timings.pop("torch", None)
        images = {} if torch is None else torch.facts
    table = header("density", "CPU (wall) ms per image", "Gsynop/s per processor second", "times faster", "bar")
    bars = []
    if dense is not None:
        table.append(cells(f"PyTorch {images['version']}", dense.ms(images["images"]), "", "1", ""))
    for density, bar in BARS.items():
        name = f"{100 * density:g} %"
        synops = spikes[name] * FILTERS * 9 * (1 - 2 / 3 / SHAPE[0]) ** 2
        row = [name, timings[name].ms(BATCH * STEPS), f"{synops / timings[name].cpu / 1e9:.1f}"]
        if dense is None:
            table.append(cells(*row, "", bar))
            continue
        ratio = dense.cpu / images["images"] / (timings[name].cpu / BATCH / STEPS)
        table.append(cells(*row, f"{ratio:.2f}", bar))
        bars.append(Bar(f"{name}: at least {bar:g} times faster: {ratio:.2f}", ratio >= bar))
    finish("convolution", "Convolution 32x32x64 to 64, 3x3, batch 32, 1 thread", table, bars)


if __name__ == "__main__":
    main()
