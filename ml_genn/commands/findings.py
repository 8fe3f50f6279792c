"""What `ml-genn doctor` looks at, one function each. Nothing is imported that would be slow or could start a device."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from ..errors import ToolchainError
from ..reports.environment import cpu_name, package_version, usable_cores
from .options import ENGINES

Status = Literal["ok", "missing", "optional"]

REQUIRED_PACKAGES = ("numpy", "h5py", "click", "rich", "jinja2", "filelock", "matplotlib")
CONVERSION_PACKAGES = ("tensorflow", "keras")
SLOW_HINT = "networks run on the reference engine, some hundred times slower"


@final
@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it stands, and what to do where it does not stand well."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


def all_findings() -> list[Finding]:
    """Everything, in the order in which it is shown."""
    return [
        python(),
        system(),
        Finding("processor", "ok", f"{cpu_name()}, {usable_cores()} usable cores"),
        compiler(),
        *engines(),
        *packages(),
        cache(),
        *variables(),
    ]


def python() -> Finding:
    """The interpreter."""
    return Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def system() -> Finding:
    """Where the embedded engine can compile: everywhere but on Windows."""
    detail = f"{platform.system()} {platform.release()} {platform.machine()}"
    if platform.system() != "Windows":
        return Finding("platform", "ok", detail)
    return Finding("platform", "missing", detail, f"use Linux, macOS or WSL; here {SLOW_HINT}")


def compiler() -> Finding:
    """The C compiler that the embedded engine would call, tried on an empty library."""
    from ..engines.embedded.cpu.build.toolchain import check_toolchain, find_toolchain

    try:
        toolchain = find_toolchain()
        with tempfile.TemporaryDirectory() as folder:
            check_toolchain(toolchain, Path(folder))
    except ToolchainError as error:
        return Finding("C compiler", "missing", str(error), f"until then {SLOW_HINT}")
    path = shutil.which(toolchain.command[0]) or toolchain.command[0]
    return Finding("C compiler", "ok", f"{' '.join((path, *toolchain.command[1:]))}: {toolchain.version}")


def engines() -> Iterator[Finding]:
    """Engines that need something; the embedded one needs nothing but the compiler."""
    pygenn, gpu = package_version("pygenn"), graphics_processor()
    if pygenn is None:
        hint = "optional: install it from the GeNN project to use --engine pygenn"
        yield Finding("PyGeNN", "optional", "not installed", hint)
    else:
        yield Finding("PyGeNN", "ok", f"{pygenn}; use it with --engine pygenn")
    if gpu is None:
        yield Finding("GPU", "optional", "none found", "optional: PyGeNN would use one")
    elif pygenn is None:
        yield Finding("GPU", "optional", gpu, "install PyGeNN to use it")
    else:
        yield Finding("GPU", "ok", f"{gpu}; use it with --engine pygenn")


def graphics_processor() -> str | None:
    """The kind of GPU whose driver answers in the file system; nothing is started to find out."""
    if Path("/proc/driver/nvidia/version").exists():
        return "NVIDIA (CUDA)"
    if Path("/dev/kfd").exists():
        return "AMD (HIP)"
    return None


def packages() -> Iterator[Finding]:
    """Versions from the packages' metadata."""
    for name in REQUIRED_PACKAGES:
        yield _package(name, f"pip install {name}")
    for name in CONVERSION_PACKAGES:
        yield _package(name, f"pip install {name}; without it Keras models cannot be converted")


def _package(name: str, remedy: str) -> Finding:
    version = package_version(name)
    if version is None and importlib.util.find_spec(name) is None:
        return Finding(name, "missing", "not installed", remedy)
    return Finding(name, "ok", version or "installed, version unknown")


def cache() -> Finding:
    """Where compiled networks are kept."""
    from ..engines.embedded.cpu.build.cache import cache_info

    info = cache_info()
    libraries = "1 library" if info.entries == 1 else f"{info.entries} libraries"
    detail = f"{info.folder}: {libraries}, {info.size_bytes / 2**20:.1f} of {info.limit_bytes / 2**20:.0f} MiB"
    if _can_write(info.folder):
        return Finding("build cache", "ok", detail)
    return Finding("build cache", "missing", detail, "it cannot be written: name another folder in ML_GENN_CACHE")


def _can_write(folder: Path) -> bool:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def variables() -> Iterator[Finding]:
    """Environment variables that change what commands do."""
    yield _number("ML_GENN_THREADS", f"not set: all {usable_cores()} cores are used")
    yield _choice("ML_GENN_ENGINE", ENGINES, "not set: auto")
    yield _folder("ML_GENN_DATA", "not set: tests and benchmarks that need real data skip")


def _number(name: str, unset: str) -> Finding:
    value = os.environ.get(name, "")
    if not value:
        return Finding(name, "ok", unset)
    if value.isdecimal() and int(value) > 0:
        return Finding(name, "ok", value)
    return Finding(name, "missing", value, "set it to a whole number from 1 on")


def _choice(name: str, allowed: tuple[str, ...], unset: str) -> Finding:
    value = os.environ.get(name, "")
    if not value or value in allowed:
        return Finding(name, "ok", value or unset)
    return Finding(name, "missing", value, f"set it to one of {', '.join(allowed)}")


def _folder(name: str, unset: str) -> Finding:
    value = os.environ.get(name, "")
    if not value:
        return Finding(name, "optional", unset)
    if Path(value).is_dir():
        return Finding(name, "ok", value)
    return Finding(name, "missing", f"{value} is no folder", "correct it or unset it")
