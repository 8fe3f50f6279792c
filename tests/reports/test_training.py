"""A training's log as plain objects, and the page that is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_genn.errors import DataError
from ml_genn.reports import Environment
from ml_genn.reports.figures import Series, course_figure
from ml_genn.reports.training_log import read_log
from ml_genn.reports.training_page import training_page
from ml_genn.reports.training_words import title
from ml_genn.training_log import SCHEMA

from .page import Page

HEADER = {"schema": SCHEMA, "start_epoch": 0, "batch_size": 8, "timesteps": 30}
HOSTILE = "<script>alert(1)</script>&amp;"


def epoch(number: int, **changes: Any) -> dict[str, Any]:
    population = {"neurons": 20, "rate": 2.5, "silent": 1, "spikes": 800, "clamped": 8}
    return {
        "epoch": number,
        "examples": 16,
        "loss": {"out": 1.0 / (1 + number)},
        "metrics": {"out": {"SparseCategoricalAccuracy": 0.5 + number / 100}},
        "validation_loss": {"out": 1.5},
        "validation_metrics": {"out": {"SparseCategoricalAccuracy": 0.75 if number == 3 else 0.625}},
        "populations": {"hidden": population},
        "lost_label_spikes": {},
        "learning_rates": [0.01],
        "seconds": 0.5,
        "cpu_seconds": 0.75,
        "parts": {"simulation": 0.25, "backward": 0.125},
        **changes,
    }


def write(path: Path, *records: Any) -> Path:
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def page(tmp_path: Path, *epochs: dict[str, Any], **kwargs: Any) -> Page:
    found = Page(training_page(read_log(write(tmp_path / "log", HEADER, *epochs)), **kwargs))
    assert not found.open
    return found


def test_a_log_is_read(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "log", HEADER, epoch(0), epoch(1, loss={"out": None}, validation_loss=None)))
    assert (log.batch_size, log.timesteps, log.runs) == (8, 30, 1)
    first, second = log.epochs
    assert first.metrics == {"SparseCategoricalAccuracy": 0.5}
    assert first.populations["hidden"].rate == 2.5
    assert (second.loss, second.validation_loss) == ({}, {})


def test_runs_that_go_on_replace_what_they_repeat(tmp_path: Path) -> None:
    """A process was killed in the middle of a line of epoch 3; the next run began again at epoch 2."""
    again = {**HEADER, "start_epoch": 2}
    whole = [epoch(0), epoch(1), epoch(2, seconds=9.0), '{"epoch": 3, "lo', again, epoch(2), epoch(3)]
    log = read_log(write(tmp_path / "log", HEADER, *whole))
    assert [item.epoch for item in log.epochs] == [0, 1, 2, 3]
    assert {item.seconds for item in log.epochs} == {0.5}
    assert log.runs == 2
    killed = read_log(write(tmp_path / "log", HEADER, epoch(0), epoch(1), '{"epoch": 2, "lo'))
    assert [item.epoch for item in killed.epochs] == [0, 1]
    shorter = read_log(write(tmp_path / "log", HEADER, epoch(0), epoch(1), {**HEADER, "start_epoch": 1}))
    assert [item.epoch for item in shorter.epochs] == [0]


def test_several_outputs_and_metrics_with_a_number_for_each_output_neuron(tmp_path: Path) -> None:
    metrics = {"a": {"Error": [0.5, None, 1.5]}, "b": {"Error": [None]}}
    log = read_log(write(tmp_path / "log", HEADER, epoch(0, loss={"a": 1.0, "b": 2.0}, metrics=metrics)))
    assert log.epochs[0].metrics == {"Error of a": 1.0}


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "holds no epoch of a training yet"),
        ([HEADER], "holds no epoch of a training yet"),
        ([epoch(0)], "is no log of a training: line 1 comes before a line with the schema"),
        ([{"schema": "other"}], "line 1, has schema 'other'; this version of ml_genn reads"),
        ([{**HEADER, "timesteps": None}], "is damaged: line 1 has no whole number 'timesteps'"),
        ([HEADER, "{", epoch(0)], "is damaged: line 2 is no JSON object; delete the line"),
        ([HEADER, "{", "{"], "is damaged: line 2 is no JSON object"),
        ([HEADER, [1]], "is damaged: line 2 is no JSON object"),
        ([HEADER, {"epoch": 0}], r"line 2 is no epoch of a training \('examples' is missing\)"),
        ([HEADER, epoch(0, loss=[1.0])], r"line 2 is no epoch of a training \(.*has no attribute 'items'\)"),
        ([HEADER, epoch(0, seconds="long")], r"line 2 is no epoch of a training \(could not convert"),
    ],
)
def test_bad_logs(tmp_path: Path, records: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_log(write(tmp_path / "log", *records))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="; the RunLog callback writes one"):
        read_log(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "binary", tmp_path):
        with pytest.raises(DataError, match="cannot read the log"):
            read_log(path)


def test_the_page_shows_all_there_is(tmp_path: Path) -> None:
    found = page(tmp_path, *map(epoch, range(5)), title="digits", facts=("97 % of the test",))
    text = found.text.replace("\u00a0", " ")
    for heading in ("Loss", "Accuracy", "Validation accuracy", "Spikes", "What keeps gradients away", "Time", "Epochs"):
        assert heading in text
    assert "5 epochs of 16 examples. The training loss went from 1 to 0.2." in text
    assert "SparseCategoricalAccuracy" not in text
    assert "Accuracy of the last epoch is 62.50 % in validation; the best, of epoch 3, 75.00 %." in text
    assert "Together 2.5 s, and 3.75 s of processor time." in text
    assert "97 % of the test" in text
    assert found.count("script") == 0
    assert found.count("svg") >= 2 * 5
    assert "Warning" not in text
    labels = [item["aria-label"] for item in found.all("svg") if "aria-label" in item]
    assert any("In the last epoch: training 54" in str(label) for label in labels)


def test_every_text_is_escaped(tmp_path: Path) -> None:
    population = {"neurons": 20, "rate": 2.5, "silent": 19, "spikes": 8, "clamped": 8}
    strange = epoch(
        0,
        loss={HOSTILE: 1.0, "b": 2.0},
        metrics={HOSTILE: {HOSTILE: 0.5}},
        validation_metrics={HOSTILE: {HOSTILE: 0.5}},
        populations={HOSTILE: population},
        lost_label_spikes={HOSTILE: 9},
        parts={HOSTILE: 1.0},
    )
    environment = Environment(python="3", platform=HOSTILE, cpu=HOSTILE, cores=1, engine=HOSTILE)
    given = {"title": HOSTILE, "facts": (HOSTILE,), "command": HOSTILE, "parameters": {HOSTILE: HOSTILE}}
    found = page(tmp_path, strange, environment=environment, **given)
    assert found.count("script") == 0
    assert HOSTILE in found.text


def test_warnings_say_what_helps(tmp_path: Path) -> None:
    population = {"neurons": 20, "rate": 2.5, "silent": 19, "spikes": 100, "clamped": 50}
    last = epoch(0, populations={"hidden": population}, lost_label_spikes={"out": 4}, loss={"out": None})
    text = page(tmp_path, last).text.replace("\u00a0", " ")
    assert "95.0 % of the neurons of hidden never spiked in the last epoch" in text
    assert "50.0 % of the spikes of hidden had a smaller slope than min_slope" in text
    assert "In 25.0 % of the examples the neuron of out that stands for the label did not spike" in text
    assert "Some epochs have no finite loss." in text
    assert "Lost label spikes" in text


def test_a_long_training_stays_readable(tmp_path: Path) -> None:
    found = page(tmp_path, *map(epoch, range(300)))
    assert found.count("circle") < 20  # of each line the last point
    assert 20 < found.count("tr") < 30
    assert "One epoch in 13, and the last." in found.text


def test_one_epoch_without_hidden_neurons(tmp_path: Path) -> None:
    text = page(tmp_path, epoch(0, populations={}, validation_loss=None, validation_metrics=None)).text
    assert "What keeps gradients away" not in text
    assert "is 50.00\u00a0% in training." in text
    assert "Validation" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SparseCategoricalAccuracy", "Accuracy"),
        ("SparseTopKCategoricalAccuracy", "Top-k accuracy"),
        ("MeanSquareError of Pop2", "Mean square error of Pop2"),
        ("Sparse", "Sparse"),
        ("my_metric", "My_metric"),
    ],
)
def test_names_of_metrics_in_words(name: str, words: str) -> None:
    assert title(name) == words


def test_axes_of_nothing_but_zeros() -> None:
    figure = course_figure([Series("snn", "a", ((0.0, 0.0), (1.0, 0.0)))], unit=" %", most=100.0)
    assert [tick.label for tick in figure.y_ticks][-1] == "1.0 %"


def test_axes_of_epochs_have_whole_numbers() -> None:
    for last in (1, 2, 7, 9, 60, 299):
        figure = course_figure([Series("snn", "a", tuple((float(x), 0.5) for x in range(last + 1)))])
        assert all(tick.label.isdigit() for tick in figure.x_ticks)
        assert figure.x_ticks[0].at == 0.0
        assert 0.0 <= figure.lines[0].points[-1][0] <= 100.0
    alone = course_figure([Series("snn", "a", ((4.0, -2.0),))])
    assert alone.lines[0].points[0][0] == 0.0
    assert alone.y_ticks[-1].label in ("0", "0.0")
