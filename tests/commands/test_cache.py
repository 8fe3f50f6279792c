"""`ml-genn cache`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu.build.cache import cache_info, get_or_build

from .conftest import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two entries."""
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "cache"))
    for key in ("a" * 64, "b" * 64):
        get_or_build(key, lambda path: path.write_bytes(bytes(2**20)) and None)
    return tmp_path / "cache"


def test_info(run: Run, folder: Path) -> None:
    done = run("cache", "info")
    assert done.code == 0
    assert done.out.splitlines() == [f"folder   {folder}", "entries  2", "size     2.0 MiB of at most 256.0 MiB"]


def test_clear(run: Run, folder: Path) -> None:
    done = run("cache", "clear")
    assert (done.code, done.out) == (0, f"removed 2 entries, 2.0 MiB, from {folder}\n")
    assert cache_info().entries == 0
    assert run("cache", "clear").out.startswith("removed 0 entries")
