"""A comparison of methods as JSON, as CSV, in a terminal and as a page."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from ml_genn.reports.figures import decade_axis
from ml_genn.reports.methods_file import COLUMNS, write_comparison_csv, write_comparison_json
from ml_genn.reports.methods_page import render_comparison, write_comparison_html
from ml_genn.reports.methods_terminal import print_comparison
from ml_genn.reports.methods_words import conclusions, refusal
from ml_genn.reports.wilson import wilson

from .sample_methods import EXAMPLES, methods_comparison


def test_json_is_strict_and_says_what_it_is(tmp_path: Path) -> None:
    write_comparison_json(methods_comparison(), tmp_path / "c.json")
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    data = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in COMPARISON.json"))
    assert (data["schema"], data["kind"]) == (1, "comparison")
    assert data["runs"][1]["cost"]["accumulates"] == 1.6e6
    assert data["runs"][0]["snn"]["confidence_95"] == list(wilson(9870, EXAMPLES))
    assert data["refused"] == [{"method": "spike-norm", "reason": "spike-norm cannot do <this> & that."}]


def test_csv_has_a_line_for_every_moment(tmp_path: Path) -> None:
    comparison = methods_comparison()
    write_comparison_csv(comparison, tmp_path / "c.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 1 + sum(len(run.by_timestep) for run in comparison.runs)
    assert (rows[0]["method"], float(rows[0]["multiply_accumulates"])) == ("ANN", 2_436_352.0)
    assert [row["timesteps"] for row in rows if row["setting"] == "T = 8"] == ["1", "2", "4", "8"]
    ends = [row for row in rows[1:] if row["accumulates"]]
    assert [float(row["accuracy"]) for row in ends] == [run.snn.accuracy for run in comparison.runs]
    assert all(None not in row.values() for row in rows)


def test_conclusions() -> None:
    assert [text.replace("\u00a0", " ") for text in conclusions(methods_comparison())] == [
        "Nearest to the ANN: few-spike, K = 4, the same class for 99.59 % of the examples.",
        "Fewest operations within 0.5 points: few-spike, K = 2, 98.70 %, 800 k operations (0.328 times the ANN's).",
    ]


def test_refusal() -> None:
    assert refusal(methods_comparison().refused[0]).startswith("spike-norm is left out: spike-norm cannot do")


def test_the_terminal_shows_every_run() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    print_comparison(methods_comparison(), console)
    text = " ".join(console.export_text().split())
    assert "mnist_model 10,000 examples of mnist" in text
    assert "…" not in text
    for words in ("K = 2 98.70 % 98.5 – 98.9", "T = 128 51.24 %", "2.44 M", "5.9 s", "Warning: A warning."):
        assert words in text


def test_the_page(tmp_path: Path) -> None:
    comparison = methods_comparison()
    write_comparison_html(comparison, tmp_path / "c.html")
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert page == render_comparison(comparison)
    text = page.replace("\u00a0", " ")
    assert "spike-norm cannot do &lt;this&gt; &amp; that." in text
    assert "Not shown, far below: simple, T = 128 (51.24 %)." in text
    assert "Fewest operations within 0.5 points: few-spike, K = 2" in text
    for heading in ("Accuracy by operations", "Accuracy by timesteps", "All runs", "Left out"):
        assert f">{heading}</h2>" in text
    assert "0.9 pJ" in text


def test_a_page_with_one_run_and_nothing_left_out() -> None:
    comparison = methods_comparison()
    few = dataclasses.replace(comparison, runs=comparison.runs[:1], refused=())
    page = render_comparison(few)
    assert ">Accuracy by timesteps</h2>" not in page
    assert ">Left out</h2>" not in page


@pytest.mark.parametrize(
    ("ends", "labels"),
    [
        ((1.0, 1.0), ["1"]),
        ((3e4, 6e5), ["50\u00a0k", "100\u00a0k", "200\u00a0k", "500\u00a0k"]),
        ((1e3, 1e6), ["1,000", "3,000", "10\u00a0k", "30\u00a0k", "100\u00a0k", "300\u00a0k", "1\u00a0M"][::2]),
    ],
)
def test_axis_of_decades(ends: tuple[float, float], labels: list[str]) -> None:
    axis = decade_axis(*ends)
    assert [tick.label for tick in axis.ticks] == labels
    assert all(0 <= tick.at <= 100 for tick in axis.ticks)
    assert 0 < axis.place(ends[0]) <= axis.place(ends[1]) < 100
    assert axis.place(0.0) == axis.place(ends[0])
