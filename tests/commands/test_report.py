"""`ml-genn report`."""

from __future__ import annotations

from pathlib import Path

from ml_genn.reports import render_html, write_json
from ml_genn.reports.methods_file import write_comparison_json
from ml_genn.reports.methods_page import render_comparison
from tests.reports.sample import few_spike_result
from tests.reports.sample_methods import methods_comparison

from .conftest import Run


def test_makes_the_page_again(run: Run, tmp_path: Path) -> None:
    write_json(few_spike_result(), tmp_path / "r.json")
    done = run("report", tmp_path / "r.json")
    assert (done.code, done.out) == (0, f"{tmp_path / 'r.html'}\n")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == render_html(few_spike_result())
    assert run("report", tmp_path / "r.json", "--out", tmp_path / "other.html").out == f"{tmp_path / 'other.html'}\n"


def test_makes_the_page_of_a_comparison_again(run: Run, tmp_path: Path) -> None:
    write_comparison_json(methods_comparison(), tmp_path / "c.json")
    assert run("report", tmp_path / "c.json").out == f"{tmp_path / 'c.html'}\n"
    assert (tmp_path / "c.html").read_text(encoding="utf-8") == render_comparison(methods_comparison())


def test_bad_comparison(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"kind": "comparison", "schema": 1}')
    done = run("report", tmp_path / "c.json")
    assert done.code == 1
    assert "write it again with `ml-genn compare --json`" in " ".join(done.err.split())
    assert not (tmp_path / "c.html").exists()


def test_bad_result(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}")
    done = run("report", tmp_path / "r.json")
    assert done.code == 1
    assert 'it has no "schema"' in done.err
    assert run("report", tmp_path / "missing.json").code == 1


def test_never_replaces_the_result(run: Run, tmp_path: Path) -> None:
    write_json(few_spike_result(), tmp_path / "r.html")
    done = run("report", tmp_path / "r.html")
    assert done.code == 2
    assert "the page would replace the result" in done.err
