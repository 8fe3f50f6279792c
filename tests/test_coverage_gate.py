"""The gate on coverage finds a line that raises and was not run, and lets pass what its tables name."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import coverage
import pytest

from tools.coverage_gate import ELSEWHERE, NOT_ASKED, PACKAGES, ROOT, error_lines, unrun_error_lines

SOURCE = """\
import warnings

def check(x):
    if x < 0:
        raise ValueError(
            "negative"
        )
    if x > 9:
        raise ValueError("large")
    if x == 8:
        warnings.warn("eight", stacklevel=2)
    if x == 7:
        raise InternalCompilerError("never")

try:
    check(-1)
except ValueError:
    pass
check(1)
"""


def test_error_lines_are_found() -> None:
    assert [line for line, _ in error_lines(SOURCE)] == [5, 9, 11]


def test_lines_that_were_not_run_are_listed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(SOURCE, encoding="utf-8")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "coverage", "run", f"--data-file={data}", "--rcfile=", str(program)]
    subprocess.run(command, check=True, cwd=tmp_path)
    measured = coverage.Coverage(data_file=str(data), config_file=False)
    measured.load()
    assert [found.line for found in unrun_error_lines(measured, iter([program]))] == [9, 11]


def test_what_is_let_pass_is_there() -> None:
    assert all((ROOT / path).exists() for path in ELSEWHERE)
    raised = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in NOT_ASKED
        if f"raise {name}(" in path.read_text(encoding="utf-8")
    }
    assert raised == set(NOT_ASKED)


def test_every_folder_of_tests_is_collected(pytestconfig: pytest.Config) -> None:
    """pytest leaves out folders of some names, as "build", unless it is told otherwise."""
    left_out = pytestconfig.getini("norecursedirs")
    folders = {path.parent.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [name for name in folders if any(fnmatch(name, pattern) for pattern in left_out)]
