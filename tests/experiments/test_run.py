"""Runs of experiments: the folder they leave, and looking at it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_genn.errors import DataError, OutputError
from ml_genn.experiments import Examples, RunRecord, RunResult, Training, find_experiment
from ml_genn.experiments.records import RESULT, RUN, SCHEMA, read_record

SMALL = {"n_epochs": 2, "n_train": 200, "num_hidden": 20, "n_batch": 20, "trial_ms": 30}


def training(**given: Any) -> Training:
    return Training(find_experiment("latency-digits"), {**SMALL, **given})


def test_a_run_leaves_all_there_is_to_know(tmp_path: Path) -> None:
    result = training().run(tmp_path / "run", command="made by a test")
    assert read_record(RunResult, tmp_path / "run" / RESULT) == result
    record = read_record(RunRecord, tmp_path / "run" / RUN)
    assert (record.experiment, record.command) == ("latency-digits", "made by a test")
    assert record.parameters["num_hidden"] == "20"
    assert record.environment.engine == "embedded"
    assert result.epochs == 2
    assert result.test.examples == 1597
    assert result.training_loss > 0
    again = Training.of_folder(tmp_path / "run")
    assert vars(again.values) == vars(training().values)
    assert again.evaluate(tmp_path / "run").correct == result.test.correct


def test_equal_parameters_give_equal_results(tmp_path: Path) -> None:
    first, second = (training().run(tmp_path / name, command="").test.correct for name in "ab")
    assert first == second
    assert training(model_seed=2).run(tmp_path / "c", command="").test.correct != first


def test_a_folder_takes_one_run(tmp_path: Path) -> None:
    (tmp_path / RUN).write_text("{}")
    with pytest.raises(OutputError, match="holds the run of an experiment; name another folder"):
        training().run(tmp_path, command="")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "holds no run.json; give a folder of `ml-genn train --out`"),
        ("{", "cannot read"),
        ("[]", "has schema None, this version of ml_genn reads .*; train again with it"),
        (json.dumps({"schema": SCHEMA}), "is damaged: .*; train again"),
    ],
)
def test_damaged_folders(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / RUN).write_text(text)
    with pytest.raises(DataError, match=message):
        Training.of_folder(tmp_path)


def test_examples_need_targets() -> None:
    with pytest.raises(DataError, match="an experiment needs examples with a target each, got 2 and 1"):
        Examples([1, 2], [1])
