"""Options of the compiler, and what `native` means on this machine.

With `ML_GENN_SANITIZE=1` the generated C is compiled with the address and undefined-behaviour sanitizers, for tests
(`make sanitize`): every access outside an array and every undefined operation ends the process with a report.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
from functools import cache
from pathlib import Path

from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain
from ml_genn.errors import ToolchainError

# floating point as IEEE says: no contraction, no -ffast-math; nobody reads errno or the exception flags, and with
# these two off comparisons, conversions and square roots vectorise
_COMMON = (
    "-std=gnu11",
    "-O3",
    "-fPIC",
    "-shared",
    "-pthread",
    "-fvisibility=hidden",
    "-fwrapv",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-w",
    "-pipe",
)
_FAMILY = {
    # gcc 12 turns `for spike, for target` into gathers, 13 times slower, unless this is off
    "gcc": ("-fno-loop-unroll-and-jam",),
    "clang": (),
}
LIBRARIES = ("-lm",)
# a later -O counts: -O1 keeps single accesses, which the sanitizer's reports can then name
_SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g", "-fno-omit-frame-pointer")


def flags(toolchain: Toolchain) -> tuple[str, ...]:
    """All options but the files.

    Raises:
        ToolchainError: `ML_GENN_SANITIZE` is set in a process that cannot load sanitized libraries.
    """
    machine = "-march=native" if platform.machine().lower() in ("x86_64", "amd64", "i686") else "-mcpu=native"
    return (*_COMMON, *_FAMILY[toolchain.family], machine, *_sanitizers())


def _sanitizers() -> tuple[str, ...]:
    if os.environ.get("ML_GENN_SANITIZE", "").strip() in ("", "0"):
        return ()
    if not hasattr(ctypes.CDLL(None), "__asan_init"):
        raise ToolchainError(
            "ML_GENN_SANITIZE is set, but this process was not started with the address sanitizer's library "
            "(LD_PRELOAD); run `make sanitize`, or unset ML_GENN_SANITIZE"
        )
    return _SANITIZE


@cache
def native_features() -> str:
    """What `native` expands to: the processor's name and a digest of its features, as the system lists them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()} {platform.release()}"
    wanted = ("model", "model name", "flags", "Features", "CPU implementer", "CPU part")
    first: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        first.setdefault(name.strip(), value.strip())
    facts = "\n".join(f"{name}: {first[name]}" for name in wanted if name in first)
    return f"{platform.machine()} {hashlib.sha256(facts.encode()).hexdigest()}"
