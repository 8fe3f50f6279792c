"""Building and loading the SHD-like network, batch 32: cold, with an empty cache, and warm, in new processes.

    python -m benchmarks.engine.building [--write]

From the first line of the network's description to a model that is ready to step; Python and its imports not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

from benchmarks.engine.harness import Bar, Timing, cells, finish, header

RUNS, COLD_BAR, WARM_BAR = 5, 2.0, 0.1

ONCE = """
import resource, sys, time
import numpy as np
from benchmarks.engine.networks import shd_like
from ml_genn.engines import embedded
import ml_genn.engines.embedded.cpu, ml_genn.engines.embedded.reference
def cpu():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
model = shd_like(embedded, 32)
wall, used = time.perf_counter(), cpu()
model.build()
model.load()
print(time.perf_counter() - wall, cpu() - used)
"""


def once(cache: str) -> Timing:
    """Seconds of one build and load in a process of its own."""
    environment = {**os.environ, "ML_GENN_CACHE": cache}
    answer = subprocess.run([sys.executable, "-c", ONCE], capture_output=True, text=True, check=True, env=environment)
    wall, cpu = answer.stdout.split()
    return Timing(float(wall), float(cpu))


def main() -> None:
    """Prints the table."""
    cold, warm = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(once(cache))
            warm.append(once(cache))
    table, bars = header("", "CPU (wall) ms, median of 5", "best wall ms"), []
    for name, runs, bar in (("cold", cold, COLD_BAR), ("warm", warm, WARM_BAR)):
        median = Timing(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))
        table.append(cells(name, median.ms(), f"{1e3 * min(run.wall for run in runs):.3g}"))
        bars.append(Bar(f"{name}: less than {bar:g} s of processor time: {median.cpu:.3f}", median.cpu < bar))
    finish("building", "Building the SHD-like network", table, bars)


if __name__ == "__main__":
    main()
