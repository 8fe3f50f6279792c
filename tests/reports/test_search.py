"""A search for method and setting: its frontier, its words, its section and its table in a terminal."""

from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from ml_genn.reports import render_html
from ml_genn.reports.search_words import sentence
from ml_genn.reports.sections.search import search as search_section
from ml_genn.reports.terminal import print_result

from .sample import few_spike_result, search


def test_frontier() -> None:
    found = search()
    assert [run.setting for run in found.frontier] == ["K = 1", "T = 2", "K = 4", "K = 6"]
    dear = dataclasses.replace(found.runs[0], synops=9e6, lost_at_most=0.3)
    assert dear not in dataclasses.replace(found, runs=(*found.runs, dear)).frontier


def test_sentence() -> None:
    words = sentence(search()).replace("\u00a0", " ")
    assert words.startswith("Chosen of 4 candidates: few-spike, K = 4, with the fewest synaptic operations of those")
    assert "lose at most 0.5 points. Fitted to 512 calibration examples, measured on 1,000 others" in words
    none = sentence(search(0.01)).replace("\u00a0", " ")
    assert "few-spike, K = 4, which loses least; none is known to lose at most 0.01 points" in none


def test_section() -> None:
    section = search_section(few_spike_result())
    assert section is not None
    view = section.view
    assert [line.kind for line in view["figure"].lines] == ["snn", "third"]
    assert sum(len(line.points) for line in view["figure"].lines) == 3  # K = 1 loses 41 points
    assert view["left_out"] == "few-spike, K\u00a0=\u00a01"
    assert [row[0].text.replace("\u00a0", " ") for row in view["table"].rows] == [
        "few-spike, K = 1",
        "rate, T = 2",
        "few-spike, K = 4",
        "few-spike, K = 6",
    ]
    assert [row[-1].text for row in view["table"].rows] == ["", "", "✓ chosen", "inside"]
    assert search_section(dataclasses.replace(few_spike_result(), search=None)) is None
    assert "tolerance: 0.5 points" in render_html(few_spike_result())


def test_terminal() -> None:
    stream = io.StringIO()
    print_result(few_spike_result(), Console(file=stream, width=100, highlight=False))
    lines = [" ".join(line.replace("\u00a0", " ").split()) for line in stream.getvalue().splitlines()]
    (chosen,) = [line for line in lines if line.startswith("✓")]
    assert chosen.startswith("✓ few-spike, K = 4 0.06 0.21 99.88 % 1.55 M 4 ▪▪▪")
