"""The log of a training: what its lines hold, and that it survives interrupted runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import Decay, OptimiserParamSchedule, RunLog
from ml_genn.callbacks.run_log import as_record
from ml_genn.errors import DescriptionError, OutputError
from ml_genn.optimisers import SGD
from ml_genn.runtime.history import EpochResult
from ml_genn.training_log import SCHEMA
from tests.compilers.event_prop.test_training import compiled, layers, trials


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def test_lines_are_the_history(tmp_path: Path) -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)
    path = tmp_path / "log.jsonl"
    with compiled(network, optimiser=SGD(0.25)) as trained:
        trained.train(
            {source: x}, {output: y}, 2, validation_split=0.2, callbacks=[RunLog(path)], validation_callbacks=[]
        )
        last, name = trained.history[-1], str(output)
    header, *epochs = lines(path)
    assert header == {"schema": SCHEMA, "start_epoch": 0, "batch_size": 8, "timesteps": 30}
    assert [item["epoch"] for item in epochs] == [0, 1]
    found = epochs[1]
    assert found["loss"] == {name: last.loss[output]}
    assert found["validation_loss"] == {name: last.validation_loss[output]}
    assert found["metrics"] == {name: {"SparseCategoricalAccuracy": last.metrics[output]}}
    assert found["validation_metrics"] == {name: {"SparseCategoricalAccuracy": last.validation_metrics[output]}}
    activity = last.activity[hidden.population()]
    assert found["populations"] == {
        "hidden": {
            "neurons": 20,
            "rate": activity.rate,
            "silent": activity.silent,
            "spikes": activity.spikes.sum(),
            "clamped": activity.clamped,
        }
    }
    assert found["examples"] == 16
    assert found["learning_rates"] == [0.25]
    assert found["seconds"] == last.seconds
    assert found["parts"] == last.parts
    assert found["lost_label_spikes"] == {}


def test_learning_rates_are_those_that_the_epoch_learnt_with(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    schedule = OptimiserParamSchedule("alpha", lambda epoch, alpha: 0.125 if epoch == 1 else alpha)
    path = tmp_path / "log.jsonl"
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 3, callbacks=[RunLog(path), Decay(0.5), schedule])
    assert [item["learning_rates"] for item in lines(path)[1:]] == [[0.001], [0.125], [0.0625]]


def test_populations_may_be_called_otherwise(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    path = tmp_path / "log.jsonl"
    with compiled(network) as trained:
        log = RunLog(path, {output.population(): "answer"})
        trained.train({source: x}, {output: y}, 1, callbacks=[log])
    found = lines(path)[1]
    assert [list(found[what]) for what in ("loss", "metrics", "populations")] == [["answer"], ["answer"], ["hidden"]]


def test_a_later_run_is_appended_also_to_a_line_that_was_cut_off(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    path = tmp_path / "log.jsonl"
    path.write_text('{"epoch": 0, "lo', encoding="utf-8")
    with compiled(network) as trained:
        for start in (1, 2):
            trained.train({source: x}, {output: y}, 1, start_epoch=start, callbacks=[RunLog(path)])
    first, *others = path.read_text(encoding="utf-8").splitlines()
    assert first == '{"epoch": 0, "lo'
    assert [json.loads(line).get("epoch") for line in others] == [None, 1, None, 2]


def test_a_line_is_there_as_soon_as_its_epoch_ends(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    path, seen = tmp_path / "log.jsonl", []

    def batches(epoch: int) -> Any:
        seen.append(len(lines(path)))
        yield x[:8], y[:8]

    with compiled(network) as trained:
        trained.train_batch_iter(source, output, batches, 3, callbacks=[RunLog(path)])
    assert seen == [1, 2, 3]


def test_numbers_that_are_not_finite_and_metrics_of_each_output() -> None:
    result = EpochResult(3, {"a": np.float32(np.nan)}, {"a": np.array([0.5, np.inf])}, {}, {"a": 1.0}, {"a": None})
    record = json.loads(json.dumps(as_record(result, {"a": "Error"}, [None]), allow_nan=False))
    assert record["loss"] == {"a": None}
    assert record["metrics"] == {"a": {"Error": [0.5, None]}}
    assert record["validation_metrics"] == {"a": {"Error": None}}
    assert record["learning_rates"] == [None]


# Bad input


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        with pytest.raises(OutputError, match=r"cannot write the log .*missing.* No such file"):
            trained.train({source: x}, {output: y}, 1, callbacks=[RunLog(tmp_path / "missing" / "log.jsonl")])
        trained.evaluate({source: x}, {output: y}, callbacks=[RunLog(tmp_path / "log.jsonl")])
    assert not (tmp_path / "log.jsonl").exists()


def test_a_network_without_history(tmp_path: Path) -> None:
    with pytest.raises(
        DescriptionError, match="RunLog needs a history of epochs, which only networks that are trained"
    ):
        RunLog(tmp_path / "log").set_params({}, object())
