"""`ml-genn check`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import ml_genn_tf

from .conftest import Run
from .fakes import FakeConverter


def problem(layer: str) -> SimpleNamespace:
    return SimpleNamespace(layer=layer, class_name="LSTM", reason="is recurrent", remedy="leave it out")


@pytest.mark.parametrize(("count", "words"), [(1, "1 layer"), (2, "2 layers")])
def test_lists_all_problems(
    count: int, words: str, run: Run, converter: FakeConverter, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = [problem(f"lstm_{i}") for i in range(count)]
    monkeypatch.setitem(vars(ml_genn_tf), "check_supported", lambda model: problems)
    done = run("check", model)
    assert done.code == 3
    assert f"{model} cannot be converted, {words} in the way:" in done.out
    for i, remedy in zip(range(count), ("leave it out", "as above"), strict=False):
        assert f"  lstm_{i} (LSTM): is recurrent\n      {remedy}\n" in done.out


def test_no_problem(run: Run, converter: FakeConverter, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(ml_genn_tf), "check_supported", lambda model: [])
    done = run("check", model)
    assert (done.code, done.out) == (0, f"{model} can be converted.\n")
