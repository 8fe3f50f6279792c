"""Gsynop/s of dense and convolution propagation against plain C loops over the same spikes, in the same run.

    python -m benchmarks.engine.propagation [--threads N]

One synop is one weight added to one target. The plain loop adds one row per spike; the stream baseline adds a vector
of the size of the weights' working set to a target, again and again: what the caches deliver.
"""

from __future__ import annotations

import argparse
import ctypes

import numpy as np

from benchmarks.engine.machine import machine_line, median_seconds
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.build import build_library
from ml_genn.engines.embedded.plan.plan import (
    Axis,
    Clock,
    Connectivity,
    ConvolutionConnectivity,
    DenseConnectivity,
    Propagation,
)
from tests.engine.plans import PlanMaker, load

BATCH, STEPS = 32, 20

BASELINE = """
#include <stdint.h>
__attribute__((visibility("default"))) void rows(const uint32_t *ids, const uint32_t *counts, int64_t examples,
        int64_t capacity, const float *restrict weights, float *restrict target, int64_t posts, int64_t steps) {
    for (int64_t b = 0; b < examples; ++b)
        for (int64_t step = 0; step < steps; ++step)
            for (uint32_t k = 0; k < counts[b]; ++k) {
                const float *row = weights + ids[b * capacity + k] * posts;
                for (int64_t j = 0; j < posts; ++j) target[b * posts + j] += row[j];
            }
}
__attribute__((visibility("default"))) void stream(const float *restrict weights, float *restrict target,
        int64_t posts, int64_t rows, int64_t repeats) {
    for (int64_t r = 0; r < repeats; ++r)
        for (int64_t i = 0; i + 4 <= rows; i += 4) {
            const float *row = weights + i * posts;
            for (int64_t j = 0; j < posts; ++j)
                target[j] = (((target[j] + row[j]) + row[posts + j]) + row[2 * posts + j]) + row[3 * posts + j];
        }
}
"""


def network(
    num_pre: int, num_post: int, synapses: int, connectivity: Connectivity, density: float, code: str
) -> PlanMaker:
    """A population of fixed spikes, and one propagation."""
    maker = PlanMaker(batch_size=BATCH)
    generator = np.random.default_rng(0)
    fires = maker.variable("fires", num_pre, (generator.random((BATCH, num_pre)) < density).astype(float))
    x = maker.variable("x", num_pre, generator.random((BATCH, num_pre)), axis=Axis.PRE)
    weights = maker.variable("g", synapses, generator.normal(size=synapses), axis=Axis.SYNAPSE, batched=False)
    queue, target = maker.queue("pre", num_pre), maker.array("target", num_post, 0.0, batched=True)
    compiled = maker.code(code, {"g": weights, "x": x}, ["addToPost"])
    maker.step.append(Propagation("syn", 3, num_pre, num_post, queue, 0, connectivity, compiled, target))
    maker.neurons("pre", num_pre, threshold=maker.condition("fires > 0.0", {"fires": fires}), queue=queue)
    return maker


def engine_seconds(maker: PlanMaker, threads: int) -> tuple[float, float, np.ndarray]:
    """Wall and processor seconds of STEPS steps, and the spike counts."""
    executable, storage = load(maker, lambda plan, memory: CpuExecutable(plan, memory, threads=threads))
    clock = Clock()
    executable.run(clock, 1)
    wall, cpu = median_seconds(lambda: executable.run(clock, STEPS))
    return wall, cpu, storage


def dense(density: float, code: str, threads: int) -> None:
    """784 -> 512."""
    num_pre, num_post = 784, 512
    maker = network(num_pre, num_post, num_pre * num_post, DenseConnectivity(), density, code)
    wall, cpu, storage = engine_seconds(maker, threads)
    counts = storage["pre.counts"].reshape(-1)
    synops = float(counts.sum()) * num_post * STEPS
    library = ctypes.CDLL(str(build_library(BASELINE, 0)[1]))
    target = np.zeros((BATCH, num_post), np.float32)
    arguments = [storage["pre.ids"].ctypes.data, counts.ctypes.data, BATCH, num_pre, storage["g"].ctypes.data]
    arguments += [target.ctypes.data, num_post, STEPS]
    _, plain = median_seconds(lambda: library.rows(*map(ctypes.c_void_p, arguments)))
    repeats = 20
    _, stream = median_seconds(
        lambda: library.stream(
            *map(ctypes.c_void_p, (storage["g"].ctypes.data, target.ctypes.data, num_post, num_pre, repeats))
        )
    )
    ceiling = repeats * num_pre * num_post / stream / 1e9
    print(
        f"dense 784->512  {code:18} density {density:5.3f}: {synops / wall / 1e9:6.2f} Gsynop/s "
        f"({synops / cpu / 1e9:6.2f} per core second), plain rows {synops / plain / 1e9:6.2f}, stream {ceiling:6.2f}"
    )


def convolution(density: float, code: str, shape: tuple[int, int, int], filters: int, threads: int) -> None:
    """3x3, same padding."""
    connectivity = ConvolutionConnectivity(shape, shape, (*shape[:2], filters), (3, 3), (1, 1), (1, 1))
    num_pre, num_post = int(np.prod(shape)), shape[0] * shape[1] * filters
    maker = network(num_pre, num_post, 9 * shape[2] * filters, connectivity, density, code)
    wall, cpu, storage = engine_seconds(maker, threads)
    spikes = float(storage["pre.counts"].sum())
    synops = spikes * filters * STEPS * 9 * (1 - 2 / 3 / shape[0]) ** 2
    print(
        f"conv {shape[0]}x{shape[1]}x{shape[2]}->{filters} {code:18} density {density:5.3f}: "
        f"{synops / wall / 1e9:6.2f} Gsynop/s ({synops / cpu / 1e9:6.2f} per core second), "
        f"{1e3 * wall / STEPS / BATCH:.3f} ms per image and step"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    print(machine_line())
    for code in ("addToPost(g);", "addToPost(g * x);"):
        for density in (0.005, 0.05, 0.2, 0.5):
            dense(density, code, threads)
        for density in (0.01, 0.05, 0.1, 0.3, 0.5):
            convolution(density, code, (32, 32, 64), 64, threads)
        convolution(0.5, code, (28, 28, 1), 32, threads)
        convolution(0.5, code, (14, 14, 32), 64, threads)
        convolution(0.5, code, (32, 32, 16), 16, threads)


if __name__ == "__main__":
    main()
