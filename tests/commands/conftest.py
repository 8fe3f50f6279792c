"""Runs commands in this process, with everything they print kept apart."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

import ml_genn_tf
from ml_genn.commands import main

from .fakes import FakeConverter, FakeModel


@dataclass
class Done:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `ml-genn` with the given arguments."""

    def call(*arguments: object) -> Done:
        words = [str(argument) for argument in arguments]
        monkeypatch.setattr(sys, "argv", ["ml-genn", *words])
        capsys.readouterr()
        code = main()
        captured = capsys.readouterr()
        return Done(code, captured.out.replace("\u00a0", " "), captured.err)

    return call


@pytest.fixture
def converter(monkeypatch: pytest.MonkeyPatch) -> FakeConverter:
    """Replaces loading and converting models."""
    monkeypatch.delenv("ML_GENN_ENGINE", raising=False)
    fake = FakeConverter()
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace())
    replaced = {"convert": fake, "load_model": lambda path: FakeModel(), "require_supported": lambda model: None}
    for name, function in replaced.items():
        monkeypatch.setitem(vars(ml_genn_tf), name, function)  # looking the old one up would load Keras
    return fake


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file that stands for a model."""
    path = tmp_path / "little.keras"
    path.write_text("a model")
    return path
