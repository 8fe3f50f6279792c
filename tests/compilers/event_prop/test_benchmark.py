"""The benchmarks of training learn, in a few of their epochs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.training.experiments import ROWS
from benchmarks.training.experiments import run as run_row
from benchmarks.training.latency_digits import run


@pytest.mark.slow
def test_latency_digits() -> None:
    accuracy, engine, whole = run(1, epochs=8)
    assert accuracy > 85.0  # all its epochs come to more than 95
    assert 0.0 < engine < whole


def test_yin_yang() -> None:
    given = {"n_train": 1280, "n_epochs": 3, "n_test": 300, "dt_ms": 0.5, "num_hidden": 50}
    row = ROWS["yin_yang"]
    result = run_row(replace(row, given={**row.given, **given}), 1, None)
    assert len(result["epochs"]) == 3
    assert result["epochs"][-1][0] < result["epochs"][0][0]
    assert result["test_accuracy"] > 40.0  # chance is a third; with all points and steps of 0.1 ms more than 97
    assert result["parameters"]["train_data_seed"] == 124
