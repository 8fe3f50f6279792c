"""The experiment of Yin-Yang points: published names and defaults, and that it learns."""

from __future__ import annotations

from pathlib import Path

from ml_genn.experiments import Training, find_experiment

PUBLISHED = {
    "dt_ms": 0.1,
    "train_data_seed": 123,
    "test_data_seed": 456,
    "trial_ms": 30.0,
    "n_max_spike": 400,
    "n_batch": 32,
    "n_train": 32 * 1000,
    "n_epochs": 10,
    "n_test": 32 * 25,
    "num_hidden": 200,
    "tau_syn": 5.0,
    "tau_mem": 20.0,
    "v_thresh": 1.0,
    "v_reset": 0.0,
    "tau_0": 0.5,
    "tau_1": 6.4,
    "alpha": 3e-3,
    "input_hidden_mean": 1.5,
    "input_hidden_std": 0.78,
    "hidden_output_mean": 0.93,
    "hidden_output_std": 0.1,
    "eta": 5e-3,
    "adam_beta1": 0.9,
    "adam_beta2": 0.999,
    "adam_eps": 1e-8,
    "eta_decay": 0.95,
    "rec_spikes": (),
    "rec_neurons": (),
    "rec_synapses": (),
    "w_report_interval": 100,
    "w_epoch_interval": 10,
}


def test_names_and_defaults_are_the_published_ones() -> None:
    parameters = find_experiment("yin-yang").parameters
    assert {name: parameters[name].default for name in PUBLISHED} == PUBLISHED


def test_it_learns(tmp_path: Path) -> None:
    given = {"n_epochs": 4, "n_train": 1920, "n_test": 300, "num_hidden": 60, "dt_ms": 0.25, "trial_ms": 40}
    training = Training(find_experiment("yin-yang"), given)
    result = training.run(tmp_path / "run", command="made by a test")
    assert result.test.accuracy > 0.6  # chance is a third; with all defaults more than 0.95
    assert training.evaluate(tmp_path / "run").correct == result.test.correct


def test_averaged_weights_are_those_that_are_kept(tmp_path: Path) -> None:
    given = {"n_epochs": 1, "n_train": 320, "n_test": 30, "num_hidden": 20, "dt_ms": 1.0}
    losses, weights = [], []
    for average in (0.0, 0.9):
        folder = tmp_path / str(average)
        result = Training(find_experiment("yin-yang"), {**given, "average": average}).run(folder, command="a test")
        losses.append(result.training_loss)
        weights.append((folder / "weights.h5").read_bytes())
    assert losses[0] == losses[1]
    assert weights[0] != weights[1]
