"""Convolution of spikes, 32x32x64 -> 64, 3x3, batch 32, against PyTorch's dense convolution of the same images.

Then the same with average pooling of 2x2 in front, from 64x64x64, against the kernel of any code, which adds spike by
spike to memory.

TORCH_PYTHON=... python -m benchmarks.engine.convolution [--write]
"""

from __future__ import annotations

import numpy as np

from benchmarks.engine.harness import Bar, Contestant, cells, finish, header, peer, take_turns
from benchmarks.engine.one_connection import BATCH, STEPS, connection, engine, without
from ml_genn.engines.embedded.cpu.emit import convolution
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity

SHAPE, FILTERS, KERNEL = (32, 32, 64), 64, (3, 3)
BARS = {0.01: 8.0, 0.05: 4.5, 0.1: 2.7, 0.3: 1.2}
POOLED, POOLED_STEPS = (64, 64, 64), 2


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
    rows, verdicts = pooled()
    title = "Convolution 32x32x64 to 64, 3x3, batch 32, 1 thread"
    finish("convolution", title, [*table, "", *rows], [*bars, *verdicts])


def pooled() -> tuple[list[str], list[Bar]]:
    """Table and bars with pooling in front."""
    connectivity = ConvolutionConnectivity(POOLED, SHAPE, (*SHAPE[:2], FILTERS), KERNEL, (1, 1), (1, 1), (2, 2))
    sizes = (int(np.prod(POOLED)), SHAPE[0] * SHAPE[1] * FILTERS, 9 * SHAPE[2] * FILTERS)
    runs: dict[str, Contestant] = {}
    for density in BARS:
        maker = connection(*sizes, connectivity, density)
        with without((convolution, "is_arithmetic")):
            runs[f"{density}, any code"], _ = engine(maker, steps=POOLED_STEPS)
        runs[f"{density}"], _ = engine(maker, steps=POOLED_STEPS)
    timings = take_turns(runs)
    images = BATCH * POOLED_STEPS
    table, bars = header("2x2 pooling in front", "any code, CPU (wall) ms per image", "tiles", "times faster"), []
    for density in BARS:
        slow, fast = timings[f"{density}, any code"], timings[f"{density}"]
        name, ratio = f"{100 * density:g} %", slow / fast
        table.append(cells(name, slow.ms(images), fast.ms(images), f"{ratio:.2f}"))
        bars.append(Bar(f"{name}, pooling in front: faster than the kernel of any code: {ratio:.2f}", ratio > 1))
    return table, bars


if __name__ == "__main__":
    main()
