"""Dense propagation, 784 -> 512, batch 32, against what the second-level cache lets the same additions have.

    python -m benchmarks.engine.dense [--write]

One synop is one weight added to one target. The ceiling adds rows of 512 KiB of weights, again and again, to a tile of
sums that stays in 16 registers: no list of spikes, no loads and stores of sums, all weights in the second-level cache.
Where many neurons spike the engine reads all weights once for eight examples; "lists only": its kernels without that.
"""

from __future__ import annotations

import ctypes

import numpy as np

from benchmarks.engine.harness import Bar, cells, finish, header, take_turns, timed
from benchmarks.engine.one_connection import BATCH, connection, engine, without
from ml_genn.engines.embedded.cpu.build import build_library
from ml_genn.engines.embedded.cpu.emit import propagation
from ml_genn.engines.embedded.plan.plan import DenseConnectivity

PRE, POST, STEPS = 784, 512, 100
DENSITIES = (0.005, 0.02, 0.05, 0.1, 0.2)
DENSE = (0.5, 1.0)
BAR, AIM = 0.55, 0.70
LISTS = "{}, lists only"

CEILING_ROWS, CEILING_COLUMNS, CEILING_REPEATS = 512, 256, 400
CEILING = f"""
typedef float lanes __attribute__((vector_size(64), aligned(4)));
__attribute__((visibility("default"))) void ceiling(const float *restrict weights, float *restrict target) {{
    lanes sum[{CEILING_COLUMNS // 16}];
    for (int tile = 0; tile < {CEILING_COLUMNS // 16}; ++tile) sum[tile] = *(const lanes *)(target + 16 * tile);
    for (int repeat = 0; repeat < {CEILING_REPEATS}; ++repeat)
        for (int row = 0; row < {CEILING_ROWS}; ++row) {{
            const float *of_row = weights + row * {CEILING_COLUMNS};
            #pragma GCC unroll {CEILING_COLUMNS // 16}
            for (int tile = 0; tile < {CEILING_COLUMNS // 16}; ++tile)
                sum[tile] += *(const lanes *)(of_row + 16 * tile);
        }}
    for (int tile = 0; tile < {CEILING_COLUMNS // 16}; ++tile) *(lanes *)(target + 16 * tile) = sum[tile];
}}
"""


def main() -> None:
    """Prints the table."""
    library = ctypes.CDLL(str(build_library(CEILING, 0)[1]))
    memory = np.zeros(CEILING_ROWS * CEILING_COLUMNS + 2 * CEILING_COLUMNS, np.float32)
    weights = ctypes.c_void_p(memory.ctypes.data + -memory.ctypes.data % 64)
    target = np.zeros(CEILING_COLUMNS, np.float32)
    runs, synops = {"ceiling": timed(lambda: library.ceiling(weights, ctypes.c_void_p(target.ctypes.data)))}, {}
    for density in (*DENSITIES, *DENSE):
        name = f"{100 * density:g} %"
        maker = connection(PRE, POST, PRE * POST, DenseConnectivity(), density)
        if density in DENSE:
            with without((propagation, "can_join")):
                runs[LISTS.format(name)], _ = engine(maker, steps=STEPS)
        runs[name], storage = engine(maker, steps=STEPS)
        synops[name] = synops[LISTS.format(name)] = float(storage["pre.counts"].sum()) * POST * STEPS
    synops["ceiling"] = CEILING_REPEATS * CEILING_ROWS * CEILING_COLUMNS
    timings = take_turns(runs)
    rates = {name: synops[name] / timing.cpu / 1e9 for name, timing in timings.items()}
    table = header("density", "Gsynop/s per processor second", "of the ceiling", "CPU (wall) ms per step and example")
    for name, timing in timings.items():
        share = "" if name == "ceiling" else timing.ms(STEPS * BATCH)
        table.append(cells(name, f"{rates[name]:.1f}", f"{rates[name] / rates['ceiling']:.0%}", share))
    worst = min(rates[f"{100 * density:g} %"] for density in DENSITIES if density >= 0.05) / rates["ceiling"]
    bar = Bar(f"at least {BAR:.0%} of the ceiling at 5 % and above, {AIM:.0%} aimed at: {worst:.0%}", worst >= BAR)
    bars = [bar]
    for density in DENSE:
        name = f"{100 * density:g} %"
        faster = rates[name] / rates[LISTS.format(name)]
        bars.append(Bar(f"{name}: faster than with lists only: {faster:.2f} times", faster > 1))
    finish("dense", "Dense propagation, 784 to 512, batch 32, 1 thread", table, bars)


if __name__ == "__main__":
    main()
