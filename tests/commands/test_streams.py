"""Streams that are closed, full or memory that is short: one line and an exit code, no traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run
from .fakes import FakeConverter

ROOT = Path(__file__).parents[2]


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """What `bash -c` says; $GENN stands for the command."""
    script = f'GENN() {{ "{sys.executable}" cli.py "$@"; }}; {command}'
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_full_stdout() -> None:
    done = shell("GENN cache info > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "Error: the result cannot be printed: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    """A file opened later must not get the number of a closed stream."""
    done = shell(f"ML_GENN_CACHE='{tmp_path}' GENN cache info {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert ("entries  0" in done.stdout) == (">&-" not in closed.split())


def test_closed_stderr_and_an_error(tmp_path: Path) -> None:
    done = shell(f"GENN report '{tmp_path}/nothing.json' 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_too_little_memory(run: Run, converter: FakeConverter, model: Path) -> None:
    converter.fails_with = MemoryError("Unable to allocate 23.8 GiB")
    done = run("convert", model, "--data", "digits", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err == "Error: there is not enough memory (Unable to allocate 23.8 GiB); give a smaller --batch-size\n"


def test_other_faults_of_the_system_are_not_hidden(run: Run, converter: FakeConverter, model: Path) -> None:
    converter.fails_with = OSError(errno.EBADF, "Bad file descriptor")
    with pytest.raises(OSError, match="Bad file descriptor"):
        run("convert", model, "--data", "digits", "--quiet")
