"""Seconds until `ml-genn --help` and its siblings have answered: `python -m benchmarks.startup [runs]`.

Each command runs in a process of its own; bytecode is warm after the first run, which is left out. The promise is a
median under 0.3 s for `--help`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS = (("--help",), ("--version",), ("convert", "--help"), ("cache", "info"))


def seconds(arguments: tuple[str, ...]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "cli.py", *arguments], capture_output=True, check=True, cwd=ROOT)
    return time.perf_counter() - start


def main(runs: int = 20) -> None:
    """Print one line per command."""
    for arguments in COMMANDS:
        seconds(arguments)
        times = sorted(seconds(arguments) for _ in range(runs))
        print(
            f"ml-genn {' '.join(arguments):<16} median {statistics.median(times):.3f} s, "
            f"best {times[0]:.3f} s, worst {times[-1]:.3f} s of {runs}"
        )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
