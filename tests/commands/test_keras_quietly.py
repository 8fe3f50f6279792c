"""Keras is loaded without noise, and a failure says what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ml_genn.commands.keras_quietly import import_keras
from ml_genn.errors import MlGennError

REMARK = 'import os\nos.write(2, b"a remark of the C++ part")\n'


@pytest.fixture
def keras_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Python finds this file as `keras`."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path / "keras.py"


def test_remarks_are_kept_back(
    keras_file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    keras_file.write_text(REMARK)
    import_keras()
    monkeypatch.delitem(sys.modules, "keras")
    print("stderr works again", file=sys.stderr, flush=True)
    assert capfd.readouterr().err == "stderr works again\n"


def test_a_failure_shows_them_and_says_what_to_do(keras_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    keras_file.write_text(f'{REMARK}raise ImportError("no backend")')
    with pytest.raises(MlGennError, match=r"Keras cannot be imported \(no backend\); pip install tensorflow"):
        import_keras()
    assert "a remark of the C++ part" in capfd.readouterr().err


def test_an_interruption_shows_none(keras_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    keras_file.write_text(f"{REMARK}raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        import_keras()
    assert capfd.readouterr().err == ""
