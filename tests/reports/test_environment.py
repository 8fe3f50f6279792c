"""The environment of a result."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from ml_genn.reports import current_environment
from ml_genn.reports.environment import cpu_name, package_version, usable_cores


def test_names_what_is_here() -> None:
    environment = current_environment(engine="embedded", threads=2, compiler="gcc 12")
    assert environment.python == platform.python_version()
    assert environment.packages["numpy"] == np.__version__
    assert environment.cores == usable_cores() >= 1
    assert environment.cpu
    assert environment.date is not None
    assert environment.date.endswith("+00:00")


def test_missing_package() -> None:
    assert package_version("no-such-distribution") is None


def test_cpu_name_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **options: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert cpu_name() == (platform.processor() or platform.machine())
