"""Finds a C compiler: `$CC`, then gcc, cc, clang, then the `ziglang` wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, final

from ml_genn.engines.embedded.cpu.build.notes import note_key, read_note, write_note
from ml_genn.errors import ToolchainError

Family = Literal["gcc", "clang"]

REMEDY = (
    "install a C compiler (Debian, Ubuntu: apt install gcc; macOS: xcode-select --install; anywhere: "
    "pip install ziglang) or name one in the environment variable CC"
)
_COMPILER = re.compile(r"gcc|clang")
_EXECUTABLE = b"\x7fELF"
_TIMEOUT_S = 300  # zig builds its C library on first use


@final
@dataclass(frozen=True)
class Toolchain:
    """A compiler that answers: how to call it, the dialect of its options, and its version, one line."""

    command: tuple[str, ...]
    family: Family
    version: str

    def __str__(self) -> str:
        return f"{shlex.join(self.command)} ({self.version})"


def find_toolchain() -> Toolchain:
    """The first compiler that works, as the environment stands now.

    Raises:
        ToolchainError: there is none, or `$CC` names one that does not work; the message says what was tried.
    """
    return _find(os.environ.get("CC", "").strip(), os.environ.get("PATH", ""))


@cache
def _find(chosen: str, _path: str) -> Toolchain:
    if chosen:
        return _asked(tuple(shlex.split(chosen)), f"CC={chosen}")
    faults = []
    for command in _candidates():
        answer = _probe(command)
        if isinstance(answer, Toolchain):
            return answer
        faults.append(f"{shlex.join(command)}: {answer}")
    tried = "; ".join(faults) if faults else "neither gcc, cc, clang nor the ziglang package was found"
    raise ToolchainError(f"there is no working C compiler ({tried}): {REMEDY}")


def _asked(command: tuple[str, ...], name: str) -> Toolchain:
    answer = _probe(command)
    if isinstance(answer, Toolchain):
        return answer
    raise ToolchainError(f"the C compiler of {name} does not work ({answer}): correct CC, or unset it; or {REMEDY}")


def _candidates() -> Iterator[tuple[str, ...]]:
    for name in ("gcc", "cc", "clang"):
        if shutil.which(name):
            yield (name,)
    if importlib.util.find_spec("ziglang") is not None:
        yield (sys.executable, "-m", "ziglang", "cc")


def _probe(command: tuple[str, ...]) -> Toolchain | str:
    """The toolchain that `command` starts, or why it is none; a note saves asking a program that has not changed."""
    key = _program_key(command)
    note = None if key is None else read_note(key)
    if note is not None:
        return _toolchain(command, note.decode())
    answer = _version(command)
    if isinstance(answer, Toolchain) and key is not None:
        write_note(key, f"{answer.version}\n{answer.family}".encode())
    return answer


def _program_key(command: tuple[str, ...]) -> str | None:
    """Key of the note on a compiler; None of what only starts one, such as ccache, and may start another tomorrow."""
    found = shutil.which(command[0]) if len(command) == 1 else None
    if found is None:
        return None
    program = Path(found).resolve()
    if not _COMPILER.search(program.name):
        return None
    state = program.stat()
    facts = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    with program.open("rb") as file:
        return note_key(("compiler", str(program), repr(facts))) if file.read(4) == _EXECUTABLE else None


def _version(command: tuple[str, ...]) -> Toolchain | str:
    """What the compiler says of itself."""
    try:
        answer = subprocess.run(  # noqa: S603  the user's own compiler, no shell
            [*command, "--version"], capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if answer.returncode != 0:
        return f"'--version' ended with {answer.returncode}: {(answer.stderr or answer.stdout).strip()[:200]}"
    text = answer.stdout.strip()
    return _toolchain(command, text)


def _toolchain(command: tuple[str, ...], text: str) -> Toolchain:
    version = text.splitlines()[0] if text else "unknown version"
    return Toolchain(command, "clang" if "clang" in text.lower() else "gcc", version)


def check_toolchain(toolchain: Toolchain, folder: Path) -> None:
    """Builds an empty shared library in `folder`, to tell a broken installation from a fault of ours.

    Raises:
        ToolchainError: with the compiler's own words.
    """
    source = folder / "check.c"
    source.write_text("#include <math.h>\n#include <stdint.h>\nint32_t check(void) { return 1; }\n")
    command = [*toolchain.command, "-shared", "-fPIC", str(source), "-o", str(folder / "check.so")]
    answer = subprocess.run(  # noqa: S603  the user's own compiler, no shell
        command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False
    )
    if answer.returncode != 0:
        raise ToolchainError(
            f"the C compiler {toolchain} cannot build a shared library: {answer.stderr.strip()[:2000]}\n{REMEDY}"
        )
