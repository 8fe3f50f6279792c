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
from ml_genn.serialisers import HDF5

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


PUBLISHED = {
    "train_data_seed": 123,
    "test_data_seed": 456,
    "evaluation": "random",
    "reduced_classes": None,
    "shuffle": True,
    "dt_ms": 1.0,
    "trial_ms": 20.0,
    "n_max_spike": 50,
    "n_train": 55000,
    "n_validate": 5000,
    "n_test": 10000,
    "num_hidden": 128,
    "recurrent": False,
    "tau_syn": 5.0,
    "tau_mem": 20.0,
    "v_thresh": 1.0,
    "v_reset": 0.0,
    "input_hidden_mean": 0.078,
    "input_hidden_std": 0.045,
    "hidden_output_mean": 0.2,
    "hidden_output_std": 0.37,
    "hidden_hidden_mean": 0.2,
    "hidden_hidden_std": 0.37,
    "pdrop_input": 0.2,
    "pdrop_hidden": 0.0,
    "reg_type": "none",
    "lbd_upper": 5e-6,
    "lbd_lower": 1e-3,
    "nu_upper": 2.0,
    "rho_upper": 5000.0,
    "glb_upper": 1e-5,
    "avg_snsum": False,
    "loss_type": "avg_xentropy",
    "tau_0": 0.5,
    "tau_1": 6.4,
    "alpha": 3e-3,
    "eta": 5e-3,
    "adam_beta1": 0.9,
    "adam_beta2": 0.999,
    "adam_eps": 1e-8,
    "rec_spikes": (),
    "rec_neurons": (),
    "rec_synapses": (),
    "rec_spikes_epoch_trial": (),
    "rec_neurons_epoch_trial": (),
    "rec_synapses_epoch_trial": (),
    "w_output_epoch_trial": (),
}


def test_names_and_defaults_are_the_published_ones() -> None:
    parameters = find_experiment("latency-mnist").parameters
    assert {name: parameters[name].default for name in PUBLISHED} == PUBLISHED


def test_some_classes_only(folder: Path) -> None:
    small: Any = {"n_train": 10, "n_validate": 2, "reduced_classes": "3,7"}
    splits = training(folder, **small).experiment.load(training(folder, **small).values)
    assert [set(part.y) for part in (splits.train, splits.test)] == [{3, 7}, {3, 7}]
    assert len(splits.test) == 6
    with pytest.raises(UsageError, match=r"reduced_classes=\(3, 10\) must be classes from 0 to 9"):
        training(folder, reduced_classes="3,10").run(folder / "run", command="")


def test_seeds_choose_examples(folder: Path) -> None:
    def chosen(**given: Any) -> tuple[list[int], list[int]]:
        small = training(folder, n_test=10, **given)
        splits = small.experiment.load(small.values)
        return splits.train.y, splits.test.y

    train, test = chosen()
    assert chosen(train_data_seed=1)[0] != train
    assert chosen(train_data_seed=1)[1] == test
    assert chosen(test_data_seed=1)[1] != test


def test_without_shuffling_examples_come_as_they_are(folder: Path) -> None:
    """Weights depend on which examples were learnt first."""
    weights = []
    for name, shuffle in (("a", True), ("b", False), ("c", False)):
        training(folder, shuffle=shuffle, n_batch=7, num_hidden=40).run(folder / name, command="")
        weights.append(HDF5(folder / name).deserialise(("weights", "Conn_Pop1_Pop2", "g")).tobytes())
    assert weights[0] != weights[1] == weights[2]


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
