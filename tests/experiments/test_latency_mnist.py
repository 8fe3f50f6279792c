"""The experiment on IDX files: every loss, validation, and what it refuses."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.errors import UsageError
from ml_genn.experiments import Training, find_experiment
from ml_genn.experiments.loss_types import LOSS_TYPES

SMALL = {"n_epochs": 1, "n_train": 40, "n_validate": 20, "n_test": 30, "num_hidden": 12, "n_batch": 20}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten bars, a class each, as IDX files."""
    rng = np.random.default_rng(1)
    for split, count in (("train", 60), ("t10k", 30)):
        labels = np.arange(count) % 10
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 4] = rng.integers(100, 256, (4, 28))
        head = struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28)
        (tmp_path / f"{split}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        head = struct.pack(">4BI", 0, 0, 8, 1, count)
        (tmp_path / f"{split}-labels-idx1-ubyte").write_bytes(head + labels.astype(np.uint8).tobytes())
    return tmp_path


def training(folder: Path, **given: Any) -> Training:
    return Training(find_experiment("latency-mnist"), {**SMALL, "data": str(folder), **given})


@pytest.mark.parametrize("loss_type", LOSS_TYPES)
def test_losses(folder: Path, loss_type: str) -> None:
    result = training(folder, loss_type=loss_type).run(folder / "run", command="")
    assert np.isfinite(result.training_loss)
    assert result.test.examples == 30


def test_it_learns(folder: Path) -> None:
    result = training(folder, loss_type="sum", n_epochs=60, num_hidden=60).run(folder / "run", command="")
    assert result.test.accuracy > 0.5  # of ten bars, with a tenth by chance


@pytest.mark.parametrize(
    "given", [{"reg_type": "simple"}, {"reg_type": "Thomas1", "avg_snsum": True}, {"recurrent": True}]
)
def test_what_else_it_takes(folder: Path, given: dict[str, Any]) -> None:
    plain = training(folder).run(folder / "plain", command="")
    other = training(folder, lbd_lower=10.0, glb_upper=10.0, rho_upper=0.0, **given).run(folder / "other", command="")
    assert other.training_loss != plain.training_loss or other.test != plain.test


def test_refusals(folder: Path) -> None:
    with pytest.raises(UsageError, match="latency-mnist needs data: give --set data=FOLDER"):
        training(folder, data=None).experiment.load(training(folder, data=None).values)
    with pytest.raises(UsageError, match="n_train=50 and n_validate=20 are more than 60 examples"):
        wrong = training(folder, n_train=50)
        wrong.experiment.load(wrong.values)
