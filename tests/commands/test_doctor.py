"""`ml-genn doctor`: what is there, what is missing and what to do about it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_genn.commands import findings
from ml_genn.commands.findings import Finding
from ml_genn.errors import ToolchainError

from .conftest import Run

TOOLCHAIN = "ml_genn.engines.embedded.cpu.build.toolchain"


@pytest.fixture
def little_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_shows_every_finding(run: Run, little_cache: Path) -> None:
    done = run("doctor")
    for name in (
        "python",
        "platform",
        "processor",
        "C compiler",
        "PyGeNN",
        "GPU",
        "tensorflow",
        "keras",
        "build cache",
    ):
        assert f"  {name} " in done.out
    assert str(little_cache) in done.out
    assert done.err == ""
    assert not little_cache.exists()  # looking leaves nothing behind


def test_json_holds_the_same(run: Run, little_cache: Path) -> None:
    shown = json.loads(run("doctor", "--json").out)
    assert [Finding(**entry) for entry in shown] == findings.all_findings()


def test_nothing_slow_is_imported(run: Run, little_cache: Path) -> None:
    code = (
        "import sys; from ml_genn.commands import main; main(['doctor'])\n"
        "assert not {'keras', 'tensorflow', 'pygenn', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_exit_code_1_where_something_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Finding("C compiler", "missing", "there is none", "install one")
    monkeypatch.setattr(findings, "all_findings", lambda: [Finding("python", "ok", "3"), bad])
    done = run("doctor")
    assert done.code == 1
    assert done.out == (
        "OK  python      3\n"
        "!!  C compiler  there is none\n"
        "                -> install one\n"
    )  # fmt: skip
    assert run("doctor", "--json").code == 1


def test_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ToolchainError("there is no working C compiler: install one")

    monkeypatch.setattr(f"{TOOLCHAIN}.find_toolchain", missing)
    finding = findings.compiler()
    assert finding.status == "missing"
    assert finding.detail == "there is no working C compiler: install one"
    assert "reference engine" in finding.remedy


def test_broken_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(toolchain: object, folder: Path) -> None:
        raise ToolchainError("cannot build a shared library")

    monkeypatch.setattr(f"{TOOLCHAIN}.check_toolchain", broken)
    assert findings.compiler().status == "missing"


@pytest.mark.parametrize(
    ("pygenn", "gpu", "expected"),
    [
        (None, None, [("PyGeNN", "optional"), ("GPU", "optional")]),
        ("5.2", None, [("PyGeNN", "ok"), ("GPU", "optional")]),
        (None, "NVIDIA (CUDA)", [("PyGeNN", "optional"), ("GPU", "optional")]),
        ("5.2", "NVIDIA (CUDA)", [("PyGeNN", "ok"), ("GPU", "ok")]),
    ],
)
def test_engines(
    pygenn: str | None, gpu: str | None, expected: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "package_version", lambda name: pygenn)
    monkeypatch.setattr(findings, "graphics_processor", lambda: gpu)
    assert [(finding.name, finding.status) for finding in findings.engines()] == expected


def test_graphics_processor_is_found_by_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    present: set[str] = set()
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in present)
    assert findings.graphics_processor() is None
    present.add("/dev/kfd")
    assert findings.graphics_processor() == "AMD (HIP)"
    present.add("/proc/driver/nvidia/version")
    assert findings.graphics_processor() == "NVIDIA (CUDA)"


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "package_version", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = {finding.name: finding for finding in findings.packages()}
    assert found["keras"].status == "missing"
    assert found["keras"].remedy == "pip install keras; without it Keras models cannot be converted"


def test_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    finding = findings.system()
    assert finding.status == "missing"
    assert "use Linux, macOS or WSL" in finding.remedy


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "cache"))
    assert findings.cache().status == "ok"
    monkeypatch.setenv("ML_GENN_CACHE", "/proc/ml_genn")
    finding = findings.cache()
    assert finding.status == "missing"
    assert "name another folder in ML_GENN_CACHE" in finding.remedy


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("ML_GENN_THREADS", "4", "ok"),
        ("ML_GENN_THREADS", "0", "missing"),
        ("ML_GENN_THREADS", "many", "missing"),
        ("ML_GENN_THREADS", "", "ok"),
        ("ML_GENN_ENGINE", "reference", "ok"),
        ("ML_GENN_ENGINE", "warp", "missing"),
        ("ML_GENN_ENGINE", "", "ok"),
        ("ML_GENN_DATA", "/", "ok"),
        ("ML_GENN_DATA", "/no/such/folder", "missing"),
        ("ML_GENN_DATA", "", "optional"),
    ],
)
def test_variables(name: str, value: str, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    found = {finding.name: finding for finding in findings.variables()}
    assert found[name].status == status
    assert bool(found[name].remedy) == (status == "missing")
