"""Keys, compilers that do not work, and source that does not compile."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import stat
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.cpu.build import build_library, cache, toolchain
from ml_genn.engines.embedded.cpu.build.compile import compile_library, library_key
from ml_genn.engines.embedded.cpu.build.flags import flags, native_features
from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain, find_toolchain
from ml_genn.engines.embedded.cpu.run import library
from ml_genn.engines.embedded.plan.plan import Clock
from ml_genn.errors import InternalCompilerError, OutputError, ToolchainError
from tests.engine.cpu.test_executable import counter
from tests.engine.plans import load

SOURCE = '__attribute__((visibility("default"))) int answer(void) { return 42; }\n'
GCC = Toolchain(("gcc",), "gcc", "gcc 12")


@pytest.fixture(autouse=True)
def forget_toolchains() -> None:
    """What an earlier test found does not count."""
    toolchain._find.cache_clear()


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_library_is_built_and_works() -> None:
    _, path = build_library(SOURCE, 1)
    assert ctypes.CDLL(str(path)).answer() == 42


def test_every_part_changes_the_key() -> None:
    def key(
        source: str = "s", tool: Toolchain = GCC, options: tuple[str, ...] = ("-O3",), native: str = "n", abi: int = 1
    ):
        return library_key(source, tool, options, native, abi)

    keys = {
        key(),
        key(source="t"),
        key(tool=replace(GCC, command=("cc",))),
        key(tool=replace(GCC, version="gcc 13")),
        key(options=("-O2",)),
        key(options=("-O3", "-g")),
        key(native="m"),
        key(abi=2),
    }
    assert len(keys) == 8
    assert key() == key()


def test_flags_keep_ieee_arithmetic() -> None:
    for family in ("gcc", "clang"):
        options = flags(replace(GCC, family=family))
        assert "-ffp-contract=off" in options and "-fwrapv" in options
        assert not any("fast-math" in option or "unsafe" in option for option in options)


@pytest.mark.skipif("ML_GENN_SANITIZE" in os.environ, reason="this process has the library")
def test_sanitizers_need_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_SANITIZE", "1")
    with pytest.raises(ToolchainError, match="ML_GENN_SANITIZE is set, but this process was not started with"):
        flags(GCC)


def test_native_names_the_processor() -> None:
    assert native_features() == native_features() != ""


def test_source_that_does_not_compile_is_our_bug() -> None:
    with pytest.raises(
        InternalCompilerError, match=r"bug in ml_genn, please report it\. The source is kept at"
    ) as caught:
        build_library("int gen_broken(void) { return nothing; }", 1)
    message = str(caught.value)
    assert "command: " in message and "-O3" in message and "nothing" in message
    kept = Path(message.split("kept at ")[1].split("\n")[0])
    assert "gen_broken" in kept.read_text()
    kept.unlink()
    kept.parent.rmdir()


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(
        ToolchainError, match=r"neither gcc, cc, clang nor .* was found.*install a C compiler.*apt install"
    ):
        build_library(SOURCE, 1)


def test_cc_comes_first_and_may_hold_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = script(tmp_path / "mycc", 'echo "mine $1" >&1')
    monkeypatch.setenv("CC", f"{mine} -m64")
    assert find_toolchain() == Toolchain((str(mine), "-m64"), "gcc", "mine -m64")


def test_cc_that_does_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", str(tmp_path / "nowhere"))
    with pytest.raises(ToolchainError, match=r"CC=.*nowhere does not work .*No such file.*correct CC, or unset it"):
        find_toolchain()
    monkeypatch.setenv("CC", str(script(tmp_path / "refuses", "echo licence expired >&2; exit 3")))
    with pytest.raises(ToolchainError, match=r"'--version' ended with 3: licence expired"):
        find_toolchain()


def test_a_compiler_that_does_not_answer_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    script(tmp_path / "gcc", "echo broken >&2; exit 1")
    with pytest.raises(ToolchainError, match=r"no working C compiler \(gcc: '--version' ended with 1: broken\)"):
        find_toolchain()
    toolchain._find.cache_clear()
    script(tmp_path / "clang", "echo clang version 17")
    assert find_toolchain() == Toolchain(("clang",), "clang", "clang version 17")


def test_a_compiler_without_a_linker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = script(tmp_path / "halfcc", '[ "$1" = --version ] && { echo half 1; exit 0; }; echo no linker >&2; exit 1')
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(ToolchainError, match=r"halfcc \(half 1\) cannot build a shared library: no linker"):
        build_library(SOURCE, 1)


def test_a_full_disk_is_no_bug_of_ours(tmp_path: Path) -> None:
    full = script(tmp_path / "fullcc", 'echo "write: No space left on device" >&2; exit 1')
    with pytest.raises(OutputError, match=r"the disk is full: .* cannot take the compiler's output; free some space"):
        compile_library(SOURCE, Toolchain((str(full),), "gcc", "1"), tmp_path / "library.so")


def test_a_library_that_cannot_be_loaded_is_built_again() -> None:
    source = f"#include <stdint.h>\nint32_t gen_abi_version(void) {{ return {library.ABI_VERSION}; }}\n".replace(
        "int32_t gen", '__attribute__((visibility("default"))) int32_t gen'
    )
    _, path = build_library(source, library.ABI_VERSION)
    path.write_bytes(b"no library")
    path.with_suffix(".sha256").write_text(cache._digest(path))
    assert library.load(source).gen_abi_version() == library.ABI_VERSION


def test_a_library_of_another_abi_is_refused() -> None:
    source = '__attribute__((visibility("default"))) int gen_abi_version(void) { return 999; }\n'
    with pytest.raises(ToolchainError, match=r"cannot be loaded: .* has another ABI than"):
        library.load(source)


def test_timings_and_source_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ML_GENN_DEBUG", "4")
    build_library(SOURCE, 1)
    told = capsys.readouterr().err
    assert "compile: 0." in told and "generated C, kept at" in told and "return 42" in told
    kept = Path(told.split("kept at ")[1].split(":\n")[0])
    kept.unlink()
    kept.parent.rmdir()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="the ziglang package is not installed")
def test_the_ziglang_wheel_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", f"{sys.executable} -m ziglang cc")
    assert find_toolchain().family == "clang"
    executable, storage = load(counter(), partial(CpuExecutable, threads=1))
    executable.run(Clock(), 3)
    assert (storage["x"] == 3).all()
