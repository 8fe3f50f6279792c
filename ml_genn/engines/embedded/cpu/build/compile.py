"""C text -> shared library: key, cache, and the compiler's run."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ml_genn.engines.embedded.cpu.build import cache, debug
from ml_genn.engines.embedded.cpu.build.flags import LIBRARIES, flags, native_features
from ml_genn.engines.embedded.cpu.build.notes import note_key
from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain, check_toolchain, find_toolchain
from ml_genn.errors import InternalCompilerError, OutputError

# what compilers and linkers say where they cannot write
_NO_SPACE = ("No space left on device", "File size limit exceeded", "File too large", "Disk quota exceeded")


def build_library(source: str, abi_version: int) -> tuple[str, Path]:
    """Key and path of the shared library compiled from `source`, from the cache where it is there.

    Raises:
        ToolchainError: there is no working compiler.
        InternalCompilerError: the compiler refused what we generated.
        OutputError: nothing can be written.
    """
    toolchain = find_toolchain()
    key = current_key(source, abi_version)
    return key, cache.get_or_build(key, lambda path: compile_library(source, toolchain, path))


def current_key(source: str, abi_version: int) -> str:
    """Digest of what decides what a library is, as compiler, environment and machine are now; see `library_key`.

    Raises:
        ToolchainError: there is no working compiler.
    """
    toolchain = find_toolchain()
    return library_key(source, toolchain, flags(toolchain), native_features(), abi_version)


def library_key(source: str, toolchain: Toolchain, options: Sequence[str], native: str, abi_version: int) -> str:
    """Digest of everything that decides what the library is; `source` is C, or all that decides it."""
    return note_key((source, *toolchain.command, toolchain.version, *options, *LIBRARIES, native, str(abi_version)))


def compile_library(source: str, toolchain: Toolchain, path: Path) -> None:
    """Compiles `source` into the shared library `path`.

    Raises:
        ToolchainError: the compiler cannot build any shared library.
        InternalCompilerError: it can, but not this one; the source is kept.
        OutputError: the disk is full.
    """
    text = path.with_suffix(".c")
    try:
        text.write_text(source, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{text} cannot be written ({error}); free some space, or name a folder in TMPDIR") from error
    command = [*toolchain.command, *flags(toolchain), str(text), "-o", str(path), *LIBRARIES]
    started = time.perf_counter()
    code, output = _run(command, path.parent)
    debug.say(debug.TIMINGS, f"compile: {time.perf_counter() - started:.3f} s, {shlex.join(command)}")
    if debug.level() >= debug.SOURCE:
        debug.say(debug.SOURCE, f"generated C, kept at {_keep(source)}:\n{source}")
    if code == 0:
        return
    if any(words in output for words in _NO_SPACE):
        raise OutputError(f"the disk is full: {path.parent} cannot take the compiler's output; free some space")
    check_toolchain(toolchain, path.parent)
    raise InternalCompilerError(
        f"generated C did not compile; this is a bug in ml_genn, please report it. The source is kept at "
        f"{_keep(source)}\ncommand: {shlex.join(command)}\n{output}"
    )


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Exit status and words of a compiler; whatever ends us ends the programs that it started too.

    Its temporary files lie in `folder`, and so go with it.
    """
    with subprocess.Popen(  # noqa: S603  the user's own compiler, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder)},
        process_group=0,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output.strip()


def _keep(source: str) -> Path:
    kept = Path(tempfile.mkdtemp(prefix="ml_genn-source-")) / "kernels.c"
    kept.write_text(source, encoding="utf-8")
    return kept
