"""`ml-genn why`: its options, what it prints and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_genn.commands import convert, why
from ml_genn.reports import read_json, suspect

from .conftest import Run
from .fakes import FakeConverter

MODEL = Path(__file__).parents[2] / "models" / "digits_max_pool.keras"


def test_it_takes_what_convert_takes() -> None:
    options = {parameter.name for parameter in why.command.params}
    others = {parameter.name for parameter in convert.command.params}
    assert others - options == {"out", "early_exit", "auto", "tolerance", "prefer"}


def test_what_it_prints(run: Run, converter: FakeConverter, model: Path) -> None:
    done = run("why", model, "--data", "digits", "--k", 4)
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "Both networks choose the same class for 95.31 % of 256 examples looked at." in text
    assert "Answers first change at conv2d_1: with spikes up to there" in text
    assert "agreement falls from 100.00 % to 95.31 %." in text
    assert "Look first at conv2d_1: its own error is 1.2 % of its largest value, rounding alone is 0.04 %." in text
    assert "What would help: Choose thresholds on more, or more varied, examples (--norm-data)." in text
    assert "conv2d: 2.1 % of the ANN's activations lie above the highest value that it can send." in text
    assert converter.calls[0]["k"] == 4


def test_what_it_writes(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    done = run("why", model, "--data", "digits", "--json", tmp_path / "r.json", "--report", tmp_path / "r.html", "-q")
    assert (done.code, done.err) == (0, "")
    result = read_json(tmp_path / "r.json")
    found = suspect(result.diagnosis)
    assert found is not None
    assert found.name == "conv2d_1"
    assert result.command.startswith("ml-genn why ")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert ">Where it differs</h2>" in page
    assert "look here first" in page


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--timesteps", 10], 2, "--timesteps goes with rate coding"),
        (["--out", "n.h5"], 2, "No such option"),
        (["--data", "digts"], 1, "data 'digts' do not exist"),
        (["--json", "a.x", "--report", "./a.x"], 2, "--report and --json both name a.x; give each its own file"),
        (["--json", "no/file"], 1, "cannot write no/file: the folder"),
    ],
)
def test_bad_input(
    options: list[object], code: int, message: str, run: Run, converter: FakeConverter, model: Path
) -> None:
    done = run("why", model, "--data", "digits", *options)
    assert (done.code, done.out, converter.calls) == (code, "", [])
    assert message in " ".join(done.err.split())


def test_a_real_model(run: Run) -> None:
    done = run("why", MODEL, "--data", "digits", "--examples", 20, "--k", 8)
    assert done.code == 0, done.err
    assert "Both networks choose the same class for all 20 examples looked at." in done.out
    assert run("why", MODEL.parent / "none.keras", "--data", "digits").code == 3
