"""What this machine is: the part of a result that lets somebody else repeat it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .result import Environment

PACKAGES = ("ml_genn", "numpy", "h5py", "tensorflow", "keras", "pygenn")


def current_environment(*, engine: str, threads: int | None = None, compiler: str | None = None) -> Environment:
    """Python, machine and package versions; nothing is imported to find them."""
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu=cpu_name(),
        cores=usable_cores(),
        engine=engine,
        threads=threads,
        compiler=compiler,
        packages={name: found for name in PACKAGES if (found := package_version(name)) is not None},
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def package_version(name: str) -> str | None:
    """The installed version of a distribution, without importing it; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def cpu_name() -> str:
    """The processor as its maker calls it, as far as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def usable_cores() -> int:
    """Cores that this process may use, which a container or taskset can limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
