"""Two threads against one, on networks whose batch they share and on one of batch 1 whose neurons they share.

    python -m benchmarks.engine.threads [--write]

Wall time is that of the best of nine runs: on a busy machine the median shows the others, not us.
"""

from __future__ import annotations

import numpy as np

from benchmarks.engine import balanced, recurrent
from benchmarks.engine.harness import Bar, Contestant, cells, finish, header, trial
from benchmarks.engine.one_connection import connection, engine
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity, DenseConnectivity

RUNS, CPU_BAR, WALL_BAR = 9, 1.1, 1.7


def dense(threads: int) -> Contestant:
    """784 -> 512 at a density of 20 %."""
    return engine(connection(784, 512, 784 * 512, DenseConnectivity(), 0.2), threads, steps=1000)[0]


def convolution(threads: int) -> Contestant:
    """32x32x64 -> 64 at a density of 10 %."""
    shape = (32, 32, 64)
    window = ConvolutionConnectivity(shape, shape, shape, (3, 3), (1, 1), (1, 1))
    return engine(connection(int(np.prod(shape)), int(np.prod(shape)), 9 * 64 * 64, window, 0.1), threads, steps=50)[0]


def one_dense(threads: int) -> Contestant:
    """2048 -> 2048 at a density of 20 %, batch 1."""
    plan = connection(2048, 2048, 2048 * 2048, DenseConnectivity(), 0.2, batch=1)
    return engine(plan, threads, steps=3000)[0]


WORK = {
    "dense, batch 32": dense,
    "convolution, batch 32": convolution,
    "SHD-like, batch 32": lambda threads: trial(recurrent.loaded(recurrent.BATCH, threads), recurrent.STEPS),
    "dense 2048 to 2048, batch 1": one_dense,
    "balanced, 30,000 neurons, batch 1": lambda threads: trial(balanced.network(30_000, threads), balanced.STEPS),
}


def main() -> None:
    """Prints the table."""
    table = header("", "CPU s, 1 thread", "CPU s, 2 threads", "ratio", "best wall s, 1 thread", "2 threads", "ratio")
    bars = []
    for name, make in WORK.items():
        one, two = make(1), make(2)
        for run in (one, two):
            run()
        pairs = [(one(), two()) for _ in range(RUNS)]
        cpu = [float(np.median([pair[which].cpu for pair in pairs])) for which in (0, 1)]
        wall = [min(pair[which].wall for pair in pairs) for which in (0, 1)]
        work, faster = cpu[1] / cpu[0], wall[0] / wall[1]
        numbers = (cpu[0], cpu[1], work, wall[0], wall[1], faster)
        table.append(cells(name, *(f"{number:.3g}" for number in numbers)))
        bars.append(Bar(f"{name}: processor time at most {CPU_BAR:g} times: {work:.2f}", work <= CPU_BAR))
        bars.append(Bar(f"{name}: best wall time {WALL_BAR:g} times shorter: {faster:.2f}", faster >= WALL_BAR))
    finish("threads", "Two threads over one", table, bars)


if __name__ == "__main__":
    main()
