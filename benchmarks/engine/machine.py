"""One line on the machine that a benchmark ran on, and how it measures."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

REPEATS = 5


def machine_line() -> str:
    """Processor, cores, load and versions."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":", 1)[1].strip() if lines else name
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"machine: {name}, {os.cpu_count()} cores, load {load}; Python {platform.python_version()}"


def median_seconds(run: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Median wall and processor seconds of `repeats` runs after one that warms up."""
    run()
    wall, cpu = [], []
    for _ in range(repeats):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - wall_start)
        cpu.append(time.process_time() - cpu_start)
    return statistics.median(wall), statistics.median(cpu)
