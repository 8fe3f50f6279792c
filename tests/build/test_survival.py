"""The build cache after processes killed at any moment, beside a second writer, and where nothing can be written."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from ml_genn.engines.embedded.cpu.build import build_library, cache, compile, forget, scratch
from ml_genn.engines.embedded.cpu.build.compile import compile_library
from ml_genn.engines.embedded.cpu.build.toolchain import find_toolchain
from ml_genn.errors import OutputError

SOURCE = (
    '__attribute__((visibility("default"))) int answer(void) {{ return {0}; }}\nconst char gen_room[{1}] = {{1}};\n'
)
ANSWERS = (1, 2, 3)
ABI = 1
HANG_S = 60.0  # nothing here takes a second; a lock left behind would take for ever

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test alone, in which rubbish can be counted."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def source(answer: int) -> str:
    """C of a library of some size, so that copying it takes a moment."""
    return SOURCE.format(answer, 1 << 20)


def answer_of(answer: int) -> int:
    """What the library of `answer` says, built or found."""
    path = build_library(source(answer), ABI)[1]
    library = ctypes.CDLL(str(path))
    try:
        return int(library.answer())
    finally:
        ctypes.CDLL(None).dlclose(ctypes.c_void_p(library._handle))


PHASES = ("between", "looking", "compiling", "storing", "loading")


def toil(phase: mmap.mmap, random: Random, *, compiled: dict[int, Path] | None) -> None:
    """Builds and loads for ever, half of the time after forgetting; copies what is compiled already, if given."""

    def during(name: str, work: Callable[..., object]) -> Callable[..., object]:
        def told(*arguments: object, **keywords: object) -> object:
            before, phase[0] = phase[0], PHASES.index(name)
            try:
                return work(*arguments, **keywords)
            finally:
                phase[0] = before

        return told

    cache._whole = during("looking", cache._whole)
    cache._store = during("storing", cache._store)
    copied = {source(answer): path for answer, path in (compiled or {}).items()}
    make = (lambda text, _, path: shutil.copyfile(copied[text], path)) if copied else compile.compile_library
    compile.compile_library = during("compiling", make)
    load = during("loading", ctypes.CDLL)
    while True:
        cache._found.clear()
        key, path = build_library(source(random.choice(ANSWERS)), ABI)
        load(str(path))
        if random.random() < 0.7:
            forget(key)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_two_hundred_kills(folder: Path, temporary: Path, tmp_path: Path) -> None:
    """After each, every library loads or is built again, promptly; in the end nothing is left lying about."""
    random = Random(9)
    compiled = {answer: tmp_path / f"{answer}.so" for answer in ANSWERS}
    for answer, path in compiled.items():
        compile_library(source(answer), find_toolchain(), path)
    met: Counter[str] = Counter()
    with mmap.mmap(-1, 1) as phase:
        for number in range(200):
            phase[0] = 0
            child = os.fork()
            if child == 0:
                toil(phase, Random(number), compiled=compiled if number % 2 else None)
            time.sleep(random.uniform(0.0, 0.15))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            met[PHASES[phase[0]]] += 1
            cache._found.clear()
            started = time.monotonic()
            assert [answer_of(answer) for answer in ANSWERS] == list(ANSWERS)
            assert time.monotonic() - started < HANG_S
    print(f"killed while {dict(met)}")
    assert {"looking", "compiling", "storing"} <= met.keys(), met
    assert not list(folder.glob("*.part")), "a process removes what dead ones left when it builds the same again"
    age(temporary)
    forget(build_library(source(1), ABI)[0])
    build_library(source(1), ABI)
    left = [path for path in temporary.iterdir() if not path.name.startswith("ml_genn-build-") or path.is_dir()]
    assert left == []
    libraries = [path for path in folder.iterdir() if path.name != "notes"]  # of notes the oldest go by themselves
    assert sorted(path.suffix for path in libraries) == ["", *[".sha256"] * 3, *[".so"] * 3]


def age(temporary: Path) -> None:
    """As if what lies there had been made long ago."""
    for path in temporary.iterdir():
        os.utime(path, (0, 0))


def test_folders_of_dead_processes_are_removed_and_those_in_use_kept(temporary: Path) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with scratch.scratch():
            os.write(write, b"!")
            time.sleep(60)
        os._exit(1)
    os.read(read, 1)
    os.close(read)
    os.close(write)
    (temporary / "ml_genn-build-empty").mkdir()
    (temporary / "ml_genn-build-kept").mkdir()
    (temporary / "ml_genn-build-kept" / "file").write_text("of someone else")
    age(temporary)
    with scratch.scratch() as mine:
        assert len(list(temporary.iterdir())) == 3  # the child's, mine and the unknown one
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    age(temporary)
    with scratch.scratch() as mine:
        assert sorted(temporary.iterdir()) == sorted([mine, temporary / "ml_genn-build-kept"])


def test_a_young_folder_is_left_alone(temporary: Path) -> None:
    (temporary / "ml_genn-build-young").mkdir()
    with scratch.scratch():
        assert (temporary / "ml_genn-build-young").exists()


def test_a_fork_does_not_remove_its_parents_folder() -> None:
    with scratch.scratch() as mine:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                sys.exit(0)
            scratch.folder_for_this_process()
            os._exit(0)
        os.waitpid(child, 0)
        assert mine.exists()
    assert not mine.exists()


def test_a_process_has_one_folder_and_its_fork_another(temporary: Path) -> None:
    mine = scratch.folder_for_this_process()
    assert scratch.folder_for_this_process() == mine
    child = os.fork()
    if child == 0:
        os._exit(scratch.folder_for_this_process() == mine)
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(temporary.iterdir())) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_two_writers_at_once() -> None:
    """Two processes forget, build and load the same libraries for a while; what they load is always whole."""
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            os._exit(write_for(5.0, Random(number)))
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert [answer_of(answer) for answer in ANSWERS] == list(ANSWERS)


def write_for(seconds: float, random: Random) -> int:
    """0 if all that it loaded was whole."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cache._found.clear()
        answer = random.choice(ANSWERS)
        # the other may remove an entry between its being found and its being loaded: that is an OSError, and then we
        # build again, as library.load does
        with contextlib.suppress(OSError):
            if answer_of(answer) != answer:
                return 1
        if random.random() < 0.5:
            forget(build_library(source(answer), ABI)[0])
    return 0


@contextmanager
def mounted(path: Path, options: str) -> Iterator[None]:
    """A file system in memory, where that is allowed."""
    path.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    if not shutil.which("mount") or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_read_only_folder(folder: Path, tmp_path: Path) -> None:
    """What lies there is used; what does not is kept for the process."""
    with mounted(tmp_path / "mount", "size=16m"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ML_GENN_CACHE", str(tmp_path / "mount" / "cache"))
        assert answer_of(1) == 1
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "mount")], check=True)
        cache._found.clear()
        assert build_library(source(1), ABI)[1].parent == tmp_path / "mount" / "cache"
        with pytest.warns(UserWarning, match=r"build cache .*mount/cache cannot be written .*Read-only file system"):
            assert answer_of(2) == 2
        assert answer_of(2) == 2  # no second warning, no second build
    assert not folder.exists()


FULL = {"nothing fits": "nr_inodes=2,size=64k", "no room for a library": "size=256k"}


@pytest.mark.parametrize("options", FULL.values(), ids=FULL)
def test_a_full_cache(options: str, tmp_path: Path, temporary: Path) -> None:
    with mounted(tmp_path / "mount", options), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ML_GENN_CACHE", str(tmp_path / "mount" / "cache"))
        with pytest.warns(UserWarning, match=r"build cache .*cannot be written .*No space left on device"):
            assert answer_of(1) == 1
        assert not [path for path in (tmp_path / "mount").rglob("*") if path.suffix in (".so", ".part", ".sha256")]
    assert len(list(temporary.iterdir())) == 1


@pytest.mark.parametrize("options", FULL.values(), ids=FULL)
def test_a_full_temporary_folder(options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mounted(tmp_path / "mount", options):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "mount"))
        with pytest.raises(OutputError, match=r"free some space"):
            answer_of(1)
        assert not [path for path in (tmp_path / "mount").iterdir() if path.is_dir() and any(path.iterdir())]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert answer_of(1) == 1


@pytest.mark.parametrize("limit", [0, 100, 50_000, 500_000])
def test_a_limit_on_the_size_of_files(limit: int) -> None:
    """Like a full disk, for whoever may not mount one: source, library and copy fail in turn, always in our words."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(OutputError, match=r"free some space"):
            answer_of(1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer_of(1) == 1
