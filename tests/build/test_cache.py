"""The build cache: found, rebuilt, shared, bounded, and never half-written."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu.build import cache
from ml_genn.engines.embedded.cpu.build.cache import (
    cache_clear,
    cache_folder,
    cache_info,
    forget,
    get_or_build,
)
from ml_genn.errors import OutputError

KEY = hashlib.sha256(b"a kernel").hexdigest()
ROOT = Path(__file__).parents[2]


class Builder:
    """Counts how often it is asked to build."""

    def __init__(self, content: bytes = b"library") -> None:
        self.content, self.calls = content, 0

    def __call__(self, path: Path) -> None:
        self.calls += 1
        path.write_bytes(self.content)


def fresh_process() -> None:
    """Forgets what this process knows of the folder."""
    cache._found.clear()


def test_an_entry_is_built_once() -> None:
    build = Builder()
    path = get_or_build(KEY, build)
    assert path.read_bytes() == b"library"
    assert get_or_build(KEY, build) == path
    fresh_process()
    assert get_or_build(KEY, build) == path
    assert build.calls == 1


def test_another_key_is_another_entry() -> None:
    one, other = get_or_build("a" * 64, Builder(b"one")), get_or_build("b" * 64, Builder(b"other"))
    assert (one.read_bytes(), other.read_bytes()) == (b"one", b"other")


def damage_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3])


def damage_flip(path: Path) -> None:
    path.write_bytes(b"librarY")


def damage_no_digest(path: Path) -> None:
    path.with_suffix(".sha256").unlink()


def damage_digest(path: Path) -> None:
    path.with_suffix(".sha256").write_bytes(b"\xff\xfe")


def damage_library_gone(path: Path) -> None:
    path.unlink()


DAMAGES = [damage_truncate, damage_flip, damage_no_digest, damage_digest, damage_library_gone]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_built_again(damage: Callable[[Path], None]) -> None:
    build = Builder()
    damage(get_or_build(KEY, build))
    fresh_process()
    assert get_or_build(KEY, build).read_bytes() == b"library"
    assert build.calls == 2


def test_an_entry_that_vanishes_while_the_process_knows_it_is_built_again() -> None:
    build = Builder()
    get_or_build(KEY, build).unlink()
    assert get_or_build(KEY, build).exists()


def test_a_forgotten_entry_is_built_again() -> None:
    build = Builder()
    get_or_build(KEY, build)
    forget(KEY)
    get_or_build(KEY, build)
    assert build.calls == 2


def test_what_was_not_used_for_longest_goes_first() -> None:
    for number, name in enumerate("abc"):
        path = get_or_build(name * 64, Builder(bytes(100)))
        os.utime(path.with_suffix(".sha256"), (number, number))
    fresh_process()
    get_or_build("a" * 64, Builder())  # used again
    get_or_build("d" * 64, Builder(bytes(100)), limit_bytes=250)
    assert sorted(path.stem[0] for path in cache_folder().glob("*.so")) == ["a", "d"]


def test_a_new_entry_stays_even_if_it_alone_is_over_the_limit() -> None:
    assert get_or_build(KEY, Builder(bytes(1000)), limit_bytes=10).exists()


def test_info_and_clear(folder: Path) -> None:
    assert cache_info().entries == 0
    get_or_build(KEY, Builder(bytes(1000)))
    info = cache_info()
    assert (info.folder, info.entries, info.size_bytes) == (folder, 1, 1000)
    assert cache_clear() == info
    assert cache_info().entries == 0
    build = Builder()
    get_or_build(KEY, build)
    assert build.calls == 1


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("ML_GENN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "ml_genn"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "ml_genn"


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run a process as a user whom its system does not know."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    for name in ("ML_GENN_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert get_or_build(KEY, Builder()).is_file()
    assert "~" not in str(cache_folder())


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "file" / "cache"))
    build = Builder()
    with pytest.warns(UserWarning, match=r"build cache .*cannot be written.*for this process only.*ML_GENN_CACHE"):
        path = get_or_build(KEY, build)
    assert path.read_bytes() == b"library"
    assert get_or_build(KEY, build) == path
    assert build.calls == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get_or_build(KEY.replace("a", "b"), build)  # said once for each folder, not for each library


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    copyfile = shutil.copyfile
    monkeypatch.setattr(shutil, "copyfile", lambda a, b, **k: (full if b.suffix == ".part" else copyfile)(a, b, **k))
    with pytest.warns(UserWarning, match=r"cannot be written.*No space left"):
        path = get_or_build(KEY, Builder())
    assert path.read_bytes() == b"library"
    assert not [*folder.glob("*.part"), *folder.glob("*.so")]


def test_nowhere_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "copyfile", full)
    with (
        pytest.warns(UserWarning, match="cannot be written"),
        pytest.raises(OutputError, match=r"neither the build cache .* nor a temporary folder .* can be written; free"),
    ):
        get_or_build(KEY, Builder())


def test_no_temporary_folder_to_compile_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(
        OutputError, match=r"no temporary folder to compile in .*free some space, or name a folder in TMP"
    ):
        get_or_build(KEY, Builder())


def test_a_failing_build_leaves_nothing_and_frees_the_lock(folder: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        get_or_build(KEY, fail)
    assert not list(folder.glob("*.*"))
    assert get_or_build(KEY, Builder()).exists()


def slow_build(log: Path) -> str:
    """Builds an entry slowly, noting that it did; returns what the entry holds."""

    def build(path: Path) -> None:
        with log.open("a") as file:
            file.write("built\n")
        time.sleep(0.3)
        path.write_bytes(b"library")

    return get_or_build(KEY, build).read_text()


def test_two_processes_at_once_build_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(slow_build, [log, log], chunksize=1) == ["library", "library"]
    assert log.read_text() == "built\n"


KILLED = """
import sys, time
from pathlib import Path
from ml_genn.engines.embedded.cpu.build import cache
phase = sys.argv[1]
def wait(*_):
    print("here", flush=True)
    time.sleep(60)
def build(path):
    if phase == "building":
        path.write_bytes(b"half")
        wait()
    path.write_bytes(b"killed")
if phase == "copying":
    cache._digest = wait
if phase == "before the digest":
    write_text = Path.write_text
    Path.write_text = lambda self, text: wait() if self.suffix == ".part" else write_text(self, text)
cache.get_or_build(sys.argv[2], build)
"""


@pytest.mark.parametrize("phase", ["building", "copying", "before the digest"])
def test_a_killed_build_is_done_again(phase: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, phase, KEY],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    build = Builder(b"whole")
    assert get_or_build(KEY, build).read_bytes() == b"whole"
    assert build.calls == 1


def test_what_killed_builds_left_is_removed_in_time(folder: Path) -> None:
    folder.mkdir()
    old, new = folder / "x.1.part", folder / "y.2.part"
    for part in (old, new):
        part.write_text("half")
    os.utime(old, (0, 0))
    get_or_build(KEY, Builder())
    assert (old.exists(), new.exists()) == (False, True)


def test_hits_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    get_or_build(KEY, Builder())
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("ML_GENN_DEBUG", "1")
    get_or_build(KEY, Builder())
    fresh_process()
    get_or_build(KEY, Builder())
    known, found = capsys.readouterr().err.splitlines()
    assert known == f"ml_genn: cache: {KEY[:12]} is known to this process"
    assert found == f"ml_genn: cache: {KEY[:12]} found"
