"""Every test of the build has a cache folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu.build import cache


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, in the process and on disk."""
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_found", {})
    return tmp_path / "cache"
