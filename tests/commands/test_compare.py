"""`ml-genn compare`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ml_genn.commands import compare, convert
from tests.data.files import write_npz

from .conftest import Run
from .fakes import FakeConverter

MODEL = Path(__file__).parents[2] / "models" / "digits_max_pool.keras"


def test_all_its_files(run: Run, tmp_path: Path) -> None:
    files = {"--report": tmp_path / "c.html", "--json": tmp_path / "c.json", "--csv": tmp_path / "c.csv"}
    options = ("--examples", 20, "--methods", "few-spike, simple", "--k", "2,6", "--timesteps", "4")
    done = run("compare", MODEL, "--data", "digits", *options, *(word for pair in files.items() for word in pair))
    assert done.code == 0, done.err
    assert "digits_max_pool  20 examples of digits" in done.out
    assert "few-spike, K = 6: 20 done" in done.err
    data = json.loads(files["--json"].read_text(encoding="utf-8"))
    assert [(run["method"]["name"], run["setting"]) for run in data["runs"]] == [
        ("few-spike", "K = 2"),
        ("few-spike", "K = 6"),
        ("simple", "T = 4"),
    ]
    assert data["data"]["examples"] == 20
    assert data["calibration"]["examples"] == 1437
    assert data["command"].startswith("ml-genn compare ")
    assert len(data["model"]["sha256"]) == 64
    with files["--csv"].open(encoding="utf-8") as stream:
        assert [row["setting"] for row in csv.DictReader(stream)] == ["", "K = 2", "K = 6", *["T = 4"] * 3]
    assert files["--report"].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.csv", "c.html", "c.json"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--methods", "few-spike,magic"], 2, "'magic' is no method; choose from few-spike, rate, data-norm"),
        (["--k", "2,x"], 2, "'2,x' is no list of whole numbers from 1 to 24; give them as in 2,4,8"),
        (["--k", "2,25"], 2, "'2,25' is no list of whole numbers from 1 to 24"),
        (["--timesteps", "4,0"], 2, "'4,0' is no list of whole numbers from 1 on; give them as in 2,4,8"),
        (["--timesteps", "4", "--methods", "few-spike"], 2, "and --methods names few-spike alone, which takes --k"),
        (["--k", "4", "--methods", "rate"], 2, "--k goes with the method few-spike, which is not in --methods rate"),
        (["--csv", "a.x", "--json", "./a.x"], 2, "--json and --csv both name a.x; give each its own file"),
        (["--csv", "no/file"], 1, "cannot write no/file: the folder"),
        (["--norm-data", "digts"], 1, "data 'digts' do not exist"),
        (["--examples", "361"], 1, "has 360 examples; asked for the first 361"),
    ],
)
def test_bad_input(
    options: list[object], code: int, message: str, run: Run, converter: FakeConverter, model: Path
) -> None:
    done = run("compare", model, "--data", "digits", *options)
    assert (done.code, done.out) == (code, "")
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_bad_models_and_data(run: Run, tmp_path: Path) -> None:
    outputs = tmp_path / "out"
    outputs.mkdir()
    files = ("--json", outputs / "c.json", "--report", outputs / "c.html", "--csv", outputs / "c.csv")
    assert run("compare", tmp_path / "none.keras", "--data", "digits", *files).code == 3
    data = write_npz(tmp_path / "a.npz", x=np.zeros((6, 8, 8, 1)), y=np.array([0, 10, 0, 0, 0, 0]))
    done = run("compare", MODEL, "--data", data, "--norm-data", "digits", *files)
    assert (done.code, done.out) == (1, "")
    assert "y[1] is 10, but the model has 10 classes" in done.err
    unlabelled = write_npz(tmp_path / "b.npz", x=np.zeros((6, 8, 8, 1)), y=np.zeros(6, int))
    done = run("compare", MODEL, "--data", unlabelled, *files)
    assert done.code == 2
    assert "does not say which examples are for training; name some with --norm-data" in done.err
    assert list(outputs.iterdir()) == []


def test_words_are_those_of_convert() -> None:
    """What names one conversion there names several here."""
    options = {parameter.name for parameter in compare.command.params}
    others = {parameter.name for parameter in convert.command.params}
    assert others - options == {"method", "k", "early_exit", "out", "auto", "tolerance", "prefer"}
    assert options - others == {"methods", "ks", "table"}


def test_options_reach_the_methods(run: Run) -> None:
    done = run("compare", MODEL, "--data", "digits", "--methods", "simple", "--option", "rule=max")
    assert done.code == 2
    assert "none of the methods simple has an option rule" in done.err
