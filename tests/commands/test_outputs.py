"""What commands add to results."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ml_genn.commands.outputs import command_line, file_sha256, with_compiler
from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain
from ml_genn.errors import ToolchainError
from tests.reports.sample import few_spike_result

TOOLCHAIN = "ml_genn.engines.embedded.cpu.build.toolchain.find_toolchain"
ENVIRONMENT = few_spike_result().environment


def test_command_is_quoted() -> None:
    assert command_line(["convert", "my model.keras", "--k", "8"]) == "ml-genn convert 'my model.keras' --k 8"


def test_checksum(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_compiler_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TOOLCHAIN, lambda: Toolchain(("gcc",), "gcc", "gcc (Debian) 12.2.0"))
    assert with_compiler(ENVIRONMENT).compiler == "gcc (Debian) 12.2.0"


def test_without_a_compiler_the_reference_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ToolchainError("there is none")

    monkeypatch.setattr(TOOLCHAIN, missing)
    found = with_compiler(ENVIRONMENT)
    assert (found.engine, found.threads) == ("reference", None)
