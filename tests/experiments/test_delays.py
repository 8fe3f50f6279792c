"""Experiments in which only delays are learnt: they learn, whatever the first delays were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_genn.experiments import Training, find_experiment

NAMES = ("delay-xor", "delay-sequences")


@pytest.mark.parametrize("name", NAMES)
def test_all_test_examples_are_right(name: str, tmp_path: Path) -> None:
    training = Training(find_experiment(name), {"n_epochs": 30, "model_seed": 2}, num_threads=1)
    result = training.run(tmp_path / "run", command="")
    assert result.test.accuracy == 1.0
    assert training.evaluate(tmp_path / "run").accuracy == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("name", NAMES)
def test_as_published(name: str, seed: int, tmp_path: Path) -> None:
    training = Training(find_experiment(name), {"model_seed": seed, "data_seed": seed}, num_threads=1)
    assert training.run(tmp_path / "run", command="").test.accuracy == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_labels_cannot_be_told_by_which_inputs_spike(name: str) -> None:
    """Sums of any weights are the same on average for each label."""
    experiment = find_experiment(name)
    values = Training(experiment, {"n_train": 600}).values
    train = experiment.load(values).train
    counts = np.array([np.diff(spikes.end_spikes, prepend=0) for spikes in train.x])
    labels = np.array(train.y)
    means = np.array([counts[labels == label].mean(axis=0) for label in range(experiment.num_classes)])
    np.testing.assert_allclose(means, means[:1].repeat(len(means), axis=0), atol=0.1)  # 600 draws


def test_runs_are_resumed_to_the_bit(tmp_path: Path) -> None:
    """Delays and what their optimiser remembers are in the checkpoint."""
    small = {"n_train": 64}
    experiment = find_experiment("delay-xor")
    whole = Training(experiment, {**small, "n_epochs": 4}, num_threads=1).run(tmp_path / "whole", command="")
    Training(experiment, {**small, "n_epochs": 2}, num_threads=1).run(tmp_path / "parts", command="")
    more = Training(experiment, {**small, "n_epochs": 4}, num_threads=1)
    result = more.run(tmp_path / "parts", command="", resume=True)
    assert result.training_loss == whole.training_loss
    assert result.test.correct == whole.test.correct
