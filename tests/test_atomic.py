"""Writing completely or not at all."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from ml_genn.atomic import atomic_hdf5, atomic_path, check_writable, write_text_atomic
from ml_genn.errors import OutputError


def test_replaces_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(0o640)
    write_text_atomic(file, "new")
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.txt"]  # noqa: PTH208 - the names are the point


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_text_atomic(tmp_path / "a", "x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_keeps_the_old_file(error: type[BaseException], tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(error), atomic_path(file) as temporary:
        temporary.write_text("half")
        raise error
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_text_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_pipe_gets_the_content(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        write_text_atomic(pipe, "content")
        assert reader.communicate()[0] == "content"
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "it is a folder; give a file name"),
        ("no/such/a.txt", "the folder .*no/such does not exist; create it or choose"),
        ("x" * 300, "File name too long"),
    ],
)
def test_refused_before_anything_is_written(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=message):
        check_writable(tmp_path / name)
    with pytest.raises(OutputError, match=message):
        write_text_atomic(tmp_path / name, "text")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission to write in the folder"):
        check_writable(tmp_path / "a.txt")


def test_permission_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match=r"a\.txt: no permission to write in the folder"):
        check_writable(tmp_path / "a.txt")


def test_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt: No space left on device"):
        write_text_atomic(tmp_path / "a.txt", "new")


def test_a_rename_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt: Invalid cross-device link"):
        write_text_atomic(tmp_path / "a.txt", "new")
    assert list(tmp_path.iterdir()) == []


WRITERS = {
    "text": "write_text_atomic(path, 'x' * 100_000)",
    "hdf5": "with atomic_hdf5(path) as file: file['x'] = [0] * 100_000",
    "hdf5, just too large": "with atomic_hdf5(path) as file: file['x'] = [0] * 50",
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_full_disk_keeps_the_old_file(write: str, tmp_path: Path) -> None:
    """A limit on the file size stands for the full disk: both are an OSError in the middle of a write."""
    file = tmp_path / "a.txt"
    file.write_text("old")
    code = (
        "import sys; from pathlib import Path; from ml_genn.atomic import atomic_hdf5, write_text_atomic\n"
        "from ml_genn.errors import OutputError\n"
        "path = Path(sys.argv[1])\n"
        f"try:\n    {write}\n"
        "except OutputError as error: print(error)\n"
    )
    limit = resource.RLIMIT_FSIZE
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(limit, (1000, 1000)),
    )
    assert f"cannot write {file}: File too large" in done.stdout
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_hdf5(tmp_path: Path) -> None:
    with atomic_hdf5(tmp_path / "a.h5") as file:
        file["x"] = np.arange(5)
        file.attrs["name"] = "little"
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["x"][:].tolist() == [0, 1, 2, 3, 4]
        assert file.attrs["name"] == "little"


def test_hdf5_exception_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_hdf5(tmp_path / "a.h5") as file:
        file["x"] = np.arange(5)
        raise KeyboardInterrupt
    assert (tmp_path / "a.h5").read_text() == "old"
    with pytest.raises(OutputError, match="it is a folder"), atomic_hdf5(tmp_path):
        pytest.fail("the block must not run")
