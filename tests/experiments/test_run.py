"""Runs of experiments: the folder they leave, and looking at it again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import Callback
from ml_genn.errors import DataError, OutputError, UsageError
from ml_genn.experiments import (
    Examples,
    Parts,
    RunRecord,
    RunResult,
    Splits,
    Training,
    find_experiment,
    has_ended,
    run_report,
)
from ml_genn.experiments.records import LOG, REPORT, RESULT, RUN, SCHEMA, read_record, write_record
from ml_genn.experiments.resume import check_same
from ml_genn.network import Network
from ml_genn.population import Population
from ml_genn.reports.training_log import read_log
from ml_genn.serialisers import HDF5

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


def test_logs_name_populations_as_people_do(tmp_path: Path) -> None:
    """The network's own names, which decide what is drawn, stay in the weights."""
    training(n_epochs=1).run(tmp_path, command="")
    (epoch,) = read_log(tmp_path / LOG).epochs
    assert (list(epoch.populations), list(epoch.loss)) == (["hidden"], ["output"])
    assert "Pop" not in (tmp_path / REPORT).read_text(encoding="utf-8")
    assert HDF5(tmp_path).deserialise(("weights", "Conn_Pop0_Pop1", "g")).size == 64 * 20


def test_names_of_populations() -> None:
    for name, expected in {"delay-xor": "input output", "shd": "input hidden output"}.items():
        experiment = find_experiment(name)
        parts = experiment.build(Training(experiment, {}).values)
        assert " ".join(parts.names().values()) == expected
    with Network() as network:
        source, *hidden, output = (Population("spike_input", 2) for _ in range(4))
    names = Parts(network=network, source=source, output=output).names()
    assert [names[one] for one in hidden] == ["hidden 1", "hidden 2"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_train": 1797}, "n_train=1797 leaves no test examples; of the 1797 digits, learn fewer"),
        ({"trial_ms": 0.1}, "trial_ms=0.1 is shorter than a timestep, dt_ms=1; give a longer trial"),
    ],
)
def test_what_does_not_fit_leaves_no_folder(given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        training(**given).run(tmp_path / "run", command="")
    assert not (tmp_path / "run").exists()


def test_labels_of_the_test_are_looked_at_before_anything_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = training()
    splits = wrong.experiment.load(wrong.values)
    test = Examples(splits.test.x, [*splits.test.y[:-1], 10])
    monkeypatch.setattr(type(wrong.experiment), "load", lambda self, p: replace(splits, test=test))
    with pytest.raises(DataError, match=r"test data: Pop2: label 10 is out of range: .* \(example 1596\)"):
        wrong.run(tmp_path / "run", command="")
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_resumed_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    training().run(tmp_path, command="first")
    for epochs in (1, 2):
        with pytest.raises(UsageError, match="has learnt all its 2 epochs"):
            training(n_epochs=epochs).run(tmp_path, command="second", resume=True)
    record = read_record(RunRecord, tmp_path / RUN)
    assert (record.command, record.parameters["n_epochs"]) == ("first", "2")


def test_a_folder_takes_one_run(tmp_path: Path) -> None:
    (tmp_path / RUN).write_text("{}")
    with pytest.raises(OutputError, match="holds the run of an experiment; resume it, name another folder"):
        training().run(tmp_path, command="")


class Killed(Callback):
    """Ends a run in the middle of an epoch, as anything may."""

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        if self.epoch == 1 and batch == 3:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch: int) -> None:
        self.epoch = epoch


def test_a_run_is_resumed_to_the_bit(tmp_path: Path) -> None:
    expected = training(n_epochs=4).run(tmp_path / "whole", command="")
    with pytest.raises(KeyboardInterrupt):
        training(n_epochs=3).run(tmp_path / "parts", command="first", callbacks=[Killed()])
    assert not (tmp_path / "parts" / RESULT).exists()
    assert "1 epoch of 200 examples" in run_report(tmp_path / "parts")
    training(n_epochs=3).run(tmp_path / "parts", command="second", resume=True)
    result = training(n_epochs=4).run(tmp_path / "parts", command="third", resume=True)
    assert (result.epochs, result.training_loss) == (4, expected.training_loss)
    assert result.test.correct == expected.test.correct
    weights = [HDF5(tmp_path / name).deserialise(("weights", "Conn_Pop0_Pop1", "g")) for name in ("whole", "parts")]
    np.testing.assert_array_equal(*weights)
    log = read_log(tmp_path / "parts" / LOG)
    assert [epoch.epoch for epoch in log.epochs] == [0, 1, 2, 3]
    assert log.runs == 3
    assert result.seconds > sum(epoch.seconds for epoch in log.epochs[:3])
    page = (tmp_path / "parts" / REPORT).read_text(encoding="utf-8")
    assert page == run_report(tmp_path / "parts")
    assert "4 epochs of 200 examples in 3 runs." in page
    assert "of 1,597 test examples" in page
    assert "<code>third</code>" in page


class KilledAtTheEnd(Callback):
    """Ends a run when all epochs are learnt and nothing is made of them yet."""

    def on_train_end(self, metrics: dict[Any, Any]) -> None:
        raise KeyboardInterrupt


def test_a_run_that_was_killed_when_all_was_learnt(tmp_path: Path) -> None:
    expected = training(n_epochs=3).run(tmp_path / "whole", command="")
    folder = tmp_path / "killed"
    training(n_epochs=2).run(folder, command="")
    with pytest.raises(KeyboardInterrupt):
        training(n_epochs=3).run(folder, command="", callbacks=[KilledAtTheEnd()], resume=True)
    assert not has_ended(folder)  # what lies there is of two epochs
    assert Training.of_folder(folder).evaluate(folder).correct == expected.test.correct
    result = training(n_epochs=3).run(folder, command="", resume=True)
    assert (result.epochs, result.training_loss, result.test.correct) == (
        3,
        expected.training_loss,
        expected.test.correct,
    )
    assert has_ended(folder)
    weights = [HDF5(tmp_path / name).deserialise(("weights", "Conn_Pop0_Pop1", "g")) for name in ("whole", "killed")]
    np.testing.assert_array_equal(*weights)


def test_an_interrupted_run_is_evaluated_with_its_last_epoch(tmp_path: Path) -> None:
    expected = training(n_epochs=1).run(tmp_path / "whole", command="")
    with pytest.raises(KeyboardInterrupt):
        training(n_epochs=3).run(tmp_path / "parts", command="", callbacks=[Killed()])
    assert Training.of_folder(tmp_path / "parts").evaluate(tmp_path / "parts").correct == expected.test.correct


def test_nothing_to_evaluate_yet(tmp_path: Path) -> None:
    write_record(training()._record(""), tmp_path / RUN)
    with pytest.raises(UsageError, match="has learnt no whole epoch yet; go on with it by --resume"):
        training().evaluate(tmp_path)


def test_a_run_that_ended_before_its_first_epoch_begins_anew(tmp_path: Path) -> None:
    write_record(training()._record(""), tmp_path / RUN)
    assert training().run(tmp_path, command="", resume=True).epochs == 2


def test_what_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run to resume"):
        training().run(tmp_path / "none", command="", resume=True)
    training().run(tmp_path / "run", command="")
    with pytest.raises(UsageError, match="has learnt all its 2 epochs; give it more n_epochs"):
        training().run(tmp_path / "run", command="", resume=True)
    with pytest.raises(UsageError, match="has num_hidden=20, not 30; only n_epochs may change where a run is resumed"):
        training(num_hidden=30).run(tmp_path / "run", command="", resume=True)
    other = replace(training()._record(""), experiment="other")
    with pytest.raises(UsageError, match="holds a run of latency-digits, which other cannot resume"):
        check_same(other, tmp_path / "run")


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


def test_splits_need_examples() -> None:
    some, none = Examples([1], [1]), Examples([], [])
    with pytest.raises(DataError, match="there are no test examples; these settings leave none of the data"):
        Splits(train=some, test=none)
    with pytest.raises(DataError, match="there are no validation examples"):
        Splits(train=some, test=some, validation=none)
