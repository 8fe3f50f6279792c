"""`ml-genn convert --auto`: options, the table of candidates, and what goes with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_genn.commands import convert
from ml_genn.reports import PREFERENCES, read_json

from .conftest import Run

MODEL = Path(__file__).parents[2] / "models" / "digits_max_pool.keras"


def test_chooses_and_writes(run: Run, tmp_path: Path) -> None:
    files = {"--json": tmp_path / "r.json", "--report": tmp_path / "r.html", "--out": tmp_path / "snn.h5"}
    options = ["--auto", "--tolerance", 2, "--prefer", "steps", "--examples", 40]
    done = run("convert", MODEL, "--data", "digits", *options, *(word for pair in files.items() for word in pair))
    assert done.code == 0
    result = read_json(files["--json"])
    assert result.search is not None
    assert (result.search.tolerance, result.search.prefer) == (2.0, "steps")
    assert result.method.options == result.search.choice.options
    assert f"few-spike, {result.search.choice.setting}" in done.out
    assert "of those that lose at most 2 points" in " ".join(done.out.split())
    assert "How it was chosen" in files["--report"].read_text(encoding="utf-8")
    assert files["--out"].exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--auto", "--k", "4"], "--auto chooses method and settings itself; leave out --k"),
        (["--auto", "--method", "rate"], "--auto chooses method and settings itself; leave out --method"),
        (["--auto", "--timesteps", "4"], "--auto chooses method and settings itself; leave out --timesteps"),
        (["--auto", "--option", "rule=max"], "--auto chooses method and settings itself; leave out --option"),
        (["--auto", "--early-exit", "0.01"], "--auto chooses method and settings itself; leave out --early-exit"),
        (["--tolerance", "1"], "--tolerance goes with --auto, which chooses method and settings; add it"),
        (["--prefer", "steps"], "--prefer goes with --auto, which chooses method and settings; add it"),
    ],
)
def test_what_goes_with_what(run: Run, options: list[str], message: str) -> None:
    done = run("convert", MODEL, "--data", "digits", *options)
    assert done.code == 2
    assert message in " ".join(done.err.split())


def test_preferences_are_those_of_the_library() -> None:
    assert convert.PREFERENCES == PREFERENCES
